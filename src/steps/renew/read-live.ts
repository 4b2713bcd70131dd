import { NotFound } from '../../errors.ts';
import type { KubeApi, KubeObject, ListOptions, ResourceType } from '../../kube/api.ts';
import { resources } from '../../kube/resources.ts';
import { record, records, text, texts } from '../../inventory/json.ts';
import type { StepContext } from '../step.ts';
import type { RenewWorkload } from '../spec.ts';
import type { Live } from './decision.ts';
import { handOverOfKey, labelValue } from './keys.ts';
import { ownerRef } from './kinds.ts';
import { ownerState } from './owner-state.ts';
import { podState, type PodState } from './pod-state.ts';

type Reading = Pick<StepContext, 'api' | 'signal'>;

/** Reads one workload as it is now: itself, its pods, and those that were taken from it to be handed over. */
export async function readLive(context: Reading, spec: RenewWorkload): Promise<Live> {
  const object = await getOrNull(context, spec);
  const handedOver = spec.method === 'hand-over' ? await readHandedOver(context, spec) : [];
  if (object === null) return { owner: null, pods: [], handedOver };
  const selector = selectorText(record(object['spec'])['selector']);
  const owners = await ownersOf(context, spec, object, selector);
  const pods = (await listAll(context, resources.pods, { ...place(spec, selector), project: podState })).filter(isPod);
  // A ReplicaSet lets go of a pod some time after its labels have changed: until then both lists hold it.
  const taken = new Set(handedOver.map(({ uid }) => uid));
  const own = pods.filter((pod) => owners.has(pod.owner) && !taken.has(pod.uid));
  return { owner: ownerState(object), pods: own, handedOver };
}

/** All objects of a list. */
export async function listAll<T>(context: Reading, resource: ResourceType, options: ListOptions<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const page of context.api.list(resource, { ...options, signal: context.signal }))
    found.push(...page.items);
  return found;
}

/** An object; null when it does not exist. */
export async function getIfThere(
  { api, signal }: Reading,
  ref: Parameters<KubeApi['get']>[0],
): Promise<KubeObject | null> {
  try {
    return await api.get(ref, { signal });
  } catch (error) {
    if (error instanceof NotFound) return null;
    throw error;
  }
}

const isPod = (pod: PodState | null): pod is PodState => pod !== null;
const place = ({ namespace }: RenewWorkload, labelSelector: string) => ({ namespace, labelSelector });

function getOrNull(context: Reading, spec: RenewWorkload): Promise<KubeObject | null> {
  return getIfThere(context, ownerRef(spec));
}

async function readHandedOver(context: Reading, spec: RenewWorkload): Promise<readonly PodState[]> {
  const selector = `${handOverOfKey}=${labelValue(spec.name)}`;
  return (await listAll(context, resources.pods, { ...place(spec, selector), project: podState })).filter(isPod);
}

/** uids of what owns the pods: the workload itself, or its ReplicaSets. */
async function ownersOf(
  context: Reading,
  spec: RenewWorkload,
  object: KubeObject,
  selector: string,
): Promise<ReadonlySet<string>> {
  const uid = object.metadata.uid ?? '';
  if (spec.workload !== 'Deployment' && spec.workload !== 'Rollout') return new Set([uid]);
  const project = ({ metadata }: KubeObject) => metadata;
  const sets = await listAll(context, resources.replicaSets, { ...place(spec, selector), metadataOnly: true, project });
  const isOwn = (set: KubeObject['metadata']) =>
    set.ownerReferences?.some((owner) => owner.controller && owner.uid === uid);
  return new Set(sets.filter(isOwn).map((set) => set.uid ?? ''));
}

/** A LabelSelector as the parameter of a list. */
function selectorText(value: unknown): string {
  const labels = Object.entries(record(record(value)['matchLabels'])).map(([key, entry]) => `${key}=${text(entry)}`);
  const expressions = records(record(value)['matchExpressions']).map((expression) => {
    const key = text(expression['key']);
    const values = texts(expression['values']).join(',');
    const written: Readonly<Record<string, string>> = {
      In: `${key} in (${values})`,
      NotIn: `${key} notin (${values})`,
      Exists: key,
      DoesNotExist: `!${key}`,
    };
    return written[text(expression['operator'])] ?? key;
  });
  return [...labels, ...expressions].join(',');
}
