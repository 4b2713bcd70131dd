import type { KubeObject } from '../../../src/kube/api.ts';
import type { Install, ObjectName, Scenario, Step } from '../types.ts';
import { application, argoApplications, heldBy } from './objects.ts';

const system = 'istio-system';
const daemonSet = (name: string): ObjectName => ({ apiVersion: 'apps/v1', kind: 'DaemonSet', namespace: system, name });

/** The Applications, each with the object by which it is known that it holds a component. */
const held: readonly (readonly [app: string, chart: string, object: ObjectName])[] = [
  ['istiod', 'istiod', { apiVersion: 'apps/v1', kind: 'Deployment', namespace: system, name: 'istiod' }],
  ['istio-cni', 'cni', daemonSet('istio-cni-node')],
  ['mesh-l4', 'ztunnel', daemonSet('ztunnel')],
];

const waypoint: KubeObject = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'Gateway',
  metadata: { name: 'waypoint', namespace: 'shop' },
  spec: { gatewayClassName: 'istio-waypoint', listeners: [{ name: 'mesh', port: 15008, protocol: 'HBONE' }] },
};

/** Settings of istio-cni; an empty object when nothing is set. */
export function cniSettings(data: Readonly<Record<string, string>>): Step {
  return {
    do: 'patch',
    object: { apiVersion: 'v1', kind: 'ConfigMap', namespace: system, name: 'istio-cni-config' },
    patch: { data },
  };
}

const components = (version: string): readonly Install[] => [
  { chart: 'base', version, defaultRevision: 'default' },
  { chart: 'istiod', version, revision: '', ambient: true },
  { chart: 'cni', version, revision: '', ambient: true },
  { chart: 'ztunnel', version, revision: '', release: 'mesh-l4' },
];

const scenario = (name: string, description: string, version: string, ...more: readonly Step[]): Scenario => ({
  name,
  description,
  nodes: 3,
  gatewayApi: 'v1.4.1',
  steps: [
    { do: 'install', install: components(version) },
    cniSettings({ AMBIENT_DNS_CAPTURE: 'true', AMBIENT_RECONCILE_POD_RULES_ON_STARTUP: 'false' }),
    { do: 'settle' },
    {
      do: 'deploy',
      namespaces: [
        { name: 'argocd' },
        {
          name: 'shop',
          labels: { 'istio.io/dataplane-mode': 'ambient', 'istio.io/use-waypoint': 'waypoint' },
          workloads: [
            { name: 'web', replicas: 2 },
            { kind: 'CronJob', name: 'tick', probed: false },
          ],
        },
        {
          name: 'bank',
          labels: { 'istio.io/dataplane-mode': 'ambient' },
          workloads: [{ kind: 'DaemonSet', name: 'postgres-client', port: 5432, portName: 'tcp' }],
        },
      ],
    },
    { do: 'create', objects: [waypoint, argoApplications, application('istio-base', 'base', version)] },
    { do: 'create', objects: held.map(([app, chart]) => application(app, chart, version)) },
    ...held.map(([app, , object]): Step => heldBy(app, object)),
    ...more,
    { do: 'settle' },
  ],
});

/** Four Applications of Argo CD without any order, on an ambient mesh with long connections on every node. */
export const gitopsAmbient: Scenario = scenario(
  'gitops-ambient',
  'Ambient Istio 1.28.6 held by four Applications without an order, ztunnel released as mesh-l4, long connections',
  '1.28.6',
);

/** The same before the release in which ztunnel was named after its Helm release. */
export const gitopsAmbientOld: Scenario = scenario(
  'gitops-ambient-1-24',
  'The same at 1.24.6, before the release in which the name of the Helm release becomes that of ztunnel',
  '1.24.6',
);

/** How Argo CD is told about an order. */
export const syncWaves: readonly Step[] = held.map(([app], index) => ({
  do: 'patch',
  object: { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', namespace: 'argocd', name: app },
  patch: {
    metadata: { annotations: { 'argocd.argoproj.io/sync-wave': String(index + 1) } },
  },
}));

/** Argo CD no longer acts by itself. */
export const suspended: readonly Step[] = held.map(([app]) => ({
  do: 'patch',
  object: { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', namespace: 'argocd', name: app },
  patch: { spec: { syncPolicy: { automated: null } } },
}));
