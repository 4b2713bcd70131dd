import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import type { KubeObject } from '../kube/api.ts';
import { memoryApi } from './memory-api.test-helper.ts';
import { saveSnapshot } from './save-snapshot.ts';

/** Makes strings that stand for secrets, and remembers them. */
function createCanaries() {
  const all: string[] = [];
  return {
    all,
    next: (): string => {
      const canary = `canary${String(all.length)}x${(all.length * 7919).toString(36)}q`;
      all.push(canary);
      return canary;
    },
  };
}

type Next = () => string;

const probe = (next: Next) => ({
  httpGet: { path: `/ready?token=${next()}`, port: 80, host: next(), httpHeaders: [{ name: 'X', value: next() }] },
  exec: { command: ['sh', '-c', next()] },
});

const container = (next: Next, name: string) => ({
  ...{
    name,
    image: 'a/b:1',
    command: ['run', next()],
    args: ['proxy', 'sidecar', `--password=${next()}`],
    workingDir: next(),
  },
  env: [
    { name: 'PASSWORD', value: next() },
    { name: 'CA_ADDR', value: `https://user:${next()}@host:1` },
    { name: 'REVISION', value: `R ${next()}` },
    { name: 'PROXY_CONFIG', value: JSON.stringify({ discoveryAddress: next(), proxyMetadata: { TOKEN: next() } }) },
    { name: 'XDS_ADDRESS', value: `istiod.${next()}.example.com:15012` },
  ],
  ...{
    readinessProbe: probe(next),
    livenessProbe: probe(next),
    startupProbe: probe(next),
    terminationMessagePath: next(),
  },
  lifecycle: { preStop: { exec: { command: ['sh', '-c', next()] }, httpGet: { path: `/x#${next()}` } } },
});

const podSpec = (next: Next) => ({
  containers: ['app', 'istio-proxy', 'discovery', 'install-cni'].map((name) => container(next, name)),
  initContainers: [container(next, 'init'), { ...container(next, 'istio-proxy'), restartPolicy: 'Always' }],
  ephemeralContainers: [container(next, 'debug')],
  hostAliases: [{ hostnames: [next()] }],
  dnsConfig: { options: [{ name: next() }] },
  volumes: [
    { name: 'a', csi: { driver: 'd', volumeAttributes: { key: next() }, nodePublishSecretRef: { name: next() } } },
    { name: 'b', flexVolume: { options: { password: next() } } },
    { name: 'c', azureFile: { shareName: next() } },
    {
      name: 'd',
      projected: { sources: [{ serviceAccountToken: { audience: next(), path: 'p' } }, { other: next() }] },
    },
    { name: 'e', nfs: { server: next() } },
  ],
});

const annotations = (next: Next) => ({
  'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ data: { token: next() } }),
  'example.com/token': next(),
  'proxy.istio.io/config': `proxyMetadata: {TOKEN: ${next()}}`,
  'proxy.istio.io/overrides': next(),
  'sidecar.istio.io/status': JSON.stringify({ revision: `X ${next()}`, extra: next(), containers: ['istio-proxy'] }),
});

const metadata = (next: Next, name: string, labels: Record<string, string> = {}) => ({
  ...{ name, namespace: 'istio-system', labels, annotations: annotations(next) },
  managedFields: [{ manager: 'kubectl', fieldsV1: { [next()]: {} } }],
});

const status = (next: Next) => ({
  ...{ phase: 'Running', message: next(), reason: `Free text ${next()}` },
  conditions: [{ type: 'Ready', status: 'True', message: next(), reason: `it said ${next()}` }],
  containerStatuses: [
    {
      name: 'app',
      lastState: { terminated: { exitCode: 1, message: next() } },
      state: { waiting: { message: next() } },
    },
  ],
});

const meshConfig = (next: Next) => `
defaultConfig:
  proxyMetadata: {SOMETHING: ${next()}}
  tracing: {lightstep: {accessToken: ${next()}, address: "https://u:${next()}@collector"}}
extensionProviders:
- name: ext
  opentelemetry: {http: {path: "https://h/v1?apikey=${next()}", headers: [{name: x, value: ${next()}}]}}
  envoyExtAuthzHttp: {includeAdditionalHeadersInCheck: {x-auth: ${next()}}}
ca: {clientSecret: ${next()}, password: [${next()}], apiKey: {nested: {deep: ${next()}}}}
`;

function webhook(next: Next) {
  return {
    name: 'a.istio.io',
    clientConfig: {
      caBundle: Buffer.from(next()).toString('base64') + next(),
      url: `https://u:${next()}@h/x?t=${next()}`,
    },
    matchConditions: [{ name: 'm', expression: next() }],
  };
}

function cluster(next: Next): KubeObject[] {
  const rev = { 'istio.io/rev': 'x' };
  const template = () => ({ metadata: metadata(next, 't'), spec: podSpec(next) });
  const of = (apiVersion: string, kind: string, rest: object, labels = {}): KubeObject => ({
    ...{ apiVersion, kind, metadata: metadata(next, kind.toLowerCase(), labels), ...rest },
  });
  return [
    of('v1', 'Namespace', { spec: { note: next() } }),
    of('v1', 'Node', {
      spec: { providerID: next() },
      status: { images: [{ names: [next()] }], addresses: [{ address: next() }] },
    }),
    of('v1', 'Pod', { spec: podSpec(next), status: status(next) }),
    of('apps/v1', 'Deployment', { spec: { replicas: 1, template: template() }, status: status(next) }),
    of('apps/v1', 'StatefulSet', { spec: { template: template(), volumeClaimTemplates: [next()] } }),
    of('apps/v1', 'DaemonSet', { spec: { template: template() } }),
    of('batch/v1', 'Job', { spec: { template: template() } }),
    of('batch/v1', 'CronJob', { spec: { jobTemplate: { spec: { template: template() } } } }),
    of('argoproj.io/v1alpha1', 'Rollout', {
      spec: { template: template(), strategy: { canary: { analysis: { args: [{ value: next() }] } } } },
      status: status(next),
    }),
    of('apps/v1', 'ReplicaSet', { spec: { template: template() } }),
    of('v1', 'Secret', { data: { a: next() }, stringData: { b: next() } }, { owner: 'helm', name: 'r', version: '1' }),
    of('v1', 'Secret', { data: { a: next() }, stringData: { b: next() } }),
    {
      ...of('v1', 'ConfigMap', { data: { mesh: meshConfig(next), config: next(), other: next() } }, rev),
      metadata: metadata(next, 'istio', rev),
    },
    {
      ...of('v1', 'ConfigMap', { data: { config: `policy: enabled\ntemplates: {x: ${next()}}`, values: next() } }),
      metadata: metadata(next, 'istio-sidecar-injector', rev),
    },
    of('v1', 'ConfigMap', { data: { app: next() }, binaryData: { b: next() } }),
    of('admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration', { webhooks: [webhook(next)] }),
    of('install.istio.io/v1alpha1', 'IstioOperator', { spec: { revision: 'x', values: { token: next() } } }),
    of('networking.istio.io/v1', 'Gateway', { spec: { servers: [{ tls: { credentialName: next() }, hosts: ['h'] }] } }),
    of('gateway.networking.k8s.io/v1', 'Gateway', {
      spec: { infrastructure: { annotations: { a: next() } } },
      status: status(next),
    }),
    of('networking.istio.io/v1', 'VirtualService', {
      spec: { http: [{ headers: { request: { set: { a: next() } } } }] },
    }),
    of('autoscaling/v2', 'HorizontalPodAutoscaler', {
      spec: { metrics: [{ external: next() }] },
      status: status(next),
    }),
    of('v1', 'Service', { spec: { type: 'ClusterIP' }, status: status(next) }),
  ];
}

it('finds none of the planted secrets in a snapshot', async () => {
  const canaries = createCanaries();
  const objects = cluster(canaries.next);
  const source = JSON.stringify(objects);
  const planted = canaries.all.filter((one) => source.includes(one));
  expect(new Set(planted).size).toBeGreaterThanOrEqual(200);
  const parts: Uint8Array[] = [];
  const options = { context: 'test', takenAt: new Date(0) };
  await saveSnapshot(memoryApi({ objects }), options, (bytes) => {
    parts.push(bytes);
    return Promise.resolve();
  });
  const text = gunzipSync(Buffer.concat(parts)).toString();
  const encoded = (one: string) => Buffer.from(one).toString('base64').replace(/=+$/, '');
  expect(canaries.all.filter((one) => text.includes(one) || text.includes(encoded(one)))).toEqual([]);
  // What must still be there.
  for (const kept of [
    '"kind":"Pod"',
    '"proxy","sidecar"',
    '"policy\\":\\"enabled',
    '"kind":"Rollout"',
    '"preStop"',
    'lightstep',
  ]) {
    expect(text).toContain(kept);
  }
});
