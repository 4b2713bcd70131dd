/** The stand-in istiod: injection and validation of the sandbox behind real webhooks, and configuration for real Envoys. */
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { KubeApi, KubeObject } from '../../../../src/kube/api.ts';
import { connect } from '../../../../src/kube/connection.ts';
import { httpKubeApi } from '../../../../src/kube/http-api.ts';
import { resources } from '../../../../src/kube/resources.ts';
import { Counters } from '../../../../sandbox/istio/runtime/counters.ts';
import {
  configNames,
  injectorSettings,
  istiodFacts,
  type IstiodFacts,
} from '../../../../sandbox/istio/runtime/settings.ts';
import { answerInjection, answerValidation, review } from './admission.ts';
import { authority, publishRoot, serving } from './authority.ts';
import { gatewayConfiguration, sidecarConfiguration } from './configuration.ts';
import { follow, type Followed } from './follow.ts';
import { metricsText, versionText } from './metrics.ts';
import { handlers } from './pages.ts';
import { patchWebhooks } from './patches.ts';
import { Proxies } from './proxies.ts';

const log = (text: string): void => console.log(`${new Date().toISOString()} ${text}`);
const env = (name: string): string => process.env[name] ?? '';

const startedAt = Date.now();
const api = httpKubeApi(
  await connect({ inCluster: { host: env('KUBERNETES_SERVICE_HOST'), port: env('KUBERNETES_SERVICE_PORT') } }),
  { userAgent: 'pilot-discovery' },
);

async function ownFacts(): Promise<IstiodFacts> {
  const pod = await api.get({ resource: resources.pods, namespace: env('POD_NAMESPACE'), name: env('POD_NAME') });
  const facts = istiodFacts(pod);
  if (facts === undefined) throw new Error('this is no pod of istiod');
  return facts;
}

const facts = await ownFacts();
const label = facts.revision === '' ? 'default' : facts.revision;
const root = await authority(api, facts.namespace);
const service = facts.revision === '' ? 'istiod' : `istiod-${facts.revision}`;
const counters = new Counters();

function followAll(onConfig: () => void, onWebhooks: () => void, onNamespaces: () => void) {
  const of = (
    resource: (typeof resources)[keyof typeof resources],
    onChange: () => void,
    namespace?: string,
  ): Followed =>
    follow({
      api,
      resource,
      onChange,
      onError: (error) => log(`${resource.plural}: ${error.message}`),
      ...(namespace === undefined ? {} : { namespace }),
    });
  return {
    configMaps: of(resources.configMaps, () => undefined, facts.namespace),
    pods: of(resources.pods, onConfig),
    services: of(resources.services, onConfig),
    slices: of(resources.endpointSlices, onConfig),
    gateways: of(resources.istioGateways, onConfig),
    virtualServices: of(resources.virtualServices, onConfig),
    namespaces: of(resources.namespaces, onNamespaces),
    mutating: of(resources.mutatingWebhooks, onWebhooks),
    validating: of(resources.validatingWebhooks, onWebhooks),
  };
}

/** Runs `work` soon after it is asked for, once for many askings, and never twice at the same time. */
function soon(delayMs: number, work: () => Promise<void> | void): () => void {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  return () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      running = running
        .then(work)
        .catch((error: unknown) => log(`failed, and left to the next change: ${String(error)}`));
    }, delayMs);
  };
}

const known = new Set<string>();

async function publishRoots(namespaces: readonly KubeObject[], to: KubeApi): Promise<void> {
  for (const { metadata } of namespaces) {
    const id = metadata.uid ?? metadata.name;
    if (known.has(id) || metadata.deletionTimestamp !== undefined) continue;
    await publishRoot(to, metadata.name, root.certificate);
    known.add(id);
  }
}

const caBundle = Buffer.from(root.certificate).toString('base64');
const patcher = { api, revision: label, caBundle, warn: log };
const store = followAll(
  soon(100, () => proxies.push()),
  soon(100, async () => {
    await patchWebhooks(patcher, resources.mutatingWebhooks, store.mutating.all());
    if (isReady()) await patchWebhooks(patcher, resources.validatingWebhooks, store.validating.all());
  }),
  soon(50, () => publishRoots(store.namespaces.all(), api)),
);
const isReady = (): boolean =>
  [
    store.configMaps,
    store.pods,
    store.services,
    store.slices,
    store.namespaces,
    store.gateways,
    store.virtualServices,
  ].every((one) => one.synced());

const settings = () => {
  const names = configNames(facts.revision);
  const read = (name: string) => store.configMaps.get(facts.namespace, name);
  return injectorSettings(facts, { mesh: read(names.mesh), injector: read(names.injector) });
};

const proxies = new Proxies({
  counters,
  now: () => new Date(),
  configurationOf: (hello) => {
    if (hello.type === 'sidecar') return sidecarConfiguration(hello.ports);
    const labels = store.pods.get(hello.namespace, hello.pod)?.metadata.labels ?? {};
    const network = { services: store.services.all(), slices: store.slices.all() };
    return gatewayConfiguration(labels, store.gateways.all(), store.virtualServices.all(), network);
  },
});

const certificate = await serving(root, [`${service}.${facts.namespace}.svc`, `${service}.${facts.namespace}`]);
const listeners = handlers({
  proxies,
  ready: isReady,
  version: () => versionText(facts.version),
  metrics: () =>
    metricsText(counters, {
      version: facts.version,
      uptimeSeconds: (Date.now() - startedAt) / 1000,
      proxies: proxies.versions(),
      virtualServices: store.virtualServices.all().length,
    }),
  inject: (request) => review(request.uid, answerInjection(request, settings(), counters)),
  validate: (request) => review(request.uid, answerValidation(request, counters)),
});

const tls = { cert: certificate.certificate, key: certificate.key };
for (const port of [8080, 15014] as const) createServer(listeners[port]).listen(port);
for (const port of [15012, 15017] as const) createTlsServer(tls, listeners[port]).listen(port);
log(`stand-in istiod ${facts.version}, revision ${label}`);
process.on('SIGTERM', () => process.exit(0));
