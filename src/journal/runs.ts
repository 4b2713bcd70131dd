/** The head of a run: its plan, where it stands, and what other processes ask of it. */
import { Conflict, InvalidInput, NotFound, Transient } from '../errors.ts';
import type { CallOptions, KubeApi, KubeObject } from '../kube/api.ts';
import { resources } from '../kube/resources.ts';
import type { RunState } from './entry.ts';
import type { RunPlace } from './journal.ts';
import { dataOf, mapRef, partBytes, partLabel, partName, partObject, pieces, requestKey, runLabel } from './objects.ts';

/** What another process may ask of a running one. */
export type RunRequest = 'pause' | 'rollback';

/** A run as it lies in the cluster. */
export interface StoredRun {
  readonly place: RunPlace;
  readonly state: RunState;
  readonly request: RunRequest | null;
  /** RFC 3339. */
  readonly createdAt: string;
}

/**
 * Stores a plan (its text) and the first state. A run that is there already with the same plan is fine: then its state is kept.
 * @throws Conflict when a run of that name has another plan
 */
export async function createRun(api: KubeApi, place: RunPlace, plan: string, state: RunState): Promise<void> {
  const parts = pieces(plan, partBytes.plan);
  for (const [index, piece] of parts.entries()) {
    const object = partObject(place, { kind: 'plan', index, immutable: true }, { plan: piece });
    await createOnce(api, object, (present) => dataOf(present)['plan'] === piece);
  }
  const head = partObject(place, { kind: 'head' }, { state: JSON.stringify(state), parts: String(parts.length) });
  await createOnce(api, head, (present) => dataOf(present)['parts'] === String(parts.length));
}

async function createOnce(api: KubeApi, object: KubeObject, isSame: (present: KubeObject) => boolean): Promise<void> {
  try {
    await api.create(resources.configMaps, object);
  } catch (error) {
    if (!(error instanceof Conflict || error instanceof Transient)) throw error;
    const { name, namespace = '' } = object.metadata;
    const present = await api.get(mapRef(namespace, name)).catch((reason: unknown) => {
      throw reason instanceof NotFound ? error : reason;
    });
    if (isSame(present)) return;
    throw new Conflict(`ConfigMap ${namespace}/${name} holds another plan.`, {
      object: `ConfigMap ${namespace}/${name}`,
      remedy: 'Make a new plan: its run gets a name of its own.',
    });
  }
}

/** All runs of a mesh, newest first. `namespace` left out: in all namespaces. @throws InvalidInput when one was edited */
export async function listRuns(
  api: KubeApi,
  namespace?: string,
  call: CallOptions = {},
): Promise<readonly StoredRun[]> {
  const runs: StoredRun[] = [];
  const options = {
    ...call,
    ...(namespace === undefined ? {} : { namespace }),
    labelSelector: `${partLabel}=head`,
    project: storedRun,
  };
  for await (const page of api.list(resources.configMaps, options))
    runs.push(...page.items.filter((run) => run !== null));
  return runs.sort((a, b) => (a.createdAt === b.createdAt ? 0 : a.createdAt < b.createdAt ? 1 : -1));
}

function storedRun(object: KubeObject): StoredRun | null {
  const run = object.metadata.labels?.[runLabel];
  const state = dataOf(object)['state'];
  if (run === undefined || state === undefined) return null;
  const request = object.metadata.annotations?.[requestKey];
  return {
    place: { namespace: object.metadata.namespace ?? '', run },
    state: stateOf(object, state),
    request: request === 'pause' || request === 'rollback' ? request : null,
    createdAt: object.metadata.creationTimestamp ?? '',
  };
}

function stateOf({ metadata: { name, namespace = '' } }: KubeObject, text: string): RunState {
  try {
    // Written by createRun and saveState only; anything else is refused when the plan is read.
    return JSON.parse(text) as RunState;
  } catch (cause) {
    throw new InvalidInput(`ConfigMap ${namespace}/${name} does not say where its run stands: its state is no JSON.`, {
      object: `ConfigMap ${namespace}/${name}`,
      remedy: 'Somebody edited it. Delete it together with the other ConfigMaps of its run, and make a new plan.',
      cause,
    });
  }
}

/** One run. @throws NotFound; InvalidInput when it is no run, or was edited */
export async function readRun(api: KubeApi, place: RunPlace, call: CallOptions = {}): Promise<StoredRun> {
  const run = storedRun(await api.get(mapRef(place.namespace, partName(place.run, 'head')), call));
  if (run !== null) return run;
  throw new InvalidInput(`ConfigMap ${place.namespace}/${partName(place.run, 'head')} is no run of meshlift.`, {
    object: `ConfigMap ${place.namespace}/${partName(place.run, 'head')}`,
    remedy: 'Name another run.',
  });
}

/** The plan's text as it was stored. @throws NotFound when a part is missing */
export async function readPlanText(api: KubeApi, place: RunPlace, call: CallOptions = {}): Promise<string> {
  const head = await api.get(mapRef(place.namespace, partName(place.run, 'head')), call);
  const count = Number(dataOf(head)['parts']);
  const indexes = Array.from({ length: count }, (_none, index) => index);
  const parts = await Promise.all(
    indexes.map((index) => api.get(mapRef(place.namespace, partName(place.run, 'plan', index)), call)),
  );
  return parts.map((part) => dataOf(part)['plan'] ?? '').join('');
}

/** Says where a run stands. Without a precondition: only the holder of the lease calls it, and the journal is what counts. */
export async function saveState(api: KubeApi, place: RunPlace, state: RunState): Promise<void> {
  await api.patch(mapRef(place.namespace, partName(place.run, 'head')), 'merge', {
    data: { state: JSON.stringify(state) },
  });
}

/** Asks a running process for something; null takes the request back. */
export async function request(api: KubeApi, place: RunPlace, what: RunRequest | null): Promise<void> {
  const metadata = { annotations: { [requestKey]: what } };
  await api.patch(mapRef(place.namespace, partName(place.run, 'head')), 'merge', { metadata });
}
