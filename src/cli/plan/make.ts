/** From facts and wishes to a plan, with the checks for its own hops. */
import { runChecks } from '../../checks/runner.ts';
import { families } from '../../checks/table.ts';
import { viewOf } from '../../checks/view.ts';
import { ignoresOfPolicy, impliedBy } from '../../checks/policy-ignores.ts';
import { objectName } from '../../checks/selection.ts';
import type { CheckReport } from '../../checks/report.ts';
import { Blocked } from '../../errors.ts';
import type { Installer } from '../../installers/installer.ts';
import { describing } from '../../engine/execute.ts';
import { planHops, type Hop } from '../../knowledge/hops.ts';
import type { Knowledge } from '../../knowledge/model.ts';
import { oldControlPlane } from '../../planner/ends.ts';
import { planUpgrade, type Planned } from '../../planner/plan-upgrade.ts';
import type { PlanFinding, UpgradePlan } from '../../planner/plan.ts';
import type { Policy } from '../../policy/policy.ts';
import { stepKinds } from '../../steps/kinds.ts';
import type { Release } from '../../steps/spec.ts';
import type { View } from '../../steps/step.ts';
import { exitCodes, type ExitCode } from '../exit-code.ts';
import { toolVersion } from '../version.ts';
import { previewed } from './preview.ts';

/** What a plan is made from. */
export interface MakeRequest {
  readonly view: View;
  readonly to: string;
  readonly revision: string | null;
  readonly policy: Policy;
  readonly knowledge: Knowledge;
  readonly clusterUid: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Run that is finished and not complete; null when there is none. */
  readonly finished: string | null;
  /** The tool that manages a release; null: no previews are made. */
  readonly installer: ((release: Release) => Installer) | null;
}

/** A plan; or why there is none, with the exit code for that. */
export type Made =
  | Planned
  | {
      readonly refused: string;
      readonly remedy: string;
      readonly code: ExitCode;
      readonly findings: readonly PlanFinding[];
    };

/**
 * Makes a plan, with what the owner's tool would do. An owner that refuses is a refusal with the change to make.
 * @throws InvalidInput (no such revision, the tool is missing), Blocked, Transient
 */
export async function makePreviewed(request: MakeRequest): Promise<Made> {
  const made = makePlan(request);
  const { view, installer } = request;
  if (!('plan' in made) || installer === null) return made;
  try {
    return { plan: await previewed(made.plan, view, installer, new AbortController().signal) };
  } catch (error) {
    if (!(error instanceof Blocked)) throw error;
    return { refused: error.message, remedy: error.remedy ?? '', code: exitCodes.waiting, findings: [] };
  }
}

function makePlan(request: MakeRequest): Made {
  const { view, to, policy, now } = request;
  const old = oldControlPlane(view.mesh, to, request.revision);
  const hops = hopsTo(request, old.version);
  if (!('hops' in hops)) return hops;
  const target = hops.hops.at(-1)?.to ?? old.version;
  const today = new Date(now).toISOString().slice(0, 10);
  const { findings, unseen } = findingsFor(request, target, today);
  const blocking = findings.filter(({ severity, ignored }) => severity === 'blocks' && ignored === '');
  if (blocking.length > 0 && hops.hops.length > 0) return blocked(blocking);
  if (unseen !== null)
    return {
      refused: unseen,
      remedy: 'Give the rights that are missing: meshlift status names them.',
      code: exitCodes.unseen,
      findings,
    };
  const planned = planUpgrade({
    view,
    to: target,
    revision: request.revision,
    policy,
    hops: hops.hops,
    findings: findings.filter(({ severity }) => severity !== 'informs'),
    kinds: describing(stepKinds),
    createdAt: new Date(now).toISOString(),
    tool: `meshlift ${toolVersion()}`,
    clusterUid: request.clusterUid,
  });
  return 'plan' in planned && movesNothing(planned.plan, request)
    ? { nothing: leftToComplete(planned.plan, request) }
    : planned;

  function blocked(all: readonly PlanFinding[]): Made {
    const words = all.length === 1 ? '1 finding blocks' : `${all.length} findings block`;
    const remedy = `Do what they say; each is explained by: meshlift check --explain ${all[0]?.id ?? 'ID'}.`;
    return {
      refused: `${words} the upgrade of ${old.revision} to ${target}.`,
      remedy,
      code: exitCodes.blocked,
      findings: all,
    };
  }
}

/** The new control plane is there, and nothing that the plan would do concerns a pod or what routes new pods. */
function movesNothing({ stages, revisions }: UpgradePlan, { view: { mesh } }: MakeRequest): boolean {
  const isThere = mesh.controlPlanes.some(
    ({ revision, readyReplicas }) => revision === revisions.new && readyReplicas > 0,
  );
  const ahead: readonly string[] = ['prepare', 'install', 'prove', 'soak'];
  return isThere && stages.every(({ kind }) => ahead.includes(kind));
}

function leftToComplete({ revisions, hops, from }: UpgradePlan, { finished }: MakeRequest): string {
  const done = `everything that can be moved is at ${hops[0]?.to ?? ''} (revision ${revisions.new}) already.`;
  const how =
    finished === null ? 'Remove it with the tool that installed it' : `Remove it: meshlift complete ${finished}`;
  return `${done} Control plane ${revisions.old} (${from}) still runs. ${how}.`;
}

function hopsTo(
  { view, to, knowledge }: MakeRequest,
  from: string,
): { readonly hops: readonly Hop[] } | Extract<Made, { refused: string }> {
  const kubernetes = view.mesh.kubernetesVersion;
  const result = planHops({ from, to, strategy: 'revision', kubernetes, knowledge });
  if (result.outcome === 'hops') return result;
  const isVersion = /^v?\d+\.\d+/.test(to);
  const code = result.outcome === 'unknown' && isVersion ? exitCodes.unseen : exitCodes.usage;
  return { refused: result.refused, remedy: result.remedy, code, findings: [] };
}

/** The plan rests on these: what of them could not be read can't be planned around. */
const needed = [
  'pods',
  'namespaces',
  'deployments',
  'statefulSets',
  'daemonSets',
  'mutatingWebhooks',
  'validatingWebhooks',
  'services',
] as const;

function findingsFor(
  request: MakeRequest,
  to: string,
  today: string,
): { readonly findings: readonly PlanFinding[]; readonly unseen: string | null } {
  const { view, policy, knowledge, now } = request;
  const missing = needed.filter((kind) => view.facts[kind].unread !== null);
  const made = viewOf(view.facts, knowledge, today, { to, strategy: 'revision' });
  const report = runChecks({
    table: families,
    ...made,
    selection: { families: [], ids: [] },
    ignores: ignoresOfPolicy(policy),
    implied: impliedBy(policy, made.view),
    takenAt: new Date(now).toISOString(),
    toolVersion: toolVersion(),
  });
  const unseen = missing.length === 0 ? null : `What the plan rests on could not be read: ${missing.join(', ')}.`;
  return { findings: findingsOf(report), unseen };
}

function findingsOf(report: CheckReport): readonly PlanFinding[] {
  return report.families.flatMap(({ checks }) =>
    checks.flatMap(({ id, findings, ignored }) => [
      ...findings.map(({ severity, object, message }) => ({
        id,
        severity,
        object: objectName(object),
        message,
        ignored: '',
      })),
      ...ignored.map(({ severity, object, message, reason }) => ({
        id,
        severity,
        object: objectName(object),
        message,
        ignored: reason,
      })),
    ]),
  );
}
