/** Moves a namespace to another revision by its labels. */
import { Blocked } from '../errors.ts';
import { resources } from '../kube/resources.ts';
import type { NamespaceFact } from '../mesh/facts.ts';
import { injectionKey, revisionKey } from '../mesh/keys.ts';
import type { Mesh } from '../mesh/mesh.ts';
import { changeIfThere } from './change.ts';
import type { LabelNamespace, Words } from './spec.ts';
import type { Observation, StepKind, View } from './step.ts';
import { blocked, done, notYet, verdictOf, ready, unknown } from './verdicts.ts';

/**
 * All labels change in one patch: between two, the namespace would match no webhook, or another one than wanted. Refuses when
 * a label is neither as it was nor as it shall be. A namespace that is gone is done with.
 */
export const labelNamespace: StepKind<LabelNamespace> = {
  describe: (spec) => `Label namespace ${spec.namespace}: ${inWords(spec)}`,
  writes: (spec) => [
    { verb: 'patch', resource: 'namespaces', namespace: '', name: spec.namespace, what: `labels ${inWords(spec)}` },
  ],
  observe: (view, spec) => {
    const namespace = namespaceOf(view, spec.namespace);
    if (namespace === undefined) {
      const { unread } = view.facts.namespaces;
      // One that was removed meanwhile has nothing to move, and must not hold up all others on their way, or on their way back.
      return unread === null ? done : unknown(unread);
    }
    if (isMoved(namespace.meta.labels, spec)) return done;
    const strange = changedByOthers(namespace.meta.labels, spec);
    return strange === null ? served(view, spec) : blocked(strange);
  },
  apply: async (context, spec) => {
    const ref = { resource: resources.namespaces, name: spec.namespace };
    await changeIfThere(context, ref, ({ metadata: { labels = {} } }) => {
      if (isMoved(labels, spec)) return null;
      const strange = changedByOthers(labels, spec);
      if (strange !== null) {
        const remedy = 'Put the label back, or make a new plan.';
        throw new Blocked(strange, { object: `Namespace ${spec.namespace}`, remedy });
      }
      const removed = Object.fromEntries(spec.remove.map((key) => [key, null]));
      return { metadata: { labels: { ...removed, ...spec.set } } };
    });
  },
  verify: (view, spec) => verdictOf(labelNamespace.observe(view, spec), 'the labels are not there yet'),
  undo: (spec) => {
    const keys = [...Object.keys(spec.set), ...spec.remove];
    const remove = keys.filter((key) => spec.before[key] === undefined);
    return [{ ...spec, set: spec.before, remove, before: spec.set }];
  },
};

/** No namespace may go to an injector that would not answer: as with tags, its new pods would be refused, or have no proxy. */
function served({ mesh, facts }: View, { namespace, set }: LabelNamespace): Observation {
  const revision = ledTo(mesh, set);
  if (revision === null) return ready;
  const plane = mesh.controlPlanes.find((one) => one.revision === revision);
  if (plane !== undefined)
    return plane.readyReplicas > 0 ? ready : notYet(`Control plane ${revision} has no ready pod.`);
  if (facts.deployments.unread !== null) return unknown(facts.deployments.unread);
  return blocked(`${subject(revision)}: new pods of namespace ${namespace} would have no proxy.`);
}

/** Revision that labels lead to, '' for one that nobody has; null when they ask for no injection. */
function ledTo({ tags, defaultRevision }: Mesh, set: Words): string | null {
  if (set[injectionKey] === 'enabled') return defaultRevision.byTag ?? defaultRevision.byInjector ?? '';
  const named = set[revisionKey];
  return named === undefined ? null : (tags.find(({ name }) => name === named)?.revision ?? named);
}

function subject(revision: string): string {
  return revision === '' ? 'Nobody serves istio-injection=enabled' : `Control plane ${revision} does not exist`;
}

function namespaceOf(view: View, name: string): NamespaceFact | undefined {
  return view.facts.namespaces.items.find(({ meta }) => meta.name === name);
}

function isMoved(labels: Words, { set, remove }: LabelNamespace): boolean {
  return (
    Object.entries(set).every(([key, value]) => labels[key] === value) &&
    remove.every((key) => labels[key] === undefined)
  );
}

function changedByOthers(labels: Words, { namespace, set, remove, before }: LabelNamespace): string | null {
  for (const key of [...Object.keys(set), ...remove]) {
    const value = labels[key];
    if (value === before[key] || value === set[key]) continue;
    const was = before[key] === undefined ? 'absent' : before[key];
    return `Label ${key} of namespace ${namespace} is ${value ?? 'absent'}; it was ${was} when the plan was made.`;
  }
  return null;
}

function inWords({ set, remove }: LabelNamespace): string {
  const added = Object.entries(set).map(([key, value]) => `${key}=${value}`);
  return [...added, ...remove.map((key) => `${key} removed`)].join(', ');
}
