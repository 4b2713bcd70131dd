/** Removes a control plane that nothing uses any more. */
import { Blocked, Transient } from '../errors.ts';
import { record, records, text } from '../inventory/json.ts';
import type { KubeObject, ResourceType } from '../kube/api.ts';
import { resources } from '../kube/resources.ts';
import { revisionKey, tagKey } from '../mesh/keys.ts';
import { find, listed, removeSame } from './change.ts';
import { configAnswers, configWrites } from './config-check.ts';
import { istiodDeployment, istiodName } from './istiod-names.ts';
import { proofNamespace } from './proof-names.ts';
import { closePlace, untilClosed } from './proof-place.ts';
import type { RemoveControlPlane, Write } from './spec.ts';
import type { Observation, StepContext, StepKind, View } from './step.ts';
import { usersOf, type User } from './users.ts';
import { blocked, done, failed, notYet, passed, ready, unknown, waiting } from './verdicts.ts';
import { waitFor } from './wait.ts';

const hooks: readonly ResourceType[] = [resources.mutatingWebhooks, resources.validatingWebhooks];

/**
 * Refuses while anybody uses it, naming each. Afterwards no webhook may lead to a Service that is gone: that is how most
 * upgrades break, months later. There is no way back but installing it anew, so it has no undo.
 */
export const removeControlPlane: StepKind<RemoveControlPlane> = {
  describe: ({ revision, version }) => `Remove control plane ${revision} (${version})`,
  writes: ({ revision, namespace, release }) => [
    {
      ...{ verb: 'tool', resource: release.owner, namespace: release.namespace },
      ...{ name: release.name === '' ? revision : release.name, what: `uninstall of ${istiodName(revision)}` },
    },
    ...ownHooks(revision, namespace),
    ...leftProof(revision),
    ...configWrites(namespace),
  ],
  observe: (view, spec) => {
    const { deployments } = view.facts;
    if (!isThere(view, spec)) {
      if (deployments.unread !== null) return unknown(deployments.unread);
      return leftHooks(view, spec).length === 0 ? done : ready;
    }
    const users = usersOf(view, spec.revision);
    return users.length === 0 ? ready : held(spec, users);
  },
  apply: async (context, spec) => {
    const view = await context.look();
    if (isThere(view, spec) || view.facts.deployments.unread !== null) {
      const users = usersOf(view, spec.revision);
      if (users.length > 0) throw stillUsed(spec, users);
      await closePlace(context, spec.revision);
      await untilClosed(context, spec.revision);
      await context.installer.remove(spec.release, spec.revision, context.signal);
    }
    const deployment = istiodDeployment(spec.namespace, spec.revision);
    const object = `Deployment ${spec.namespace}/${deployment.name}`;
    const remedy = 'See what holds it: its finalizers, or a tool that made it again.';
    await waitFor(context, { object, until: 'is gone', seconds: 120, remedy }, async () =>
      (await find(context, deployment)) === null ? null : 'it is still there',
    );
    await untilPodsAreGone(context, spec);
    await removeOwnHooks(context, spec);
    await mustNotDangle(context, spec);
    const wait = {
      object: `revision ${spec.revision}`,
      until: 'is missed by nobody who writes configuration',
      seconds: 60,
    };
    const say = 'Find the webhook that is named and point it to a control plane that is there.';
    await waitFor(context, { ...wait, remedy: say }, () => configAnswers(context, spec.namespace, null));
  },
  verify: (view, spec) => {
    if (view.facts.deployments.unread !== null) return unknown(view.facts.deployments.unread);
    if (isThere(view, spec)) return waiting(`control plane ${spec.revision} is still there`);
    const target = `${spec.namespace}/${istiodName(spec.revision)}`;
    const dangling = view.mesh.webhooks.filter((webhook) => webhook.target === target);
    const [first] = dangling;
    return first === undefined ? passed : failed(`${first.name}: ${first.problem ?? 'leads nowhere'}`);
  },
  undo: () => [],
};

/** Its last pods are seen for a while, by whoever looks. One that stays, because its node was lost, holds nothing up. */
async function untilPodsAreGone(context: StepContext, { revision, namespace }: RemoveControlPlane): Promise<void> {
  const labelSelector = `app=istiod,${revisionKey}=${revision}`;
  const end = context.clock.now() + endingMs;
  for (;;) {
    const left = await listed(context, resources.pods, { namespace, labelSelector });
    if (left.length === 0) return;
    const names = left.map(({ metadata }) => metadata.name).join(', ');
    if (context.clock.now() >= end) return context.note(`still ending after the removal: pod ${names}`);
    context.waits(`until its last pods are gone: ${names}`);
    await context.clock.sleep(1000, context.signal);
  }
}

function isThere({ mesh }: View, { revision, namespace }: RemoveControlPlane): boolean {
  return mesh.controlPlanes.some((plane) => plane.revision === revision && plane.namespace === namespace);
}

function leftHooks({ mesh }: View, { revision }: RemoveControlPlane) {
  return mesh.webhooks.filter(
    ({ name, tag, labelledRevision }) =>
      labelledRevision === revision && tag === null && name !== 'istiod-default-validator',
  );
}

/** Milliseconds in which the pods of a Deployment that is gone should be gone: twice the usual grace period. */
const endingMs = 60_000;

/** At most so many users are named in one message. */
const shown = 12;

function inUse({ revision }: RemoveControlPlane, users: readonly User[]): string {
  const names = users.slice(0, shown).map(({ what, name }) => `${what} ${name}`);
  const more = users.length > shown ? ` and ${String(users.length - shown)} more` : '';
  return `Revision ${revision} is still used by ${names.join(', ')}${more}.`;
}

/** Proxies that end may be waited for; everything else somebody must move. */
function held(spec: RemoveControlPlane, users: readonly User[]): Observation {
  const why = inUse(spec, users);
  if (!users.every(({ passing }) => passing)) return blocked(why);
  return users.some(({ what }) => what === 'not seen') ? unknown(why) : notYet(why);
}

function stillUsed(spec: RemoveControlPlane, users: readonly User[]): Blocked | Transient {
  const details = {
    object: `control plane ${spec.revision}`,
    remedy: 'Move or remove each of them, then run complete again.',
  };
  const message = inUse(spec, users);
  return users.every(({ passing }) => passing) ? new Transient(message, details) : new Blocked(message, details);
}

function ownHooks(revision: string, namespace: string): Write[] {
  const what = 'only when the tool leaves it behind';
  const stem = revision === 'default' ? '' : `-${revision}`;
  const suffix = namespace === 'istio-system' ? '' : `-${namespace}`;
  const group = 'admissionregistration.k8s.io';
  return [
    ['mutatingwebhookconfigurations', `istio-sidecar-injector${stem}${suffix}`],
    ['validatingwebhookconfigurations', `istio-validator${stem}-${namespace}`],
  ].map(([plural = '', name = '']) => ({
    ...{ verb: 'delete' as const, resource: `${plural}.${group}`, namespace: '', name, what },
  }));
}

function leftProof(revision: string): Write[] {
  const what = 'only when a proof was interrupted';
  const name = proofNamespace(revision);
  return [
    { verb: 'delete', resource: 'namespaces', namespace: '', name, what },
    { verb: 'delete', resource: 'pods', namespace: name, name: 'meshlift-proof-*', what },
  ];
}

/** `istioctl uninstall` and interrupted removals can leave the revision's own configurations, which then refuse everything. */
async function removeOwnHooks(context: StepContext, { revision, namespace }: RemoveControlPlane): Promise<void> {
  const names = new Set(ownHooks(revision, namespace).map(({ name }) => name));
  const labelSelector = `${revisionKey}=${revision},!${tagKey}`;
  for (const resource of hooks) {
    for (const object of await listed(context, resource, { labelSelector })) {
      if (names.has(object.metadata.name)) await removeSame(context, resource, object);
    }
  }
}

/** @throws Blocked naming every webhook that still leads to the Service that is gone */
async function mustNotDangle(context: StepContext, { revision, namespace }: RemoveControlPlane): Promise<void> {
  const dead: string[] = [];
  for (const resource of hooks) {
    for (const object of await listed(context, resource)) {
      if (servicesOf(object).includes(`${namespace}/${istiodName(revision)}`)) dead.push(object.metadata.name);
    }
  }
  if (dead.length === 0) return;
  const message = `Webhook configurations still lead to Service ${namespace}/${istiodName(revision)}, which is gone: ${dead.join(', ')}.`;
  const remedy = 'Point each to a control plane that is there, or delete it when nothing needs it.';
  throw new Blocked(message, { object: dead[0] ?? '', remedy });
}

function servicesOf(object: KubeObject): readonly string[] {
  const all = records(object['webhooks']).map((one) => record(record(one['clientConfig'])['service']));
  return all.map((one) => `${text(one['namespace'])}/${text(one['name'])}`);
}
