import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/kube/api.ts';
import { at, objectsAt, textAt, type JsonObject } from '../store/json.ts';
import { inject } from './inject.ts';
import { patchBetween } from './inject/patch.ts';
import type { InjectorSettings } from './inject/settings.ts';
import { byId, idOf, recordedObjects } from './recorded.test-helper.ts';

const settings: InjectorSettings = {
  version: '1.29.6',
  revision: 'blue',
  namespace: 'istio-system',
  hub: 'example.test/istio',
  native: true,
};

const app: JsonObject = { name: 'app', image: 'app:1', ports: [{ name: 'web', containerPort: 8080, protocol: 'TCP' }] };

interface PodParts {
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
  readonly spec?: JsonObject;
  readonly owner?: { readonly kind: string; readonly name: string; readonly apiVersion: string };
}

function pod({ labels = {}, annotations = {}, spec = {}, owner }: PodParts = {}): KubeObject {
  const ownerReferences = owner === undefined ? {} : { ownerReferences: [{ ...owner, uid: 'u', controller: true }] };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', labels, annotations, ...ownerReferences },
    spec: { containers: [app], ...spec },
  };
}

function injected(given: KubeObject, changes: Partial<InjectorSettings> = {}): KubeObject {
  const result = inject(given, 'shop', { ...settings, ...changes });
  if (result.kind !== 'injected') throw new Error(`expected an injected pod, got ${JSON.stringify(result)}`);
  return result.pod;
}

const names = (object: KubeObject, list: string): unknown[] =>
  objectsAt(object, 'spec', list).map((one) => one['name']);

function container(object: KubeObject, name: string): JsonObject {
  const all = [...objectsAt(object, 'spec', 'initContainers'), ...objectsAt(object, 'spec', 'containers')];
  return all.find((one) => one['name'] === name) ?? {};
}

function env(object: KubeObject, name: string): string | undefined {
  return textAt(
    objectsAt(container(object, 'istio-proxy'), 'env').find((one) => one['name'] === name),
    'value',
  );
}

describe('whether a pod is injected', () => {
  const inject1 = 'sidecar.istio.io/inject';
  it.each([
    ['host network', pod({ spec: { hostNetwork: true } }), 'shop', 'enabled', /network of its node/],
    ['system namespace', pod(), 'kube-system', 'enabled', /belongs to Kubernetes/],
    ['label false', pod({ labels: { [inject1]: 'false' } }), 'shop', 'enabled', /^label/],
    ['annotation false', pod({ annotations: { [inject1]: 'false' } }), 'shop', 'enabled', /^annotation/],
    ['policy', pod(), 'shop', 'disabled', /^policy disabled/],
    ['policy and odd label', pod({ labels: { [inject1]: 'yes' } }), 'shop', 'disabled', /^policy disabled/],
  ] as const)('%s: no', (_case, given, namespace, policy, reason) => {
    expect(inject(given, namespace, { ...settings, policy })).toEqual({
      kind: 'skipped',
      reason: expect.stringMatching(reason) as string,
    });
  });

  it.each([
    ['by default', pod(), 'enabled'],
    [
      'label true beats annotation false',
      pod({ labels: { [inject1]: 'true' }, annotations: { [inject1]: 'false' } }),
      'enabled',
    ],
    ['label true beats the policy', pod({ labels: { [inject1]: 'true' } }), 'disabled'],
    ['annotation true beats the policy', pod({ annotations: { [inject1]: 'true' } }), 'disabled'],
  ] as const)('%s: yes', (_case, given, policy) => {
    expect(inject(given, 'shop', { ...settings, policy }).kind).toBe('injected');
  });

  it.each([
    ['unknown template', { 'inject.istio.io/templates': 'grpc' }, /requested template "grpc" not found/],
    ['broken YAML', { 'proxy.istio.io/config': '{' }, /no proxy configuration/],
    ['YAML that is no object', { 'proxy.istio.io/config': 'fast' }, /no proxy configuration/],
  ])('%s fails the webhook', (_case, annotations, message) => {
    expect(inject(pod({ annotations }), 'shop', settings)).toEqual({
      kind: 'failed',
      message: expect.stringMatching(message) as string,
    });
  });
});

describe('where the sidecar goes', () => {
  const withInit = pod({ spec: { initContainers: [{ name: 'migrate' }] } });

  it('native: before the other init containers, for as long as the pod lives', () => {
    const made = injected(withInit);
    expect(names(made, 'initContainers')).toEqual(['istio-init', 'istio-proxy', 'migrate']);
    expect(names(made, 'containers')).toEqual(['app']);
    expect(container(made, 'istio-proxy')).toMatchObject({ restartPolicy: 'Always', lifecycle: { preStop: {} } });
  });

  it('classic: after the application, without preStop, and the status says so', () => {
    const made = injected(withInit, { native: false });
    expect(names(made, 'initContainers')).toEqual(['migrate', 'istio-init']);
    expect(names(made, 'containers')).toEqual(['app', 'istio-proxy']);
    expect(Object.keys(container(made, 'istio-proxy'))).not.toEqual(expect.arrayContaining(['lifecycle']));
    expect(container(made, 'istio-proxy')['restartPolicy']).toBeUndefined();
    const status = JSON.parse(made.metadata.annotations?.['sidecar.istio.io/status'] ?? '') as unknown;
    expect(status).toMatchObject({ initContainers: ['istio-init'], containers: ['istio-proxy'], revision: 'blue' });
  });

  it('classic and held: before the application, which waits for it', () => {
    const annotations = { 'proxy.istio.io/config': 'holdApplicationUntilProxyStarts: true' };
    const made = injected(pod({ annotations }), { native: false });
    expect(names(made, 'containers')).toEqual(['istio-proxy', 'app']);
    expect(at(container(made, 'istio-proxy'), 'lifecycle', 'postStart', 'exec', 'command')).toEqual([
      'pilot-agent',
      'wait',
    ]);
  });

  it.each([
    ['true', false, 'initContainers'],
    ['false', true, 'containers'],
  ])('annotation nativeSidecar=%s beats the setting %s', (wish, native, list) => {
    const made = injected(pod({ annotations: { 'sidecar.istio.io/nativeSidecar': wish } }), { native });
    expect(names(made, list)).toContain('istio-proxy');
  });

  it('with istio-cni a check without rights comes first', () => {
    const made = injected(withInit, { cni: true, native: false });
    expect(names(made, 'initContainers')).toEqual(['istio-validation', 'migrate']);
    expect(container(made, 'istio-validation')).toMatchObject({
      args: expect.arrayContaining(['--run-validation', '--skip-rule-apply']) as unknown,
      securityContext: { runAsUser: 1337, capabilities: { drop: ['ALL'] } },
    });
  });
});

describe('probes', () => {
  const probed = (probe: JsonObject): KubeObject => pod({ spec: { containers: [{ ...app, livenessProbe: probe }] } });

  it.each([
    [
      'HTTP by name of the port',
      { httpGet: { path: '/x', port: 'web' } },
      { httpGet: { path: '/x', port: 8080 }, timeoutSeconds: 1 },
    ],
    ['TCP', { tcpSocket: { port: 9 }, timeoutSeconds: 4 }, { tcpSocket: { port: 9 }, timeoutSeconds: 4 }],
    ['gRPC', { grpc: { port: 7, service: 's' } }, { grpc: { port: 7, service: 's' }, timeoutSeconds: 1 }],
  ])('%s go to the agent', (_case, probe, told) => {
    const made = injected(probed({ ...probe, periodSeconds: 3 }));
    expect(container(made, 'app')['livenessProbe']).toEqual({
      ...('timeoutSeconds' in probe ? { timeoutSeconds: 4 } : {}),
      periodSeconds: 3,
      httpGet: { path: '/app-health/app/livez', port: 15020, scheme: 'HTTP' },
    });
    expect(JSON.parse(env(made, 'ISTIO_KUBE_APP_PROBERS') ?? '')).toEqual({ '/app-health/app/livez': told });
  });

  it.each([
    ['exec', { exec: { command: ['true'] } }],
    ['an unknown port name', { httpGet: { path: '/', port: 'nowhere' } }],
  ])('%s stays', (_case, probe) => {
    const made = injected(probed(probe));
    expect(container(made, 'app')['livenessProbe']).toEqual(probe);
    expect(env(made, 'ISTIO_KUBE_APP_PROBERS')).toBeUndefined();
  });

  it('all stay when the pod says so', () => {
    const probe = { httpGet: { path: '/', port: 8080 } };
    const annotations = { 'sidecar.istio.io/rewriteAppHTTPProbers': 'false' };
    const made = injected(pod({ annotations, spec: { containers: [{ ...app, livenessProbe: probe }] } }));
    expect(container(made, 'app')['livenessProbe']).toEqual(probe);
  });
});

describe('what the proxy is told', () => {
  it('merges the pod’s proxy configuration into that of the mesh', () => {
    const annotations = {
      'proxy.istio.io/config': 'terminationDrainDuration: 20s\nproxyMetadata: {EXIT_ON_ZERO_ACTIVE_CONNECTIONS: true}',
    };
    const made = injected(pod({ annotations }), { proxyMetadata: { A: 'b' } });
    expect(JSON.parse(env(made, 'PROXY_CONFIG') ?? '')).toEqual({
      discoveryAddress: 'istiod-blue.istio-system.svc:15012',
      terminationDrainDuration: '20s',
      proxyMetadata: { A: 'b', EXIT_ON_ZERO_ACTIVE_CONNECTIONS: 'true' },
    });
    expect(env(made, 'EXIT_ON_ZERO_ACTIVE_CONNECTIONS')).toBe('true');
  });

  it('prints one port a line', () => {
    const ports = [
      { containerPort: 1, protocol: 'TCP' },
      { containerPort: 2, protocol: 'UDP' },
    ];
    const made = injected(pod({ spec: { containers: [{ ...app, ports }] } }));
    expect(env(made, 'ISTIO_META_POD_PORTS')).toBe(
      '[\n    {"containerPort":1,"protocol":"TCP"}\n    ,{"containerPort":2,"protocol":"UDP"}\n]',
    );
  });

  it.each([
    [undefined, 'pods/p', 'v1'],
    [{ kind: 'StatefulSet', name: 'db', apiVersion: 'apps/v1' }, 'statefulsets/db', 'apps/v1'],
    [{ kind: 'ReplicaSet', name: 'web-5f', apiVersion: 'apps/v1' }, 'deployments/web', 'apps/v1'],
    [{ kind: 'ReplicaSet', name: 'alone', apiVersion: 'apps/v1' }, 'replicasets/alone', 'apps/v1'],
    [{ kind: 'Job', name: 'report-29384756', apiVersion: 'batch/v1' }, 'cronjobs/report', 'batch/v1'],
    [{ kind: 'Job', name: 'once', apiVersion: 'batch/v1' }, 'jobs/once', 'batch/v1'],
  ])('owner %j is %s', (owner, path, apiVersion) => {
    const made = injected(pod({ labels: { 'pod-template-hash': '5f' }, ...(owner === undefined ? {} : { owner }) }));
    expect(env(made, 'ISTIO_META_OWNER')).toBe(`kubernetes://apis/${apiVersion}/namespaces/shop/${path}`);
    expect(made.metadata.labels?.['service.istio.io/canonical-name']).toBe(path.split('/')[1]);
  });
});

describe('metrics', () => {
  const path = 'prometheus.io/path';
  it('of the application are merged and found by the agent', () => {
    const own = { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '9', [path]: '/m' };
    const made = injected(pod({ annotations: own }));
    expect(made.metadata.annotations).toMatchObject({ 'prometheus.io/port': '15020', [path]: '/stats/prometheus' });
    expect(JSON.parse(env(made, 'ISTIO_PROMETHEUS_ANNOTATIONS') ?? '')).toEqual({
      scrape: 'true',
      path: '/m',
      port: '9',
    });
  });

  it.each([{ 'prometheus.io/scrape': 'false' }, { 'prometheus.istio.io/merge-metrics': 'false' }])(
    'not with %j',
    (own) => {
      expect(injected(pod({ annotations: own })).metadata.annotations?.[path]).toBeUndefined();
    },
  );
});

describe('a user’s own istio-proxy container', () => {
  it('changes the proxy and is remembered', () => {
    const own = {
      name: 'istio-proxy',
      image: 'auto',
      resources: { limits: { cpu: '4' } },
      env: [{ name: 'CA_ADDR', value: 'x' }],
    };
    const made = injected(pod({ spec: { containers: [app, own] } }));
    expect(names(made, 'containers')).toEqual(['app']);
    expect(container(made, 'istio-proxy')).toMatchObject({
      image: 'example.test/istio/proxyv2:1.29.6',
      resources: { limits: { cpu: '4', memory: '1Gi' } },
    });
    expect(env(made, 'CA_ADDR')).toBe('x');
    const kept = { name: own.name, resources: own.resources, env: own.env };
    expect(JSON.parse(made.metadata.annotations?.['proxy.istio.io/overrides'] ?? '')).toEqual({ containers: [kept] });
  });

  it('a gateway whose pull policy the API server chose keeps Always', () => {
    const own = { name: 'istio-proxy', image: 'auto', imagePullPolicy: 'Always' };
    const annotations = { 'inject.istio.io/templates': 'gateway' };
    const made = injected(pod({ annotations, spec: { containers: [own] } }), { pullPolicy: 'IfNotPresent' });
    expect(container(made, 'istio-proxy')['imagePullPolicy']).toBe('Always');
    expect(made.metadata.labels?.['security.istio.io/tlsMode']).toBeUndefined();
  });
});

describe('calling the injector again', () => {
  const annotation = fc.record(
    {
      'inject.istio.io/templates': fc.constantFrom('gateway', 'sidecar'),
      'prometheus.io/port': fc.constantFrom('9', '15020'),
      'proxy.istio.io/config': fc.constantFrom('{}', 'concurrency: 2'),
    },
    { requiredKeys: [] },
  );
  const spec = fc.record(
    {
      initContainers: fc.constant([{ name: 'first', image: 'a:1' }]),
      volumes: fc.constant([{ name: 'data', emptyDir: {} }]),
      containers: fc.constantFrom(
        [app],
        [{ ...app, readinessProbe: { httpGet: { path: '/', port: 'web' }, timeoutSeconds: 1 } }],
        [app, { name: 'istio-proxy', image: 'auto', resources: { limits: { cpu: '4' } } }],
      ),
    },
    { requiredKeys: ['containers'] },
  );

  it('changes nothing, whatever the pod', () => {
    fc.assert(
      fc.property(annotation, spec, fc.boolean(), fc.boolean(), (annotations, body, native, cni) => {
        const once = injected(pod({ annotations, spec: body }), { native, cni });
        expect(injected(once, { native, cni })).toEqual(once);
      }),
    );
  });

  it('by another revision replaces the proxy and adds none', () => {
    const once = injected(pod());
    const twice = injected(once, { revision: 'green', version: '1.30.3', native: false });
    expect(twice).toEqual(injected(pod(), { revision: 'green', version: '1.30.3', native: false }));
  });

  it('takes an unreadable status for none', () => {
    const annotations = { 'sidecar.istio.io/status': 'oops' };
    expect(names(injected(pod({ annotations })), 'initContainers')).toEqual(['istio-init', 'istio-proxy']);
  });
});

describe('the JSON patch', () => {
  it('replaces whole fields and names only what changed', () => {
    const before = pod({ spec: { volumes: [{ name: 'data' }], restartPolicy: 'Always' } });
    const operations = patchBetween(before, injected(before));
    expect(operations.map(({ op, path }) => `${op} ${path}`)).toEqual([
      'replace /metadata/labels',
      'replace /metadata/annotations',
      'replace /spec/volumes',
      'add /spec/initContainers',
    ]);
    expect(patchBetween(before, before)).toEqual([]);
    expect(patchBetween(injected(before), before)).toContainEqual({ op: 'remove', path: '/spec/initContainers' });
  });
});

it('does not change what it was given', () => {
  const objects = recordedObjects('canary/00-before');
  const given = byId(objects, objects.filter(({ kind }) => kind === 'Pod').map(idOf)[0] ?? '');
  const copy = structuredClone(given);
  inject(given, 'billing', settings);
  expect(given).toEqual(copy);
});

describe('annotation sidecar.istio.io/proxyImage', () => {
  const asked = (image: string, more: Record<string, string> = {}) =>
    injected(pod({ annotations: { 'sidecar.istio.io/proxyImage': image, ...more } }));

  it.each([{}, { 'inject.istio.io/templates': 'gateway' }])(
    'gives the proxy its image, and no other container: %j',
    (more) => {
      const result = asked('example.test/mine/proxyv2:1.27.1', more);
      expect(container(result, 'istio-proxy')['image']).toBe('example.test/mine/proxyv2:1.27.1');
      expect(container(result, 'app')['image']).toBe('app:1');
      if (Object.keys(more).length === 0)
        expect(container(result, 'istio-init')['image']).toBe('example.test/istio/proxyv2:1.29.6');
    },
  );

  it('is no image without a slash', () => {
    expect(container(asked('proxyv2:1.27.1'), 'istio-proxy')['image']).toBe('example.test/istio/proxyv2:1.29.6');
  });
});
