/** What a story must lead to whatever happened on the way, from the plan alone. */
import type { UpgradePlan } from '../../src/planner/plan.ts';
import type { LabelNamespace, RenewWorkload, StepSpec } from '../../src/steps/spec.ts';
import type { SentWrite, StorySpec, Told } from './story.ts';

/** What is not as the plan wants it after all legs have finished; empty: nothing. */
export function notAsPlanned(spec: StorySpec, told: Told): readonly string[] {
  const wentBack = spec.legs.some(({ phase }) => phase === 'back');
  const { plan } = told;
  const steps = plan.stages.flatMap((stage) => stage.steps.map((step) => step.spec));
  const target = wentBack ? { revision: plan.revisions.old, version: plan.from } : null;
  return [
    ...steps.flatMap((step) => problemOf(step, told, target)),
    ...leftOvers(told),
    ...(spec.legs.some(({ phase }) => phase === 'complete') ? oldIsThere(plan, told) : []),
  ];
}

type Target = Pick<RenewWorkload, 'revision' | 'version'> | null;

function problemOf(step: StepSpec, told: Told, back: Target): readonly string[] {
  const { end } = told;
  switch (step.kind) {
    case 'renew-workload':
      return renewal(step, told, back);
    case 'label-namespace':
      return labels(step, told, back);
    case 'move-tag':
      return pointsTo(end[`MutatingWebhookConfiguration /${step.webhook}`], step.webhook, back?.revision ?? step.to);
    case 'move-default': {
      const name = step.validator?.name;
      const revision = back?.revision ?? step.to;
      return name === undefined ? [] : pointsTo(end[`ValidatingWebhookConfiguration /${name}`], name, revision);
    }
    default:
      return [];
  }
}

function renewal(step: RenewWorkload, { end, made }: Told, back: Target): readonly string[] {
  const { revision, version } = back ?? step;
  const name = `${step.workload} ${step.namespace}/${step.name}`;
  const got = (end[`pods of ${name}`] ?? '').split(', ');
  const right = got.every((pod) => pod === `up ${revision} ${version}`);
  const pods = made[name] ?? 0;
  const rounds = back === null ? [step.replicas] : [0, 2 * step.replicas];
  return [
    ...(right ? [] : [`${name} has pods ${got.join(', ')} and not of ${revision} ${version}`]),
    ...(rounds.includes(pods) || step.workload === 'DaemonSet' ? [] : [`${name}: ${pods} pods were made`]),
  ];
}

function labels(step: LabelNamespace, { end }: Told, back: Target): readonly string[] {
  const found = JSON.parse(end[`Namespace /${step.namespace}`] ?? '{}') as Record<string, string>;
  const wanted = back === null ? step.set : step.before;
  const gone = back === null ? step.remove : Object.keys(step.set).filter((key) => step.before[key] === undefined);
  const wrong = Object.keys(wanted).filter((key) => found[key] !== wanted[key]);
  const left = gone.filter((key) => found[key] !== undefined);
  return [...wrong, ...left].map((key) => `label ${key} of namespace ${step.namespace} is ${found[key] ?? 'absent'}`);
}

function pointsTo(text: string | undefined, name: string, revision: string): readonly string[] {
  const service = revision === 'default' ? '"name":"istiod",' : `"name":"istiod-${revision}",`;
  const right = text?.includes(`"istio.io/rev":"${revision}"`) === true && text.includes(service);
  return right ? [] : [`${name} does not point to revision ${revision}`];
}

function leftOvers({ end }: Told): readonly string[] {
  const places = Object.keys(end).filter((key) => key.startsWith('Namespace /meshlift-proof'));
  const pods = Object.entries(end).filter(([, text]) => text.includes('handed over'));
  return [...places, ...pods.map(([key]) => key)].map((key) => `${key} is left over`);
}

function oldIsThere({ revisions }: UpgradePlan, { end }: Told): readonly string[] {
  const name = revisions.old === 'default' ? 'istiod' : `istiod-${revisions.old}`;
  const left = Object.keys(end).filter(
    (key) =>
      key === `Deployment ${revisions.namespace}/${name}` || key.endsWith(`/istio-sidecar-injector-${revisions.old}`),
  );
  return left.map((key) => `${key} is still there`);
}

/** Writes with which the renewal of pods begins, or goes on to the next one. */
export function renewalStarts(writes: readonly SentWrite[]): readonly SentWrite[] {
  return writes.filter(({ call: { verb, namespace, body } }) => {
    if (namespace.startsWith('meshlift-proof')) return false;
    const text = JSON.stringify(body ?? '');
    if (verb === 'evict') return true;
    return verb === 'patch' && (text.includes('"handed-over"') || text.includes('"meshlift.dev/renewed"'));
  });
}
