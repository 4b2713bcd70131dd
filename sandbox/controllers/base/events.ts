import type { KubeObject, ResourceType } from '../../../src/kube/api.ts';
import { ApiFailure } from '../../store/failure.ts';
import { numberAt } from '../../store/json.ts';
import { nameSuffix, type Random } from '../../store/random.ts';
import { resources } from '../../store/resources.ts';
import type { Store } from '../../store/store.ts';

/** Something to be told of an object. */
export interface EventNote {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** Which events are recorded. */
export type EventPolicy = 'all' | 'warnings' | 'none';

/** Most events kept; real clusters forget theirs after an hour. */
const kept = 2000;

/** Writes Events about objects; the same event again counts up the first one. */
export class EventRecorder {
  readonly #store: Store;
  readonly #random: Random;
  readonly #policy: EventPolicy;
  /** Names of recorded events by what they say, oldest first. */
  readonly #known = new Map<string, { readonly namespace: string; readonly name: string }>();

  constructor(store: Store, random: Random, policy: EventPolicy) {
    this.#store = store;
    this.#random = random;
    this.#policy = policy;
  }

  /** Records an event about an object in the name of a component, for example 'deployment-controller'. */
  record(component: string, resource: ResourceType, object: KubeObject, note: EventNote): void {
    if (this.#policy === 'none' || (this.#policy === 'warnings' && note.type === 'Normal')) return;
    const key = [component, object.metadata.uid, note.reason, note.message].join(' ');
    const known = this.#known.get(key);
    if (known && this.#countUp(known)) return;
    const event = this.#eventOf(component, resource, object, note);
    if (!tolerant(() => this.#store.create(resources.events, event))) return;
    this.#known.set(key, { namespace: event.metadata.namespace ?? '', name: event.metadata.name });
    this.#forgetOldest();
  }

  #countUp(known: { readonly namespace: string; readonly name: string }): boolean {
    const ref = { resource: resources.events, ...known };
    return tolerant(() => {
      const count = (numberAt(this.#store.get(ref), 'count') ?? 1) + 1;
      this.#store.patch(ref, 'merge', { count, lastTimestamp: this.#store.now() });
    });
  }

  #eventOf(component: string, resource: ResourceType, object: KubeObject, note: EventNote): KubeObject {
    const { name, uid, resourceVersion } = object.metadata;
    const namespace = object.metadata.namespace ?? 'default';
    const now = this.#store.now();
    return {
      metadata: { name: `${name}.${nameSuffix(this.#random, 16)}`, namespace },
      involvedObject: {
        apiVersion: resource.group ? `${resource.group}/${resource.version}` : resource.version,
        kind: resource.kind,
        name,
        ...(object.metadata.namespace !== undefined && { namespace }),
        ...(uid !== undefined && { uid }),
        ...(resourceVersion !== undefined && { resourceVersion }),
      },
      ...note,
      count: 1,
      firstTimestamp: now,
      lastTimestamp: now,
      source: { component },
      reportingComponent: component,
      reportingInstance: '',
    };
  }

  #forgetOldest(): void {
    if (this.#known.size <= kept) return;
    const oldest = this.#known.entries().next().value;
    if (!oldest) return;
    this.#known.delete(oldest[0]);
    tolerant(() => this.#store.delete({ resource: resources.events, ...oldest[1] }));
  }
}

/** Events are told if possible: a namespace on its way out takes none. False when the server refused. */
function tolerant(write: () => unknown): boolean {
  try {
    write();
    return true;
  } catch (error) {
    if (error instanceof ApiFailure) return false;
    throw error;
  }
}
