/** The namespace in which a control plane is proved: meshlift's own, labelled for the new revision, gone afterwards. */
import { Blocked, Conflict } from '../errors.ts';
import type { KubeObject } from '../kube/api.ts';
import { resources } from '../kube/resources.ts';
import { revisionKey } from '../mesh/keys.ts';
import { find, listed, removeSame } from './change.ts';
import { plural } from './plural.ts';
import { proofKey, proofLabels, proofNamespace } from './proof-names.ts';
import type { ProveControlPlane, Words, Write } from './spec.ts';
import type { StepContext } from './step.ts';
import { waitFor } from './wait.ts';

/** What the proof writes besides its pods. */
export function placeWrites({ revision }: ProveControlPlane): Write[] {
  const name = proofNamespace(revision);
  const place = { resource: 'namespaces', namespace: '', name };
  return [
    { ...place, verb: 'create', what: `own namespace, ${revisionKey}=${revision}` },
    { ...place, verb: 'delete', what: 'when the proof is over' },
  ];
}

/**
 * Makes the namespace, or takes the one that an interrupted proof left, without its pods.
 * @param more labels without which the control plane would not see it
 * @throws Blocked when the name is somebody else's
 */
export async function openPlace(context: StepContext, revision: string, more: Words): Promise<void> {
  const name = proofNamespace(revision);
  await untilNotEnding(context, name);
  const present = await find(context, { resource: resources.namespaces, name });
  if (present !== null) {
    if (present.metadata.labels?.[proofKey] !== revision) {
      throw new Blocked(`Namespace ${name} exists and was not made by meshlift.`, {
        ...{
          object: `Namespace ${name}`,
          remedy: `Remove it, or give it label ${proofKey}=${revision} if it may be removed.`,
        },
      });
    }
    return untilEmpty(context, revision);
  }
  const object: KubeObject = {
    metadata: { name, labels: { ...more, ...placeLabels(revision) }, annotations: marks(context) },
  };
  try {
    await context.api.create(resources.namespaces, object, { signal: context.signal });
  } catch (error) {
    // After a lost reply the client tries again and meets its own object.
    if (!(error instanceof Conflict)) throw error;
  }
}

// istio-init needs NET_ADMIN, which stricter levels of Pod Security refuse (istio.io, Pod Security Admission).
function placeLabels(revision: string): Record<string, string> {
  return { ...proofLabels(revision), [revisionKey]: revision, 'pod-security.kubernetes.io/enforce': 'privileged' };
}

/** Which run made it. */
export function marks(context: StepContext): Record<string, string> {
  return { 'meshlift.dev/run': context.mark };
}

async function untilNotEnding(context: StepContext, name: string): Promise<void> {
  const object = `Namespace ${name}`;
  const wait = {
    object,
    until: 'is free',
    seconds: 120,
    remedy: `See what keeps it: \`kubectl get namespace ${name} -o yaml\`.`,
  };
  await waitFor(context, wait, async () => {
    const present = await find(context, { resource: resources.namespaces, name });
    return present?.metadata.deletionTimestamp === undefined ? null : 'the one of an earlier proof is still ending';
  });
}

/** Removes the pods of a proof, and with them the namespace. What is gone already is fine. */
export async function closePlace(context: StepContext, revision: string): Promise<void> {
  await removePods(context, revision);
  const name = proofNamespace(revision);
  const present = await find(context, { resource: resources.namespaces, name });
  if (present?.metadata.labels?.[proofKey] === revision) await removeSame(context, resources.namespaces, present);
}

/** Waits until the namespace is gone: while it ends, it is still one that the revision's webhook is asked about. @throws Transient */
export async function untilClosed(context: StepContext, revision: string): Promise<void> {
  const name = proofNamespace(revision);
  const remedy = `See what holds it: kubectl get namespace ${name} -o yaml.`;
  await waitFor(context, { object: `Namespace ${name}`, until: 'is gone', seconds: 120, remedy }, async () => {
    const present = await find(context, { resource: resources.namespaces, name });
    return present?.metadata.labels?.[proofKey] === revision ? 'it is still there' : null;
  });
}

async function untilEmpty(context: StepContext, revision: string): Promise<void> {
  const name = proofNamespace(revision);
  const remedy = `See \`kubectl -n ${name} get pods\`.`;
  await waitFor(context, { object: `Namespace ${name}`, until: 'is empty', seconds: 120, remedy }, async () => {
    await removePods(context, revision);
    const left = await listed(context, resources.pods, { namespace: name });
    return left.length === 0 ? null : `still there: ${plural(left.length, 'pod')} of an earlier proof`;
  });
}

async function removePods(context: StepContext, revision: string): Promise<void> {
  const where = { namespace: proofNamespace(revision), labelSelector: `${proofKey}=${revision}` };
  for (const pod of await listed(context, resources.pods, where)) {
    if (pod.metadata.deletionTimestamp === undefined) await removeSame(context, resources.pods, pod);
  }
}
