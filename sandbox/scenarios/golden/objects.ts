import type { KubeObject } from '../../../src/kube/api.ts';
import type { ObjectName, Step } from '../types.ts';

/** A CustomResourceDefinition with an open schema, as an installer of that kind makes it. */
export function definition(
  group: string,
  [plural, kind]: readonly [plural: string, kind: string],
  versions: readonly { readonly name: string; readonly served: boolean; readonly storage: boolean }[],
  annotations: Readonly<Record<string, string>> = {},
): KubeObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}`, annotations: { ...annotations } },
    spec: {
      group,
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() },
      scope: 'Namespaced',
      versions: versions.map((one) => ({
        ...one,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        subresources: { status: {} },
      })),
    },
  };
}

/** The kind by which Argo CD is told what to keep in the cluster. */
export const argoApplications = definition(
  'argoproj.io',
  ['applications', 'Application'],
  [{ name: 'v1alpha1', served: true, storage: true }],
);

/** An Application that keeps a chart of Istio in the cluster, by itself and against others' changes. */
export function application(name: string, chart: string, version: string): KubeObject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace: 'argocd' },
    spec: {
      source: { repoURL: 'https://charts.example/istio', chart, targetRevision: version },
      destination: { namespace: 'istio-system', server: 'https://kubernetes.default.svc' },
      syncPolicy: { automated: { selfHeal: true, prune: true } },
    },
  };
}

/** An object becomes one that an Application holds: Argo CD renders charts itself, so nothing of Helm's is on it. */
export function heldBy(app: string, object: ObjectName): Step {
  const { apiVersion, kind, namespace = '', name } = object;
  const group = apiVersion.split('/')[0] ?? '';
  const annotations = {
    'argocd.argoproj.io/tracking-id': `${app}:${group}/${kind}:${namespace}/${name}`,
    'meta.helm.sh/release-name': null,
    'meta.helm.sh/release-namespace': null,
  };
  return { do: 'patch', object, patch: { metadata: { annotations } } };
}
