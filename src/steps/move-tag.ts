/** Points a revision tag to another revision. */
import { Transient } from '../errors.ts';
import type { Mesh } from '../mesh/mesh.ts';
import { targetOf } from './injector.ts';
import type { MoveTag, Write } from './spec.ts';
import type { StepContext, StepKind, Verdict } from './step.ts';
import { moveTagObjects, observeTag } from './tag-objects.ts';
import { moverOrRefusal, tagMover } from './tag-owner.ts';
import { blocked, passed, unknown, verdictOf, waiting } from './verdicts.ts';

/** New pods of every namespace that is labelled with the tag get their proxy from the other revision. Restarts nothing. */
export const moveTag: StepKind<MoveTag> = {
  describe: ({ tag, from, to }) => `Point tag ${tag} from revision ${from} to ${to}`,
  writes: tagWrites,
  observe: (view, spec) => {
    const observation = observeTag(view.facts, spec);
    if (observation.state !== 'ready') return observation;
    const mover = tagMover(view.mesh, spec);
    return mover.by === 'nobody' ? blocked(`${mover.why} ${mover.remedy}`) : observation;
  },
  apply: async (context, spec) => {
    const { mesh, facts } = await context.look();
    if (observeTag(facts, spec).state === 'done') return;
    mustAnswer(mesh, spec.to);
    await moveTagBy(context, mesh, spec);
  },
  verify: (view, spec) =>
    verdictOf(observeTag(view.facts, spec), `tag ${spec.tag} does not point to revision ${spec.to} yet`, () =>
      webhookHealth(view.mesh, spec.webhook),
    ),
  undo: (spec) => [{ ...spec, from: spec.to, to: spec.from }],
};

/** Objects that a move of a tag changes. */
export function tagWrites({ tag, to, webhook, service, release }: Omit<MoveTag, 'kind' | 'from'>): Write[] {
  if (release.owner !== 'istioctl' && release.owner !== 'none') {
    const what = `value revisionTags with ${tag}, for revision ${to}`;
    return [{ verb: 'tool', resource: release.owner, namespace: release.namespace, name: release.name, what }];
  }
  const patch = { verb: 'patch' as const, what: `label istio.io/rev=${to}; Service and caBundle of revision ${to}` };
  return [
    {
      ...patch,
      ...{ resource: 'mutatingwebhookconfigurations.admissionregistration.k8s.io', namespace: '', name: webhook },
    },
    ...(service === null
      ? []
      : [{ ...patch, resource: 'services', ...service, what: `label istio.io/rev=${to}; selector of revision ${to}` }]),
  ];
}

/** Moves it as its owner allows. @throws Blocked when another Helm release holds it */
export async function moveTagBy(context: StepContext, mesh: Mesh, spec: Omit<MoveTag, 'kind'>): Promise<void> {
  const mover = moverOrRefusal(mesh, spec);
  if (mover.by === 'tool') return context.installer.install(mover.request, context.signal);
  await moveTagObjects(context, spec, await targetOf(context, spec.to));
}

/** No tag may go to an injector that would not answer: failurePolicy Fail then refuses every new pod. @throws Transient */
export function mustAnswer(mesh: Mesh, revision: string): void {
  const plane = mesh.controlPlanes.find((one) => one.revision === revision);
  if (plane !== undefined && plane.readyReplicas > 0) return;
  const why = plane === undefined ? 'does not exist' : 'has no ready pod';
  const remedy = 'Wait until it is ready, or see why it is not.';
  throw new Transient(`Control plane ${revision} ${why}.`, { object: `control plane ${revision}`, remedy });
}

/** Whether somebody of the right revision answers behind a configuration. */
export function webhookHealth(mesh: Mesh, name: string): Verdict {
  const mine = mesh.webhooks.filter((webhook) => webhook.name === name);
  const sick = mine.find(({ healthy }) => healthy === false);
  if (sick !== undefined) return waiting(`webhook configuration ${name}: ${sick.problem ?? 'not healthy'}`);
  const unsure = mine.find(({ healthy }) => healthy === null);
  if (unsure !== undefined) return unknown(`webhook configuration ${name}: ${unsure.problem ?? 'not known'}`);
  return mine.length === 0 ? waiting(`webhook configuration ${name} is not there`) : passed;
}
