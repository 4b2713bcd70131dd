import type { KubeObject } from '../../src/kube/api.ts';
import { kindKey, servedKinds } from './kinds.ts';
import type { RecordedIstiod } from './recorded.ts';
import { bare } from './shapes.ts';
import { suffixOf, templateOf, uidOf } from './template.ts';
import { addObject, type World } from './world.ts';

/** What one fake istiod pod answers. */
export interface IstiodAnswers {
  readonly namespace: string;
  readonly pod: string;
  readonly revision: string;
  readonly version: Buffer;
  readonly syncz: Buffer;
  readonly proxies: number;
}

/** Namespaces of the recording whose workloads the synthetic ones replace. */
const replaced = new Set(['shop', 'billing', 'plain']);

function isReplaced(object: KubeObject): boolean {
  const place = object.kind === 'Namespace' ? object.metadata.name : object.metadata.namespace;
  return object.kind === 'Node' || replaced.has(place ?? '');
}

interface IstiodPod {
  readonly name: string;
  readonly uid: string;
  readonly ip: string;
}

/** Where a recorded istiod pod's name, uid and address occur, those of another of its revision are put. */
function variantOf(text: string, from: IstiodPod, to: IstiodPod): string {
  return text.replaceAll(from.name, to.name).replaceAll(from.uid, to.uid).replaceAll(`"${from.ip}"`, `"${to.ip}"`);
}

function identityOf(pod: KubeObject): IstiodPod {
  const { podIP } = pod['status'] as { podIP: string };
  return { name: pod.metadata.name, uid: pod.metadata.uid ?? '', ip: podIP };
}

/** The recorded pod and as many more of its revision as wanted. */
function replicasOf(pod: KubeObject, serial: number, count: number): IstiodPod[] {
  const first = identityOf(pod);
  const others = Array.from({ length: count - 1 }, (_, index) => ({
    name: `${pod.metadata['generateName'] as string}${suffixOf(serial * 1000 + index + 1, 5)}`,
    uid: uidOf(20 + serial, index),
    ip: `10.${240 + serial}.0.${index + 1}`,
  }));
  return [first, ...others];
}

const countFields = /"(replicas|readyReplicas|availableReplicas|updatedReplicas|currentReplicas|minReplicas)":1\b/g;

/** Scales the recorded objects of an istiod: counts of its Deployment, ReplicaSet and autoscaler, endpoints of its slices. */
function scaled(object: KubeObject, pods: readonly IstiodPod[]): string {
  const first = pods[0];
  if (object.kind === 'EndpointSlice' && first !== undefined) {
    const endpoints = object['endpoints'] as readonly { targetRef?: { name?: string } }[];
    const own = endpoints.filter((endpoint) => endpoint.targetRef?.name === first.name);
    const all = pods.flatMap((pod) =>
      own.map((one) => JSON.parse(variantOf(JSON.stringify(one), first, pod)) as object),
    );
    return JSON.stringify({ ...bare(object), endpoints: all });
  }
  const text = JSON.stringify(bare(object)).replace(countFields, `"$1":${pods.length}`);
  return text.replace('"maxReplicas":5', `"maxReplicas":${Math.max(5, pods.length)}`);
}

function pluralOf(object: KubeObject): { plural: string; group: string } | undefined {
  const [group, version] = object.apiVersion?.includes('/') ? object.apiVersion.split('/') : ['', object.apiVersion];
  const found = servedKinds.find(
    (kind) => kind.kind === object.kind && kind.group === group && kind.version === version,
  );
  return found === undefined ? undefined : { plural: found.plural, group: found.group };
}

/** Which istiods an object belongs to: those of its revision label, by the pod that an EndpointSlice names. */
function revisionOf(object: KubeObject): string {
  if (object.metadata.namespace !== 'istio-system') return '';
  return object.metadata.labels?.['istio.io/rev'] ?? revisionOfName(object.metadata.name);
}

function revisionOfName(name: string): string {
  return /^istiod-(\d+-\d+-\d+)/.exec(name)?.[1] ?? '';
}

/** Adds what of the recorded cluster is not a user's, with as many istiod pods a revision as wanted. */
export function addControlPlane(
  world: World,
  objects: readonly KubeObject[],
  istiods: readonly RecordedIstiod[],
  count: number,
): Map<string, readonly IstiodPod[]> {
  const pods = new Map<string, readonly IstiodPod[]>();
  istiods.forEach((istiod, serial) => {
    const pod = objects.find((object) => object.kind === 'Pod' && object.metadata.name === istiod.pod);
    if (pod !== undefined) pods.set(istiod.revision, replicasOf(pod, serial, count));
  });
  for (const object of objects.filter((candidate) => !isReplaced(candidate))) {
    const kind = pluralOf(object);
    if (kind === undefined) continue;
    const own = pods.get(revisionOf(object));
    for (const text of textsOf(object, own)) addObject(world, kind.plural, text, kind.group);
  }
  return pods;
}

function textsOf(object: KubeObject, own: readonly IstiodPod[] | undefined): string[] {
  const text = JSON.stringify(bare(object));
  const first = own?.[0];
  if (own === undefined || first === undefined) return [text];
  if (object.kind === 'Pod') return own.map((pod) => variantOf(text, first, pod));
  return [scaled(object, own)];
}

/** Spreads the proxies of each revision evenly over its istiods and writes what they answer. */
export function answersOf(
  world: World,
  recordedAnswers: readonly RecordedIstiod[],
  pods: ReadonlyMap<string, readonly IstiodPod[]>,
): IstiodAnswers[] {
  return recordedAnswers.flatMap((answer) => {
    const own = pods.get(answer.revision) ?? [];
    const system = answer.syncz.filter((entry) => !replaced.has(entry.proxy.split('.')[1] ?? ''));
    const sidecar = answer.syncz.find((entry) => !system.includes(entry));
    const template = templateOf(sidecar, [[sidecar?.proxy ?? '', '@@proxy@@']]);
    const names = world.proxies.get(answer.revision) ?? [];
    return own.map((pod, index) => {
      const entries = names.filter((_, at) => at % own.length === index).map((proxy) => template({ proxy }));
      if (index === 0) entries.push(...system.map((entry) => JSON.stringify(entry)));
      return {
        namespace: answer.namespace,
        pod: pod.name,
        revision: answer.revision,
        version: Buffer.from(answer.version),
        syncz: Buffer.from(`[${entries.join(',')}]`),
        proxies: entries.length,
      };
    });
  });
}

/** Number of objects by kind, for a person. */
export function inventoryOf(world: World): Record<string, number> {
  const counts = servedKinds.map((kind) => [kind.plural, world.collections.get(kindKey(kind))?.size ?? 0] as const);
  return Object.fromEntries(counts.filter(([, size]) => size > 0));
}
