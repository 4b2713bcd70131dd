import type { KubeObject } from '../../src/kube/api.ts';
import { helmReleaseSecret } from '../istio/charts/helm-release.ts';
import type { ObjectName, Scenario } from './types.ts';

const system = 'istio-system';

/** What uninstalling revision 1-27-2 by hand took away. Its tag, autoscaler and configuration were forgotten. */
const removed: readonly ObjectName[] = [
  { apiVersion: 'apps/v1', kind: 'Deployment', namespace: system, name: 'istiod-1-27-2' },
  { apiVersion: 'v1', kind: 'Service', namespace: system, name: 'istiod-1-27-2' },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    name: 'istio-sidecar-injector-1-27-2',
  },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    name: 'istio-validator-1-27-2-istio-system',
  },
];

/** The kind of the in-cluster operator, which Istio has dropped in 1.23; its objects stay behind. */
const operatorKind: KubeObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'istiooperators.install.istio.io' },
  spec: {
    group: 'install.istio.io',
    names: {
      kind: 'IstioOperator',
      listKind: 'IstioOperatorList',
      plural: 'istiooperators',
      singular: 'istiooperator',
    },
    scope: 'Namespaced',
    versions: [{ name: 'v1alpha1', served: true, storage: true }],
  },
};

const installedState: KubeObject = {
  apiVersion: 'install.istio.io/v1alpha1',
  kind: 'IstioOperator',
  metadata: { name: 'installed-state-1-27-2', namespace: system },
  spec: { revision: '1-27-2', tag: '1.27.2', profile: 'default' },
};

/** Service of a tag whose webhook configuration and revision are gone. */
const orphanService: KubeObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: {
    name: 'istiod-revision-tag-old',
    namespace: system,
    labels: { app: 'istiod', istio: 'pilot', 'istio.io/rev': '1-27-2', 'istio.io/tag': 'old' },
  },
  spec: {
    selector: { app: 'istiod', 'istio.io/rev': '1-27-2' },
    ports: [{ name: 'https-webhook', port: 443, targetPort: 15017 }],
  },
};

const filter = (name: string): KubeObject => ({
  apiVersion: 'networking.istio.io/v1alpha3',
  kind: 'EnvoyFilter',
  metadata: { name: `${name}-1-27-2`, namespace: system, labels: { 'istio.io/rev': '1-27-2' } },
  spec: { configPatches: [] },
});

/** An upgrade of the release of the control plane without revision, killed on its way. */
const pendingRelease = helmReleaseSecret({
  name: 'istiod-1-28',
  namespace: system,
  chart: 'istiod',
  version: '1.28.6',
  revision: 2,
  status: 'pending-upgrade',
  modifiedAt: Date.UTC(2026, 0, 2) / 1000,
});

/** What half-finished upgrades leave: two injectors for one namespace, a tag into the void, proxies without a master. */
export const debris: Scenario = {
  name: 'debris',
  description: 'Left-overs of two half-finished upgrades: overlapping injectors, a tag into the void, a stuck release',
  nodes: 2,
  steps: [
    {
      do: 'install',
      install: [
        { chart: 'base', version: '1.28.6', defaultRevision: 'default' },
        { chart: 'istiod', version: '1.27.2', revision: '1-27-2' },
        { istioctl: 'tag', version: '1.27.2', tag: 'prod', revision: '1-27-2' },
        { chart: 'istiod', version: '1.28.6', revision: '', release: 'istiod-1-28' },
      ],
    },
    { do: 'settle' },
    {
      do: 'deploy',
      namespaces: [
        { name: 'shop', labels: { 'istio-injection': 'enabled' }, workloads: [{ name: 'web', replicas: 2 }] },
        { name: 'orders', labels: { 'istio.io/rev': 'prod' }, workloads: [{ name: 'api', replicas: 3 }] },
      ],
    },
    { do: 'settle' },
    { do: 'delete', objects: removed },
    { do: 'settle' },
    // The tag comes while the injector without revision is active: both match istio-injection=enabled.
    { do: 'install', install: [{ chart: 'istiod', version: '1.29.6', revision: '1-29-6', tags: ['default'] }] },
    {
      do: 'create',
      objects: [
        operatorKind,
        installedState,
        orphanService,
        filter('stats-filter'),
        filter('tcp-stats-filter'),
        pendingRelease,
      ],
    },
    { do: 'settle' },
  ],
};
