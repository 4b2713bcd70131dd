/** What two clusters are compared by: names, labels, selectors, revisions, targets and what injection left. */
import type { KubeObject } from '../../src/kube/api.ts';
import { at, objectAt, objectsAt, textAt, type JsonObject } from '../store/json.ts';

const hashes = ['pod-template-hash', 'controller-revision-hash'];
// The last one is a field of an older version of DaemonSets, which a real server shows as an annotation.
const noise = /last-applied-configuration|last-change-trigger-time|deprecated\.daemonset\.template\.generation/;

const withoutSuffix = (name: string, parts: number): string => name.split('-').slice(0, -parts).join('-');

/** A name without what the cluster drew by chance. */
function stableName({ kind, metadata }: KubeObject): string {
  const { name, ownerReferences = [] } = metadata;
  const owner = ownerReferences[0]?.kind;
  if (kind === 'Pod' && owner === 'ReplicaSet') return `${withoutSuffix(name, 2)}-*`;
  if (kind === 'Pod' && (owner === 'Job' || owner === 'DaemonSet')) return `${withoutSuffix(name, 1)}-*`;
  if (kind === 'ReplicaSet') return `${withoutSuffix(name, 1)}-*`;
  if (kind === 'EndpointSlice' && owner === 'Service') return `${withoutSuffix(name, 1)}-*`;
  return name;
}

/** The mount of the ServiceAccount's token, which a plug-in of a real API server adds and which has a random name. */
const isTokenMount = (value: unknown): boolean => textAt(value, 'name')?.startsWith('kube-api-access-') === true;

function withoutTokenMount(key: string, value: unknown): unknown {
  if (key !== 'volumeMounts' || !Array.isArray(value)) return value;
  const mounts = value.filter((one) => !isTokenMount(one));
  return mounts.length === 0 ? undefined : mounts;
}

/** Annotations that hold JSON are compared as JSON: the order of fields says nothing. */
function parsed(value: string): unknown {
  if (!/^\s*[{[]/.test(value)) return value;
  try {
    return JSON.parse(value, withoutTokenMount) as unknown;
  } catch {
    return value;
  }
}

function stableAnnotations(annotations: Readonly<Record<string, string>>): JsonObject {
  const entries = Object.entries(annotations)
    .filter(([key]) => !noise.test(key))
    .map(([key, value]) => {
      if (key.endsWith('/restartedAt')) return [key, 'a time'] as const;
      if (key.endsWith('/leader')) return [key, at(JSON.parse(value), 'holderKey')] as const;
      return [key, parsed(value)] as const;
    });
  return Object.fromEntries(entries) as JsonObject;
}

const images = (object: unknown, ...path: string[]): string[] =>
  ['initContainers', 'containers'].flatMap((list) =>
    objectsAt(object, ...path, list).map((one) => `${list}: ${textAt(one, 'name')} ${textAt(one, 'image')}`),
  );

const webhook = (one: JsonObject): JsonObject => ({
  name: one['name'],
  service: objectAt(one, 'clientConfig', 'service'),
  trusted: typeof at(one, 'clientConfig', 'caBundle') === 'string',
  policy: one['failurePolicy'],
  namespaces: one['namespaceSelector'],
  objects: one['objectSelector'],
});

/** By kind, what counts besides name, labels and annotations. */
const extras: Readonly<Record<string, (object: KubeObject) => unknown>> = {
  Pod: (pod) => images(pod, 'spec'),
  Deployment: (one) => [at(one, 'spec', 'selector'), images(one, 'spec', 'template', 'spec')],
  StatefulSet: (one) => [at(one, 'spec', 'selector'), images(one, 'spec', 'template', 'spec')],
  ReplicaSet: (one) => [at(one, 'spec', 'replicas'), images(one, 'spec', 'template', 'spec')],
  Service: (one) => at(one, 'spec', 'selector'),
  PodDisruptionBudget: (one) => at(one, 'spec', 'selector'),
  Secret: (one) => one['type'],
  MutatingWebhookConfiguration: (one) => objectsAt(one, 'webhooks').map(webhook),
  ValidatingWebhookConfiguration: (one) => objectsAt(one, 'webhooks').map(webhook),
};

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, one]) => [key, sorted(one)]),
  );
}

/** One line an object: 'Kind namespace/name' and JSON of what is compared. */
export function summaryOf(object: KubeObject): string {
  const { namespace, labels = {}, annotations = {} } = object.metadata;
  const place = namespace === undefined ? stableName(object) : `${namespace}/${stableName(object)}`;
  const kept = Object.entries(labels).filter(([key]) => !hashes.includes(key) && key !== 'modifiedAt');
  const summary = {
    labels: Object.fromEntries(kept),
    annotations: stableAnnotations(annotations),
    extra: extras[object.kind ?? '']?.(object) ?? null,
  };
  return `${object.kind ?? ''} ${place} ${JSON.stringify(sorted(summary))}`;
}

/** Lines that only one of two lists has; a line that both have twice is no difference. */
export function onlyIn(here: readonly string[], there: readonly string[]): string[] {
  const left = [...there];
  return here.filter((line) => {
    const index = left.indexOf(line);
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
}

/** Which proxies an istiod lists: 'REVISION: type pod.namespace version', sorted; generated parts of names are left out. */
export function proxyLines(revision: string, syncz: unknown): string[] {
  return objectsAt({ syncz }, 'syncz')
    .map((entry) => {
      const [pod = '', namespace = ''] = (textAt(entry, 'proxy') ?? '').split('.');
      const name = pod.replace(/-[a-z0-9]{5,10}-[a-z0-9]{5}$/, '-*').replace(/^ztunnel-[a-z0-9]{5}$/, 'ztunnel-*');
      const inSync = Object.values(objectAt(entry, 'resources') ?? {}).every(
        (one) => at(one, 'sent') === at(one, 'acked'),
      );
      const version = textAt(entry, 'istio_version') ?? '';
      return `${revision}: ${textAt(entry, 'proxy_type') ?? ''} ${namespace}/${name} ${version} ${inSync ? 'synced' : 'stale'}`;
    })
    .sort();
}
