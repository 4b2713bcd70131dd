import type { ObjectName, Scenario, Step } from '../types.ts';

const crd = (name: string): ObjectName => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  name,
});

const owned = (name: string, annotations: Readonly<Record<string, string | null>>, by: string | null): Step => ({
  do: 'patch',
  object: crd(name),
  patch: { metadata: { annotations, labels: { 'app.kubernetes.io/managed-by': by } } },
});

const release = (name: string | null): Readonly<Record<string, string | null>> => ({
  'meta.helm.sh/release-name': name,
  'meta.helm.sh/release-namespace': name === null ? null : 'istio-system',
});

/** What Helm marks a CRD with when it is its own. */
export function adopted(name: string): Step {
  return owned(name, release('istio-base'), 'Helm');
}

const half = ['virtualservices', 'destinationrules', 'serviceentries'].map((name) => `${name}.networking.istio.io`);

/** The CRDs that came by `kubectl apply`. */
export const applied: readonly string[] = half;

/** Istio 1.23 of Helm whose CRDs came from three hands, with traces of the istioctl that made it. */
export const foreignCrds: Scenario = {
  name: 'foreign-crds',
  description: 'Istio 1.23.6 whose CRDs belong to nobody, to another release and to istioctl, and an account of base',
  nodes: 2,
  steps: [
    {
      do: 'install',
      install: [
        { chart: 'base', version: '1.23.6', defaultRevision: 'default' },
        { chart: 'istiod', version: '1.23.6', revision: '' },
      ],
    },
    { do: 'settle' },
    ...half.map((name) => owned(name, release(null), null)),
    owned('wasmplugins.extensions.istio.io', release('old-base'), 'Helm'),
    {
      do: 'patch',
      object: crd('gateways.networking.istio.io'),
      by: 'istio-operator',
      patch: { metadata: { labels: { 'operator.istio.io/managed': 'Reconcile' } } },
    },
    {
      do: 'patch',
      object: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'istio-system', name: 'istiod' },
      patch: { spec: { template: { spec: { serviceAccountName: 'istiod-service-account' } } } },
    },
    {
      do: 'create',
      objects: [
        {
          apiVersion: 'v1',
          kind: 'ServiceAccount',
          metadata: { name: 'istiod-service-account', namespace: 'istio-system' },
        },
      ],
    },
    { do: 'settle' },
  ],
};
