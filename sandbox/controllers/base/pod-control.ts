import type { KubeObject, ResourceType } from '../../../src/kube/api.ts';
import { ApiFailure } from '../../store/failure.ts';
import { at, objectAt } from '../../store/json.ts';
import { resources } from '../../store/resources.ts';
import { goneAlready, refOf, type Cluster } from './cluster.ts';
import { controllerReference } from './owners.ts';

/** A workload that makes pods. */
export interface PodOwner {
  /** For events, for example 'replicaset-controller'. */
  readonly component: string;
  readonly resource: ResourceType;
  readonly object: KubeObject;
}

/** What a pod has besides its template. */
export interface PodExtras {
  /** Default: generated from the owner's name. */
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  /** Laid over the template's spec. */
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** A pod as a template describes it, owned by a workload. */
export function podOf(owner: PodOwner, template: unknown, extras: PodExtras = {}): KubeObject {
  const { name, namespace } = owner.object.metadata;
  const metadata = objectAt(template, 'metadata');
  const finalizers = [...((metadata?.['finalizers'] ?? []) as readonly string[]), ...(extras.finalizers ?? [])];
  return {
    metadata: {
      ...(extras.name === undefined ? { generateName: `${name}-`, name: '' } : { name: extras.name }),
      ...(namespace !== undefined && { namespace }),
      labels: { ...(objectAt(metadata, 'labels') as Record<string, string> | undefined), ...extras.labels },
      annotations: { ...(objectAt(metadata, 'annotations') as Record<string, string> | undefined) },
      ...(finalizers.length > 0 && { finalizers }),
      ownerReferences: [controllerReference(owner.resource, owner.object)],
    },
    spec: { ...objectAt(template, 'spec'), ...extras.spec },
  };
}

/**
 * Creates a pod and tells so in an event.
 * @throws ApiFailure when the server refuses, after an event FailedCreate, but for a namespace on its way out
 */
export function createPod(cluster: Cluster, owner: PodOwner, pod: KubeObject): KubeObject | undefined {
  const { component, resource, object } = owner;
  try {
    const created = cluster.store.create(resources.pods, pod);
    const message = `Created pod: ${created.metadata.name}`;
    cluster.events.record(component, resource, object, { type: 'Normal', reason: 'SuccessfulCreate', message });
    return created;
  } catch (error) {
    if (!(error instanceof ApiFailure)) throw error;
    if (error.details?.causes?.some((cause) => cause.reason === 'NamespaceTerminating')) return undefined;
    const message = `Error creating: ${error.message}`;
    cluster.events.record(component, resource, object, { type: 'Warning', reason: 'FailedCreate', message });
    throw error;
  }
}

/** Deletes a pod, this incarnation of it, and tells so in an event. A pod that is gone already is no failure. */
export function deletePod(cluster: Cluster, owner: PodOwner, pod: KubeObject): void {
  const { uid } = pod.metadata;
  const gone = goneAlready(() => cluster.store.delete(refOf(resources.pods, pod), uid === undefined ? {} : { uid }));
  if (gone) return;
  const message = `Deleted pod: ${pod.metadata.name}`;
  const note = { type: 'Normal', reason: 'SuccessfulDelete', message } as const;
  cluster.events.record(owner.component, owner.resource, owner.object, note);
}

/** Most creations or deletions of one turn, as upstream's controllers have it. */
export const burst = 500;

/**
 * Does something so many times in batches of 1, 2, 4 …, and stops after the batch in which one failed: a quota or a
 * dead webhook is not asked a hundred times over.
 * @returns how many succeeded, and the first failure
 */
export function slowStart(
  count: number,
  action: () => unknown,
): { readonly done: number; readonly failure?: ApiFailure } {
  let done = 0;
  for (let batch = 1, left = count; left > 0; left -= batch, batch = Math.min(2 * batch, left)) {
    const results = Array.from({ length: Math.min(batch, left) }, () => attempt(action));
    done += results.filter((failure) => failure === undefined).length;
    const failure = results.find((result) => result !== undefined);
    if (failure) return { done, failure };
  }
  return { done };
}

function attempt(action: () => unknown): ApiFailure | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof ApiFailure) return error;
    throw error;
  }
}

/** The pod template of a workload. */
export function templateOf(workload: KubeObject): unknown {
  return at(workload, 'spec', 'template');
}
