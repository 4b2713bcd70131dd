/** Reads that answer from some seconds ago, as a cache behind would. */
import { NotFound } from '../../src/errors.ts';
import type { KubeApi, KubeObject, ListOptions, ListPage, ResourceType } from '../../src/kube/api.ts';
import { describeObject } from '../../src/kube/paths.ts';
import { parseLabelSelector } from '../../sandbox/store/selectors.ts';
import type { Store } from '../../sandbox/store/store.ts';
import { qualified } from '../upgrade/interpose.ts';
import { followAll } from './oracle/mirror.ts';

const keyOf = ({ plural, group }: Pick<ResourceType, 'plural' | 'group'>): string => `${plural}.${group}`;

interface Version {
  readonly from: number;
  readonly object: KubeObject | null;
}

/** Every state of every object since it was made. */
export class History {
  readonly #objects = new Map<string, Map<string, Version[]>>();
  readonly #now: () => number;
  readonly close: () => void;

  constructor(store: Store, now: () => number) {
    this.#now = now;
    for (const { group, plural, storage, kind, namespaced } of store.kinds()) {
      const resource: ResourceType = { group, plural, version: storage, kind, namespaced };
      for (const object of store.all(resource)) this.#put(keyOf(resource), object, object, 0);
    }
    this.close = followAll(store, ({ type, plural, group, object }) =>
      this.#put(keyOf({ plural, group }), object, type === 'DELETED' ? null : object, this.#now()),
    );
  }

  /** Objects of a kind as they were. */
  *at(resource: ResourceType, time: number): Generator<KubeObject> {
    for (const versions of this.#objects.get(keyOf(resource))?.values() ?? []) {
      const object = versions.findLast(({ from }) => from <= time)?.object;
      if (object) yield object;
    }
  }

  #put(kind: string, { metadata }: KubeObject, object: KubeObject | null, from: number): void {
    const ofKind = this.#objects.get(kind) ?? new Map<string, Version[]>();
    this.#objects.set(kind, ofKind);
    const key = `${metadata.namespace ?? ''}/${metadata.name}`;
    const versions = ofKind.get(key) ?? [];
    ofKind.set(key, versions);
    versions.push({ from, object });
    // Nothing older than a minute is asked for.
    while ((versions[1]?.from ?? Infinity) < from - 60_000) versions.shift();
  }
}

/**
 * `api` whose lists and gets answer as of `ageOf` milliseconds ago where that is more than 0. The run's own ConfigMaps and
 * its Lease are always read as they are: they are what fences one process from another.
 */
export function staleApi(
  api: KubeApi,
  history: History,
  { now, ageOf }: { now: () => number; ageOf: (resource: string) => number },
): KubeApi {
  const age = (resource: ResourceType): number =>
    ['configmaps', 'leases', 'installations'].includes(resource.plural) ? 0 : ageOf(qualified(resource));
  return {
    ...api,
    get: (ref, options) => {
      const ago = age(ref.resource);
      if (ago === 0) return api.get(ref, options);
      for (const object of history.at(ref.resource, now() - ago))
        if (object.metadata.name === ref.name && object.metadata.namespace === ref.namespace)
          return Promise.resolve(object);
      return Promise.reject(
        new NotFound(`${describeObject(ref)} was not there ${Math.round(ago)} ms ago`, { status: 404 }),
      );
    },
    list: (resource, options) => {
      const ago = age(resource);
      if (ago === 0 || options.fieldSelector !== undefined) return api.list(resource, options);
      return onePage(history.at(resource, now() - ago), options);
    },
  };
}

async function* onePage<T>(objects: Iterable<KubeObject>, options: ListOptions<T>): AsyncGenerator<ListPage<T>> {
  const matches = parseLabelSelector(options.labelSelector);
  const chosen = [...objects].filter(
    ({ metadata }) =>
      (options.namespace === undefined || metadata.namespace === options.namespace) && matches(metadata.labels ?? {}),
  );
  const items = chosen.map((object) => options.project(object));
  yield await Promise.resolve({ items, resourceVersion: '1', remaining: undefined });
}
