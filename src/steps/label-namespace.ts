/** Moves a namespace to another revision by its labels. */
import { Blocked } from '../errors.ts';
import { resources } from '../kube/resources.ts';
import type { NamespaceFact } from '../mesh/facts.ts';
import { change } from './change.ts';
import type { LabelNamespace, Words } from './spec.ts';
import type { StepKind, View } from './step.ts';
import { blocked, done, verdictOf, ready, unknown } from './verdicts.ts';

/**
 * All labels change in one patch: between two, the namespace would match no webhook, or another one than wanted. Refuses when
 * a label is neither as it was nor as it shall be.
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
      return unread === null ? blocked(`Namespace ${spec.namespace} does not exist.`) : unknown(unread);
    }
    if (isMoved(namespace.meta.labels, spec)) return done;
    const strange = changedByOthers(namespace.meta.labels, spec);
    return strange === null ? ready : blocked(strange);
  },
  apply: async (context, spec) => {
    const ref = { resource: resources.namespaces, name: spec.namespace };
    await change(context, ref, ({ metadata: { labels = {} } }) => {
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
