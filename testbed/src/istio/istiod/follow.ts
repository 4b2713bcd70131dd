import { MeshliftError } from '../../../../src/errors.ts';
import type { KubeApi, KubeObject, ResourceType } from '../../../../src/kube/api.ts';

/** The objects of a kind as a watch last told of them. */
export interface Followed {
  /** Sorted by namespace and name. */
  all(): readonly KubeObject[];
  get(namespace: string, name: string): KubeObject | undefined;
  /** Whether all were told at least once. */
  synced(): boolean;
}

/** What to follow. */
export interface FollowOptions {
  readonly api: KubeApi;
  readonly resource: ResourceType;
  readonly namespace?: string;
  /** Called after every change once all are known. */
  readonly onChange: () => void;
  /** Called when the kind cannot be watched, for example because its CRD is not there yet; it is tried again. */
  readonly onError: (error: MeshliftError) => void;
}

const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name}`;

/** Follows a kind for as long as the process runs. */
export function follow(options: FollowOptions): Followed {
  const objects = new Map<string, KubeObject>();
  const state = { synced: false };
  void keepOn(options, objects, state);
  return {
    all: () => [...objects.keys()].sort().flatMap((key) => objects.get(key) ?? []),
    get: (namespace, name) => objects.get(`${namespace}/${name}`),
    synced: () => state.synced,
  };
}

async function keepOn(
  options: FollowOptions,
  objects: Map<string, KubeObject>,
  state: { synced: boolean },
): Promise<never> {
  for (;;) {
    try {
      await watchOnce(options, objects, state);
    } catch (error) {
      if (!(error instanceof MeshliftError)) throw error;
      options.onError(error);
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

async function watchOnce(
  { api, resource, namespace, onChange }: FollowOptions,
  objects: Map<string, KubeObject>,
  state: { synced: boolean },
): Promise<void> {
  const where = namespace === undefined ? {} : { namespace };
  // What a list tells stands aside until it is whole: a configuration made of half of it would take listeners and routes away.
  let listed: Map<string, KubeObject> | null = new Map();
  for await (const event of api.watch(resource, { ...where, project: (object) => object })) {
    if (event.type === 'restarted') listed = new Map();
    if (event.type === 'synced' && listed !== null) {
      objects.clear();
      for (const [key, object] of listed) objects.set(key, object);
      listed = null;
      state.synced = true;
    }
    if ('object' in event) {
      const known = listed ?? objects;
      if (event.type === 'deleted') known.delete(keyOf(event.object));
      else known.set(keyOf(event.object), event.object);
    }
    if (listed === null) onChange();
  }
}
