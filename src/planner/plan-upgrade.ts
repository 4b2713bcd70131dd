/** Mesh, target and policy to a plan. */
import { Blocked } from '../errors.ts';
import { digestOf } from '../journal/canonical.ts';
import { classify } from './classify.ts';
import { costOf } from './cost.ts';
import { endsOf, oldControlPlane, revisionName } from './ends.ts';
import { fingerprint } from './fingerprint.ts';
import { mustBeMovable } from './held-tags.ts';
import type { PlanRequest } from './input.ts';
import type { Stage, StepPreview, UpgradePlan } from './plan.ts';
import { completionOf, stagesOf } from './stages.ts';
import { foresee } from './warnings.ts';

/** A plan, or that there is nothing to do and why. */
export type Planned = { readonly plan: UpgradePlan } | { readonly nothing: string };

/**
 * Plans the first hop in detail.
 * @throws Blocked (what stands in the way: no control plane, a tag that nobody can move), InvalidInput (no such revision)
 */
export function planUpgrade(request: PlanRequest): Planned {
  const { view, policy, hops, createdAt } = request;
  const old = oldControlPlane(view.mesh, hops[0]?.to ?? request.to, request.revision);
  if (old.version === request.to) return nothingLeft(request, old.revision);
  const ends = endsOf(request, old);
  const facts = fingerprint(view);
  const classified = classify(request, ends);
  const stages = stagesOf(request, ends, classified);
  mustBeMovable(
    view.mesh,
    stages.flatMap(({ steps }) => steps.map(({ spec }) => spec)),
  );
  const { warnings, lostRequests } = foresee(view.facts, stages);
  const run = `to-${revisionName(ends.to)}-${digestOf({ facts: facts.hash, createdAt }).slice(0, 6)}`;
  const { source, kubernetesVersion } = view.mesh;
  if (source.type !== 'cluster' && source.type !== 'snapshot')
    throw new Blocked('The plan needs a cluster or a snapshot.');
  const body: Omit<UpgradePlan, 'digest'> = {
    apiVersion: 'meshlift.dev/v1alpha1',
    kind: 'UpgradePlan',
    run,
    createdAt,
    tool: request.tool,
    cluster: {
      context: source.type === 'cluster' ? source.context : '',
      server: source.type === 'cluster' ? source.server : `snapshot ${source.file}`,
      kubernetes: kubernetesVersion ?? 'unknown',
      uid: request.clusterUid,
    },
    strategy: 'revision',
    from: ends.from,
    to: request.to,
    hops: hops.map(({ from, to, notes }) => ({ from, to, notes })),
    revisions: { old: old.revision, new: ends.revision, namespace: old.namespace },
    stages,
    completion: completionOf(request, ends),
    wayBack: wayBack(stages),
    leftOut: classified.leftOut,
    findings: request.findings,
    ...(warnings.length > 0 && { warnings }),
    cost: { ...costOf(request, ends, classified, stages), ...(lostRequests.length > 0 && { lostRequests }) },
    policy,
    facts,
  };
  return { plan: { ...body, digest: digestOf(body) } };
}

function nothingLeft({ view: { mesh }, to }: PlanRequest, revision: string): Planned {
  const pending = mesh.workloads.filter((workload) => workload.pending?.revision === revision);
  const more =
    pending.length === 0
      ? ''
      : ` ${pending.length} workloads would get newer proxies at a restart: see meshlift status.`;
  return { nothing: `The mesh is at ${to} already (revision ${revision}).${more}` };
}

/** The way back in words: the last change first. */
function wayBack(stages: readonly Stage[]): readonly string[] {
  const steps = [...stages].reverse().flatMap((stage) => [...stage.steps].reverse());
  const routing = steps.filter(
    ({ spec, back }) =>
      spec.kind !== 'renew-workload' && spec.kind !== 'install-control-plane' && back !== 'nothing to take back',
  );
  const renewals = steps.filter(({ spec }) => spec.kind === 'renew-workload');
  return [
    ...routing.map(({ back }) => back),
    ...(renewals.length === 0
      ? []
      : [
          `renew ${renewals.length === 1 ? '1 workload' : `${renewals.length} workloads`} again, in waves, the last wave first`,
        ]),
    'remove the new control plane, when asked to (--remove-new)',
    'until complete, the old control plane keeps running: nothing has to be installed again',
  ];
}

/** The plan with what the owner's tool would do; its digest covers that. */
export function withPreviews(plan: UpgradePlan, previews: readonly StepPreview[]): UpgradePlan {
  const body: Omit<UpgradePlan, 'digest'> & { digest?: string } = { ...plan, previews };
  delete body.digest;
  return { ...body, digest: digestOf(body) };
}

/** Whether a plan is what it was when it was made: an edited one is not. */
export function isIntact(plan: UpgradePlan): boolean {
  const { digest, ...body } = plan;
  return digestOf(body) === digest;
}
