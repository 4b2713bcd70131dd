import { MeshliftError, type ErrorClass } from '../../../src/errors.ts';
import type { KubeApi, KubeObject, ListPage, ObjectRef, ResourceType } from '../../../src/kube/api.ts';

/** A cluster to run against: an API, an empty namespace in it, and how to leave. */
export interface ConformanceTarget {
  readonly api: KubeApi;
  readonly namespace: string;
  cleanup(): Promise<void>;
}

/** Makes a target for one test. */
export type MakeTarget = () => Promise<ConformanceTarget>;

const core = (plural: string, kind: string, namespaced = true): ResourceType => ({
  group: '',
  version: 'v1',
  plural,
  kind,
  namespaced,
});

/** The kinds that the bodies use. */
export const types = {
  configMaps: core('configmaps', 'ConfigMap'),
  pods: core('pods', 'Pod'),
  services: core('services', 'Service'),
  namespaces: core('namespaces', 'Namespace', false),
  deployments: { group: 'apps', version: 'v1', plural: 'deployments', kind: 'Deployment', namespaced: true },
  budgets: {
    group: 'policy',
    version: 'v1',
    plural: 'poddisruptionbudgets',
    kind: 'PodDisruptionBudget',
    namespaced: true,
  },
  definitions: {
    group: 'apiextensions.k8s.io',
    version: 'v1',
    plural: 'customresourcedefinitions',
    kind: 'CustomResourceDefinition',
    namespaced: false,
  },
  validatingWebhooks: {
    group: 'admissionregistration.k8s.io',
    version: 'v1',
    plural: 'validatingwebhookconfigurations',
    kind: 'ValidatingWebhookConfiguration',
    namespaced: false,
  },
} as const satisfies Record<string, ResourceType>;

/** What a body runs with. */
export interface Bench {
  readonly api: KubeApi;
  readonly namespace: string;
  ref(resource: ResourceType, name: string): ObjectRef;
  configMap(name: string, more?: Partial<KubeObject>, labels?: Record<string, string>): Promise<KubeObject>;
}

/** Runs a body on a fresh target and cleans up whatever happens. */
export async function withBench(make: MakeTarget, body: (bench: Bench) => Promise<void>): Promise<void> {
  const { api, namespace, cleanup } = await make();
  const bench: Bench = {
    api,
    namespace,
    ref: (resource, name) => ({ resource, name, ...(resource.namespaced && { namespace }) }),
    configMap: async (name, more = {}, labels = {}) =>
      api.create(types.configMaps, { metadata: { name, namespace, labels }, ...more }),
  };
  try {
    await body(bench);
  } finally {
    await cleanup();
  }
}

/** A Deployment that runs nothing, so that only the API server's own behaviour shows. */
export function idleDeployment(name: string, namespace: string): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      replicas: 0,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'app', image: 'example.com/app:1', env: [{ name: 'A', value: '1' }] }] },
      },
    },
  };
}

/** The error that a call ends with. Fails the test when it ends well. */
export async function failureOf(call: Promise<unknown>): Promise<MeshliftError> {
  const outcome: unknown = await call.then(
    () => 'no failure',
    (error: unknown) => error,
  );
  if (outcome instanceof MeshliftError) return outcome;
  throw new Error(`expected a failure of the API, got ${String(outcome)}`);
}

/** Class and status of an error, for comparison in one go. */
export async function refusal(call: Promise<unknown>): Promise<{ errorClass: ErrorClass; status: number | undefined }> {
  const { errorClass, status } = await failureOf(call);
  return { errorClass, status };
}

/** Reads a whole list. */
export async function pagesOf<T>(pages: AsyncIterable<ListPage<T>>): Promise<readonly ListPage<T>[]> {
  const read: ListPage<T>[] = [];
  for await (const page of pages) read.push(page);
  return read;
}

/** Name of an object, as a projection. */
export const nameOf = (object: KubeObject): string => object.metadata.name;
