import type { KubeObject, ObjectRef, ResourceType } from '../../../src/kube/api.ts';
import type { Scheduler } from '../../clock/scheduler.ts';
import { WorkQueue } from '../../clock/work-queue.ts';
import { ApiFailure } from '../../store/failure.ts';
import { sealed } from '../../store/json.ts';
import type { Random } from '../../store/random.ts';
import type { Store } from '../../store/store.ts';
import type { EventRecorder } from './events.ts';
import type { Informers } from './informers.ts';
import type { Selectors } from './selectors.ts';

/** What every controller works with. */
export interface Cluster {
  readonly store: Store;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly informers: Informers;
  readonly selectors: Selectors;
  readonly events: EventRecorder;
  /** Milliseconds from a change to the work on it: a watch's way and a queue. */
  readonly latencyMs: number;
  /** To be called when the controllers are stopped. */
  readonly onStop: (stop: () => void) => void;
}

/** A queue of a controller: a refusal of the API server is tried again with back-off, any other error is a bug. */
export function controllerQueue(cluster: Cluster, work: (key: string) => void): WorkQueue {
  const queue = new WorkQueue(cluster.scheduler, work, {
    delayMs: cluster.latencyMs,
    retries: (error) => error instanceof ApiFailure,
  });
  cluster.onStop(() => queue.stop());
  return queue;
}

/** Where an object is. */
export function refOf(resource: ResourceType, object: KubeObject): ObjectRef {
  const { name, namespace } = object.metadata;
  return { resource, name, ...(resource.namespaced && namespace !== undefined && { namespace }) };
}

/**
 * Writes the status of an object as it was read; the store writes nothing when it is the same. The status is frozen in place:
 * it is the store's from now on. @throws ApiFailure 409
 */
export function writeStatus(cluster: Cluster, resource: ResourceType, object: KubeObject, status: object): KubeObject {
  return cluster.store.update(resource, { ...object, status: sealed(status) }, { subresource: 'status' });
}

/** Runs a write; true when the object it was about was gone already. Other failures are thrown. */
export function goneAlready(write: () => unknown): boolean {
  try {
    write();
    return false;
  } catch (error) {
    if (error instanceof ApiFailure && (error.code === 404 || isOtherIncarnation(error))) return true;
    throw error;
  }
}

const isOtherIncarnation = (error: ApiFailure) => error.code === 409 && error.message.includes('UID in precondition');

/** Milliseconds since 1970 of a time as Kubernetes writes it; 0 when it is missing. */
export function millisOf(time: unknown): number {
  return typeof time === 'string' ? Date.parse(time) : 0;
}

/** Time as Kubernetes writes it, to the second. */
export function timeText(millis: number): string {
  return `${new Date(millis).toISOString().slice(0, 19)}Z`;
}
