/** What a plan foresees and cannot avoid: gaps behind Services, budgets that a rolling update passes over, tools that must act. */
import { groupBy } from '../mesh/group.ts';
import type { BudgetFact, Facts, ServiceFact, WorkloadFact } from '../mesh/facts.ts';
import type { OwnerKind } from '../mesh/model-basics.ts';
import type { Release, RenewWorkload } from '../steps/spec.ts';
import type { PlannedStep, PlanWarning, Stage } from './plan.ts';
import { awayAtOnce, budgetsOf, wantedBy } from './room.ts';

/** Warnings of a plan, and what of them are requests that will be lost, in words. */
export interface Foreseen {
  readonly warnings: readonly PlanWarning[];
  readonly lostRequests: readonly string[];
}

/** Goes through all stages in order. */
export function foresee(facts: Facts, stages: readonly Stage[]): Foreseen {
  const around = surroundings(facts);
  const steps = stages.flatMap((stage) => stage.steps.map((step) => ({ stage, step })));
  const gaps = steps.flatMap(({ step: { spec } }) => (spec.kind === 'renew-workload' ? gapsOf(spec, around) : []));
  return {
    warnings: [
      ...gaps.map(({ warning }) => warning),
      ...steps.flatMap(({ step: { spec } }) => (spec.kind === 'renew-workload' ? belowBudget(spec, around) : [])),
      ...steps.flatMap(({ stage, step }) => heldByTool(step, stage.id)),
    ],
    lostRequests: gaps.map(({ lost }) => lost),
  };
}

interface Surroundings {
  workload(spec: RenewWorkload): WorkloadFact | undefined;
  services(fact: WorkloadFact): readonly ServiceFact[];
  /** Whether pods of anything else are behind a Service too. */
  isShared(service: ServiceFact, fact: WorkloadFact): boolean;
  budgets(fact: WorkloadFact): readonly BudgetFact[];
}

function surroundings(facts: Facts): Surroundings {
  const { deployments, statefulSets, daemonSets, rollouts } = facts;
  const all = [deployments, statefulSets, daemonSets, rollouts].flatMap(({ items }) => items);
  const byName = new Map(all.map((fact) => [`${fact.kind} ${fact.meta.namespace}/${fact.meta.name}`, fact]));
  const services = groupBy(facts.services.items, ({ meta }) => meta.namespace);
  const budgets = groupBy(facts.budgets.items, ({ meta }) => meta.namespace);
  const pods = groupBy(facts.pods.items, ({ meta }) => meta.namespace);
  return {
    workload: ({ workload, namespace, name }) => byName.get(`${workload} ${namespace}/${name}`),
    services: ({ meta, template }) =>
      (services.get(meta.namespace) ?? []).filter(({ selector }) => selects(selector, template.labels)),
    isShared: ({ meta, selector }, fact) =>
      (pods.get(meta.namespace) ?? []).some(
        (pod) => selects(selector, pod.meta.labels) && !selects(fact.selector, pod.meta.labels),
      ),
    budgets: (fact) => budgetsOf({ ...facts.budgets, items: budgets.get(fact.meta.namespace) ?? [] }, fact),
  };
}

function selects(selector: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>>): boolean {
  const wanted = Object.entries(selector);
  return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
}

/** A moment in which nobody is behind a Service is certain; with internalTrafficPolicy Local that is so node by node. */
function gapsOf(
  spec: RenewWorkload,
  around: Surroundings,
): readonly { readonly warning: PlanWarning; readonly lost: string }[] {
  const fact = around.workload(spec);
  if (fact === undefined || fact.replicas === 0) return [];
  const away = awayAtOnce(fact, spec.method);
  if (away === 0) return [];
  const object = nameOf(spec);
  const seconds = Math.ceil((spec.drainMs + spec.readyMs) / 1000);
  return around.services(fact).flatMap((service) => {
    const name = `Service ${service.meta.namespace}/${service.meta.name}`;
    const local = fact.kind === 'DaemonSet' && service.internalTrafficPolicy === 'Local';
    const whole = away >= fact.replicas && !around.isShared(service, fact);
    if (!whole && !local) return [];
    const where = whole ? '' : ' on the node whose pod is renewed';
    return [
      {
        warning: {
          ...{ code: 'gap', object },
          message: `Nobody is behind ${name}${where} for about ${seconds} s: ${whyGap(fact)}.`,
          remedy: remedyOf(fact),
        },
        lost: `requests to ${name}${whole ? '' : ', node by node,'} for about ${seconds} s while ${object} is renewed`,
      },
    ];
  });
}

function whyGap({ kind, replicas, strategy }: WorkloadFact): string {
  const pods = replicas === 1 ? 'its only pod ends' : 'its pods end';
  if (strategy === 'Recreate') return `${pods} before new ones start (strategy Recreate)`;
  if (kind === 'DaemonSet') return `a node's pod ends before the next one starts there (no maxSurge)`;
  return `${pods} before the next one starts`;
}

function remedyOf({ kind, meta: { namespace, name } }: WorkloadFact): string {
  const patch = (body: string): string =>
    `kubectl -n ${namespace} patch ${kind.toLowerCase()} ${name} --type merge -p '${body}'`;
  switch (kind) {
    case 'DaemonSet':
      return `Let it have a second pod for a moment: ${patch('{"spec":{"updateStrategy":{"type":"RollingUpdate","rollingUpdate":{"maxSurge":1,"maxUnavailable":0}}}}')} (not possible with host ports), then plan again.`;
    case 'Deployment':
      return `Let a new pod be ready first: ${patch('{"spec":{"strategy":{"type":"RollingUpdate","rollingUpdate":{"maxSurge":1,"maxUnavailable":0}}}}')}, then plan again.`;
    default:
      return `Run at least two pods meanwhile: kubectl -n ${namespace} scale ${kind.toLowerCase()} ${name} --replicas 2, then plan again.`;
  }
}

/** A rolling update asks no budget: what is planned, and consented to by its strategy, goes below what a budget wants. */
function belowBudget(spec: RenewWorkload, around: Surroundings): readonly PlanWarning[] {
  const fact = around.workload(spec);
  if (fact === undefined || spec.method !== 'rollout') return [];
  const away = awayAtOnce(fact, spec.method);
  return around.budgets(fact).flatMap((budget) => {
    const { healthy, of } = wantedBy(budget, fact.replicas);
    if (away === 0 || of === 0 || of - away >= healthy) return [];
    const left = `${of - away} of ${of} pods`;
    return [
      {
        ...{ code: 'below-budget', object: nameOf(spec) },
        message: `Its rolling update leaves ${left} for a while, as its own strategy has it; PodDisruptionBudget ${budget.meta.name} wants ${healthy}. Rolling updates do not ask budgets.`,
        remedy: remedyOf(fact),
      },
    ];
  });
}

/** Tools that meshlift does not drive, as a person calls them. */
const tools: Readonly<Partial<Record<OwnerKind, string>>> = {
  argocd: 'Argo CD',
  flux: 'Flux',
  sail: 'the Sail operator',
  mixed: 'two tools at once',
  unknown: 'a tool that could not be read',
};

/** Tags and the default that another tool would put back: the run stands still there, with the change to make. */
function heldByTool({ spec, title }: PlannedStep, stage: string): readonly PlanWarning[] {
  return releasesIn(spec).flatMap(({ object, release }) => {
    const tool = tools[release.owner];
    if (tool === undefined) return [];
    const name = release.name === '' ? '' : ` (${release.name})`;
    return [
      {
        ...{ code: 'by-its-tool', object },
        message: `It is managed by ${tool}${name}, which puts back what others change: the run stands still in stage ${stage} at "${title}" and says what to change there.`,
        remedy: 'Make that change with the tool then, not before, and go on with meshlift resume.',
      },
    ];
  });
}

function releasesIn(spec: PlannedStep['spec']): readonly { readonly object: string; readonly release: Release }[] {
  if (spec.kind === 'move-tag') return [{ object: `tag ${spec.tag}`, release: spec.release }];
  if (spec.kind !== 'move-default') return [];
  const { tag, validator } = spec;
  return [
    ...(tag === null ? [] : [{ object: 'tag default', release: tag.release }]),
    ...(validator === null
      ? []
      : [{ object: `ValidatingWebhookConfiguration ${validator.name}`, release: validator.release }]),
  ];
}

const nameOf = ({ workload, namespace, name }: RenewWorkload): string => `${workload} ${namespace}/${name}`;
