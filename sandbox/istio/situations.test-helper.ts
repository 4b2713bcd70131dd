/** The recorded situations, rendered by the simulated charts with the values of the real installations. */
import type { KubeObject } from '../../src/kube/api.ts';
import { baseChart } from './charts/base.ts';
import { cniChart } from './charts/cni.ts';
import { gatewayClasses, renderedGateway } from './charts/gateway-api.ts';
import { gatewayChart } from './charts/gateway.ts';
import { helmReleaseSecret, type HelmRelease } from './charts/helm-release.ts';
import { istioctlInstall } from './charts/istioctl.ts';
import type { IstiodOptions } from './charts/istiod-options.ts';
import { istiodChart } from './charts/istiod.ts';
import { ownedByHelm } from './charts/labels.ts';
import { istioctlTag } from './charts/tags.ts';
import { patchedByIstiod } from './charts/webhooks.ts';
import { ztunnelChart } from './charts/ztunnel.ts';
import { byId, recordedObjects } from './recorded.test-helper.ts';

/** Values that all recorded installations share. */
export const lab = {
  namespace: 'istio-system',
  hub: 'testbed.local/istio',
  pullPolicy: 'IfNotPresent',
  proxyMetadata: { CLOUD_PLATFORM: 'none' },
  proxyRequests: { cpu: '10m', memory: '64Mi' },
};

const istiodValues = {
  ...lab,
  env: { PILOT_ENABLE_ALPN_FILTER: 'false', PILOT_ENABLE_METADATA_EXCHANGE: 'false' },
  resources: { requests: { cpu: '50m', memory: '256Mi' } },
};

const system = (name: string): { name: string; namespace: string } => ({ name, namespace: 'istio-system' });

function base(version: string, defaultRevision: string): KubeObject[] {
  const release = 'istio-base';
  return ownedByHelm(baseChart({ version, defaultRevision, release, namespace: lab.namespace }), system(release));
}

function istiod(options: Pick<IstiodOptions, 'version' | 'revision' | 'ambient'>): KubeObject[] {
  const release = options.revision === '' ? 'istiod' : `istiod-${options.revision}`;
  const chart = istiodChart({ ...istiodValues, meshConfig: { accessLogFile: '' }, ...options, release });
  return ownedByHelm(chart, system(release));
}

const old = { version: '1.29.6', revision: '1-29-6' };
const young = { version: '1.30.3', revision: '1-30-3' };

function ingress(): KubeObject[] {
  const [name, namespace, release] = ['istio-ingressgateway', 'istio-ingress', 'ingress'];
  const { pullPolicy, proxyRequests } = lab;
  const where = { name, namespace, release, version: '1.29.6', revision: '' };
  const chart = gatewayChart({ ...where, pullPolicy, proxyRequests, serviceType: 'ClusterIP' });
  return ownedByHelm(chart, { name: release, namespace });
}

/** Tag prod as istioctl of the revision's own version sets it. */
function prod(of: typeof old): KubeObject[] {
  const injector = byId(istiod(of), `MutatingWebhookConfiguration istio-sidecar-injector-${of.revision}`);
  return istioctlTag({ tag: 'prod', injector, istioctlVersion: of.version });
}

/** Release Secrets: what a recording says of time and status is taken from it, the rest is made. */
function releases(
  moment: string,
  charts: Readonly<Record<string, readonly [chart: string, version: string]>>,
): KubeObject[] {
  return recordedObjects(moment)
    .filter((object) => object.kind === 'Secret')
    .map(({ metadata: { labels = {}, namespace = '' } }) => {
      const name = labels['name'] ?? '';
      const [chart, version] = charts[name] ?? ['', ''];
      const status = labels['status'] as HelmRelease['status'];
      const [revision, modifiedAt] = [Number(labels['version']), Number(labels['modifiedAt'])];
      return helmReleaseSecret({ name, namespace, chart, version, revision, status, modifiedAt });
    });
}

const canaryCharts = {
  ingress: ['gateway', '1.29.6'],
  'istio-base': ['base', '1.30.3'],
  'istiod-1-29-6': ['istiod', '1.29.6'],
  'istiod-1-30-3': ['istiod', '1.30.3'],
} as const;

const ambientCharts = {
  'istio-base': ['base', '1.29.6'],
  istiod: ['istiod', '1.29.6'],
  'istio-cni': ['cni', '1.29.6'],
  ztunnel: ['ztunnel', '1.29.6'],
} as const;

/** A running mesh: every istiod has patched the webhook configurations of its revision. */
function running(objects: readonly KubeObject[]): KubeObject[] {
  return objects.map((object) =>
    object.kind?.endsWith('WebhookConfiguration') === true ? patchedByIstiod(object, 'REDACTED-CA') : object,
  );
}

function ambient(moment: string, version: string, nodeVersion: string): KubeObject[] {
  const plane = { ...lab, version, revision: '' };
  const node = { ...lab, version: nodeVersion, revision: '', ambient: true };
  const gateway = byId(
    recordedObjects(moment).filter(({ apiVersion }) => apiVersion?.startsWith('gateway.networking.k8s.io/') === true),
    'Gateway way/waypoint',
  );
  const resources = { requests: { cpu: '50m', memory: '64Mi' } };
  return [
    ...base(version, 'default'),
    ...istiod({ version, revision: '', ambient: true }),
    ...ownedByHelm(cniChart({ ...node, release: 'istio-cni' }), system('istio-cni')),
    ...ownedByHelm(ztunnelChart({ ...node, release: 'ztunnel', resources }), system('ztunnel')),
    ...renderedGateway(gateway, { plane, ambient: true }),
    ...gatewayClasses(true),
    ...releases(moment, ambientCharts),
  ];
}

/** Both revisions, the tag on the new one. */
function canaryBeside(moment: string): KubeObject[] {
  const objects = [...base('1.30.3', old.revision), ...istiod(old), ...istiod(young), ...prod(young), ...ingress()];
  return [...running(objects), ...releases(moment, canaryCharts)];
}

/** Recorded moment → what the charts render for it. */
export const situations: Readonly<Record<string, () => KubeObject[]>> = {
  'canary/00-before': () => [
    ...running([...base('1.29.6', old.revision), ...istiod(old), ...prod(old), ...ingress()]),
    ...releases('canary/00-before', canaryCharts),
  ],
  'canary/10-canary-installed': () => [
    ...running([...base('1.30.3', old.revision), ...istiod(old), ...istiod(young), ...prod(old), ...ingress()]),
    ...releases('canary/10-canary-installed', canaryCharts),
  ],
  'canary/20-tag-moved': () => canaryBeside('canary/20-tag-moved'),
  'canary/30-restarted-half': () => canaryBeside('canary/30-restarted-half'),
  'canary/40-all-moved': () => canaryBeside('canary/40-all-moved'),
  'canary/50-old-removed': () => [
    ...running([...base('1.30.3', young.revision), ...istiod(young), ...prod(young), ...ingress()]),
    ...releases('canary/50-old-removed', canaryCharts),
  ],
  'inplace/00-before': () =>
    running(istioctlInstall({ ...istiodValues, version: '1.29.6', revision: '', profile: 'default' })),
  'ambient/00-before': () => running(ambient('ambient/00-before', '1.29.6', '1.29.6')),
  'ambient/10-istiod-upgraded': () => running(ambient('ambient/10-istiod-upgraded', '1.30.3', '1.29.6')),
  'ambient/40-after': () => running(ambient('ambient/40-after', '1.30.3', '1.30.3')),
};
