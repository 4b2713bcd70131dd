import type { KubeObject, KubeOwnerReference } from '../../../src/kube/api.ts';
import { at, objectAt, type JsonObject } from '../../store/json.ts';

/** Label by which a Deployment's ReplicaSets and their pods differ. */
const hashKey = 'pod-template-hash';
const revisionKey = 'deployment.kubernetes.io/revision';

/** A ReplicaSet of the snapshot, or one of which only the pods tell. */
interface Found {
  readonly object: KubeObject;
  readonly pods: readonly KubeObject[];
  readonly deployment: KubeObject | undefined;
}

const controllerOf = (object: KubeObject): KubeOwnerReference | undefined =>
  object.metadata.ownerReferences?.find((owner) => owner.controller === true);

const placeOf = (object: KubeObject, name = object.metadata.name) => `${object.metadata.namespace ?? ''}/${name}`;

function byKind(objects: readonly KubeObject[], kind: string): readonly KubeObject[] {
  return objects.filter((object) => object.kind === kind);
}

/** Pods by the place of the ReplicaSet that owns them. */
function podsByOwner(objects: readonly KubeObject[]): ReadonlyMap<string, readonly KubeObject[]> {
  const found = new Map<string, KubeObject[]>();
  for (const pod of byKind(objects, 'Pod')) {
    const owner = controllerOf(pod);
    if (owner?.kind !== 'ReplicaSet' || pod.metadata.deletionTimestamp !== undefined) continue;
    const place = placeOf(pod, owner.name);
    found.set(place, [...(found.get(place) ?? []), pod]);
  }
  return found;
}

/** The ReplicaSet that a pod names, when the snapshot lacks it. */
function fromPod(pod: KubeObject, owner: KubeOwnerReference, deployment: KubeObject | undefined): KubeObject {
  const { namespace = '', labels = {} } = pod.metadata;
  const reference = deployment && {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    name: deployment.metadata.name,
    uid: deployment.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: owner.name,
      namespace,
      uid: owner.uid,
      labels,
      ...(reference ? { ownerReferences: [reference] } : {}),
    },
  };
}

/** Deployment of a ReplicaSet: its owner, or by the name that Kubernetes gives. */
function deploymentOf(object: KubeObject, all: ReadonlyMap<string, KubeObject>): KubeObject | undefined {
  const owner = controllerOf(object);
  if (owner?.kind === 'Deployment') return all.get(placeOf(object, owner.name));
  const hash = object.metadata.labels?.[hashKey];
  const { name } = object.metadata;
  return hash !== undefined && name.endsWith(`-${hash}`)
    ? all.get(placeOf(object, name.slice(0, -hash.length - 1)))
    : undefined;
}

function foundSets(objects: readonly KubeObject[]): readonly Found[] {
  const deployments = new Map(byKind(objects, 'Deployment').map((one) => [placeOf(one), one]));
  const pods = podsByOwner(objects);
  const recorded = byKind(objects, 'ReplicaSet');
  const known = new Set(recorded.map((one) => placeOf(one)));
  const missing = [...pods].flatMap(([place, [pod]]) => {
    const owner = pod && controllerOf(pod);
    if (known.has(place) || !pod || !owner) return [];
    const bare = fromPod(pod, owner, undefined);
    return [fromPod(pod, owner, deploymentOf(bare, deployments))];
  });
  return [...recorded, ...missing].map((object) => ({
    object,
    pods: pods.get(placeOf(object)) ?? [],
    deployment: deploymentOf(object, deployments),
  }));
}

/** Whether it is the one that its Deployment wants now. */
function isCurrent({ object, deployment }: Found, all: readonly Found[]): boolean {
  if (!deployment) return false;
  const wanted = deployment.metadata.annotations?.[revisionKey];
  const own = object.metadata.annotations?.[revisionKey];
  if (wanted !== undefined && own !== undefined) return wanted === own;
  const born = (one: Found) => String(one.object.metadata.creationTimestamp ?? '');
  const rivals = all.filter((other) => other.deployment === deployment && other.pods.length > 0);
  return rivals.every((other) => born(other) <= born({ object, deployment, pods: [] }));
}

function templateOf({ pods, deployment }: Found, current: boolean): JsonObject | undefined {
  if (current) return objectAt(deployment, 'spec', 'template');
  const [pod] = pods;
  const { labels = {}, annotations = {} } = pod?.metadata ?? {};
  const spec = objectAt(pod, 'spec');
  return spec && { metadata: { labels, annotations }, spec: { ...spec, nodeName: undefined } };
}

function completed(found: Found, all: readonly Found[]): KubeObject | undefined {
  const { object, pods, deployment } = found;
  if (object['spec'] !== undefined) return object;
  const template = templateOf(found, isCurrent(found, all));
  if (!template) return undefined;
  const hash = object.metadata.labels?.[hashKey];
  const own = hash === undefined ? {} : { [hashKey]: hash };
  const selected = objectAt(deployment, 'spec', 'selector', 'matchLabels') ?? object.metadata.labels;
  const labels = { ...objectAt(template, 'metadata', 'labels'), ...own };
  return {
    ...object,
    spec: {
      replicas: pods.length,
      selector: { ...objectAt(deployment, 'spec', 'selector'), matchLabels: { ...selected, ...own } },
      template: { ...template, metadata: { ...(at(template, 'metadata') as object), labels } },
    },
    status: { replicas: pods.length },
  };
}

/**
 * The ReplicaSets of a snapshot, which knows them by metadata only, with the template of their Deployment or of their
 * pods and as many replicas as they have pods; and those that only their pods tell of. Old ones without pods are left out.
 */
export function completedReplicaSets(objects: readonly KubeObject[]): readonly KubeObject[] {
  const all = foundSets(objects);
  return all.flatMap((found) => completed(found, all) ?? []);
}
