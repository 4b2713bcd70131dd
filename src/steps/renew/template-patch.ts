import { record, text } from '../../inventory/json.ts';
import type { RenewWorkload } from '../spec.ts';
import { beforeKey, renewedKey, restartedKey } from './keys.ts';
import type { OwnerState } from './owner-state.ts';

type Values = Readonly<Record<string, string | null>>;

/** What a template said before a renewal; null: it did not have the key. */
export interface TemplateBefore {
  readonly mark: string;
  readonly annotations: Values;
  readonly labels: Values;
  /** spec.restartAt of an Argo Rollout. */
  readonly restartAt: string | null;
}

/** What the workload's annotation tells of the last renewal; null when there was none, or it cannot be read. */
export function templateBefore(owner: OwnerState): TemplateBefore | null {
  try {
    const told = record(JSON.parse(owner.annotations[beforeKey] ?? '{}'));
    if (told['mark'] === undefined) return null;
    return {
      mark: text(told['mark']),
      annotations: values(told['annotations']),
      labels: values(told['labels']),
      restartAt: text(told['restartAt']) || null,
    };
  } catch {
    return null;
  }
}

/** One merge patch that renews every pod, or (`restart` false) only changes the template's labels. */
export function templatePatch(
  owner: OwnerState,
  spec: RenewWorkload,
  mark: string,
  now: string,
  restart: boolean,
): unknown {
  const annotations = restart ? { [restartedKey]: now, [renewedKey]: mark } : {};
  const before: TemplateBefore = {
    mark,
    annotations: pick(owner.templateAnnotations, Object.keys(annotations)),
    labels: pick(owner.templateLabels, Object.keys(spec.labels)),
    restartAt: null,
  };
  return {
    metadata: { resourceVersion: owner.resourceVersion, annotations: { [beforeKey]: JSON.stringify(before) } },
    spec: { template: { metadata: { annotations, labels: spec.labels } } },
  };
}

/** One merge patch that makes Argo replace every pod of a Rollout. */
export function restartAtPatch(owner: OwnerState, mark: string, now: string): unknown {
  const restartAt = text(record(owner.object['spec'])['restartAt']) || null;
  const before: TemplateBefore = { mark, annotations: pick(owner.annotations, [renewedKey]), labels: {}, restartAt };
  const annotations = { [renewedKey]: mark, [beforeKey]: JSON.stringify(before) };
  return { metadata: { resourceVersion: owner.resourceVersion, annotations }, spec: { restartAt: now } };
}

/**
 * One merge patch that puts everything back: the template is then the former one again, so that its ReplicaSet or
 * ControllerRevision is scaled up again and the wrong pods go. Null without a note of what was before.
 */
export function revertPatch(owner: OwnerState, spec: RenewWorkload): unknown {
  const before = templateBefore(owner);
  if (before === null) return null;
  const { resourceVersion } = owner;
  if (spec.workload === 'Rollout') {
    const annotations = { ...before.annotations, [beforeKey]: null };
    return { metadata: { resourceVersion, annotations }, spec: { restartAt: before.restartAt } };
  }
  const { labels } = before;
  // An empty map left behind would be another template than the one without.
  const left = { ...owner.templateAnnotations, ...before.annotations };
  const annotations = Object.values(left).every((value) => value === null) ? null : before.annotations;
  return {
    metadata: { resourceVersion, annotations: { [beforeKey]: null } },
    spec: { template: { metadata: { annotations, labels } } },
  };
}

function pick(from: Readonly<Record<string, string>>, keys: readonly string[]): Values {
  return Object.fromEntries(keys.map((key) => [key, from[key] ?? null]));
}

function values(value: unknown): Values {
  return Object.fromEntries(
    Object.entries(record(value)).map(([key, entry]) => [key, entry === null ? null : text(entry)]),
  );
}
