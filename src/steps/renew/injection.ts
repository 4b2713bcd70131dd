import { Blocked, Conflict, explain, InvalidInput, MeshliftError } from '../../errors.ts';
import type { KubeObject } from '../../kube/api.ts';
import { apiVersionOf } from '../../kube/paths.ts';
import { record, records, text } from '../../inventory/json.ts';
import { resources } from '../../kube/resources.ts';
import type { RenewWorkload } from '../spec.ts';
import type { StepContext } from '../step.ts';
import { podStem } from './keys.ts';
import { nameOf, ownerRef } from './kinds.ts';
import type { OwnerState } from './owner-state.ts';
import { gotOf, onTarget, podState } from './pod-state.ts';

/**
 * Asks the server, in a dry run, what a new pod of the workload would get now. Nothing is stored.
 * @throws Blocked when it would not be what is asked for, or the server refuses such a pod; Transient
 */
export async function checkInjection(context: StepContext, spec: RenewWorkload, owner: OwnerState): Promise<void> {
  const made = await dryRun(context, spec, podOf(spec, owner));
  const got = podState(made);
  if (got !== null && onTarget(got, spec)) return;
  const what = got === null ? 'no proxy' : gotOf(got);
  throw new Blocked(
    `a new pod of ${nameOf(spec)} would get ${what} instead of revision ${spec.revision}, version ${spec.version}. Nothing of it was changed.`,
    { object: nameOf(spec), remedy: remedyFor(got?.proxied ?? false, spec) },
  );
}

async function dryRun(context: StepContext, spec: RenewWorkload, pod: KubeObject): Promise<KubeObject> {
  try {
    return await context.api.create(resources.pods, pod, { dryRun: true, signal: context.signal });
  } catch (error) {
    const refused = error instanceof Blocked || error instanceof InvalidInput || error instanceof Conflict;
    if (!refused) throw error;
    throw new Blocked(`the server refuses a new pod of ${nameOf(spec)} in a dry run: ${explain(error)}`, {
      object: nameOf(spec),
      remedy: 'Nothing was changed. Remove the cause, then resume.',
      cause: error,
      ...(error instanceof MeshliftError && error.status !== undefined && { status: error.status }),
    });
  }
}

function remedyFor(proxied: boolean, { namespace, revision }: RenewWorkload): string {
  if (proxied) return `See which injector serves namespace ${namespace} and whether the template pins a version.`;
  return `See that namespace ${namespace} and the template lead to an injector that is served: meshlift status. Revision ${revision} must be one of them.`;
}

/** A pod as the workload's controller would make it from the template, with the labels that it is going to have. */
function podOf(spec: RenewWorkload, owner: OwnerState): KubeObject {
  const ownerSpec = record(owner.object['spec']);
  const podSpec = record(record(ownerSpec['template'])['spec']);
  // Claims of a StatefulSet stand beside its template: without them the volume mounts would refer to nothing.
  const claims = records(ownerSpec['volumeClaimTemplates']).map((claim) => {
    const name = text(record(claim['metadata'])['name']);
    return { name, persistentVolumeClaim: { claimName: `${name}-${spec.name}-0` } };
  });
  const volumes = [...records(podSpec['volumes']), ...claims];
  const { resource, name } = ownerRef(spec);
  const reference = { apiVersion: apiVersionOf(resource), kind: resource.kind, name, uid: owner.uid, controller: true };
  return {
    metadata: {
      name: `${podStem(spec.name)}meshlift-dry-run`,
      namespace: spec.namespace,
      labels: labelsOf(owner, spec),
      annotations: { ...owner.templateAnnotations },
      ownerReferences: [reference],
    },
    spec: { ...podSpec, ...(volumes.length > 0 && { volumes }) },
  };
}

function labelsOf(owner: OwnerState, spec: RenewWorkload): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [key, value] of Object.entries({ ...owner.templateLabels, ...spec.labels })) {
    if (value !== null) labels[key] = value;
  }
  return labels;
}
