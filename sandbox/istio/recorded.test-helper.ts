/** Reads the recordings of real clusters and compares what is rendered here with them, field by field. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { NotFound } from '../../src/errors.ts';
import type { KubeObject } from '../../src/kube/api.ts';
import * as defaults from '../store/defaults.ts';
import { isObject, sameJson, thawed } from '../store/json.ts';
import { divergences, type Divergence } from './divergences.ts';

/** All objects of a recorded moment, such as 'canary/00-before'. */
export function recordedObjects(moment: string): KubeObject[] {
  const url = new URL(`../../test/fixtures/recorded/${moment}.json.gz`, import.meta.url);
  return (JSON.parse(gunzipSync(readFileSync(url)).toString()) as { items: KubeObject[] }).items;
}

/** 'Kind namespace/name', without the slash for cluster-scoped objects. */
export function idOf(object: KubeObject): string {
  const { namespace, name } = object.metadata;
  return `${object.kind ?? ''} ${namespace === undefined ? name : `${namespace}/${name}`}`;
}

/** The object with this id. */
export function byId(objects: readonly KubeObject[], id: string): KubeObject {
  const found = objects.find((object) => idOf(object) === id);
  if (found === undefined) throw new NotFound(`${id} is not among the objects`);
  return found;
}

const defaulters: Readonly<Record<string, (draft: KubeObject) => void>> = {
  Pod: defaults.defaultPod,
  Deployment: defaults.defaultDeployment,
  DaemonSet: defaults.defaultDaemonSet,
  Service: defaults.defaultService,
  Secret: defaults.defaultSecret,
  HorizontalPodAutoscaler: defaults.defaultAutoscaler,
  MutatingWebhookConfiguration: defaults.defaultMutatingWebhooks,
  ValidatingWebhookConfiguration: defaults.defaultValidatingWebhooks,
  CustomResourceDefinition: defaults.defaultDefinition,
};

/** The object as the API server completes it. */
export function withDefaults(object: KubeObject): KubeObject {
  const draft = thawed(object);
  defaulters[object.kind ?? '']?.(draft);
  return draft;
}

/** A field that differs; a side where it is missing has undefined. */
export interface Difference {
  readonly path: string;
  readonly built: unknown;
  readonly recorded: unknown;
}

/** Annotations and environment whose text is JSON, where the order of fields says nothing. */
function readable(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[{[]/.test(value)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

/** Every field in which two JSON values differ; lists are compared entry by entry, mounts by their path. */
function differences(builtText: unknown, recordedText: unknown, path = ''): Difference[] {
  const [built, recorded] = [readable(builtText), readable(recordedText)];
  if (sameJson(built, recorded)) return [];
  const below = (key: string): string => (path === '' ? key : `${path}.${key}`);
  const entries = (value: unknown): Record<string, unknown> | undefined =>
    Array.isArray(value) ? Object.fromEntries(value.entries()) : isObject(value) ? value : undefined;
  // An object without labels or annotations has none of them: missing and empty are the same there.
  const missing = /^metadata\.(labels|annotations)$/.test(path) ? ({} as Record<string, unknown>) : undefined;
  const [a, b] = [entries(built) ?? missing, entries(recorded) ?? missing];
  if (a === undefined || b === undefined || Array.isArray(built) !== Array.isArray(recorded)) {
    return [{ path, built, recorded }];
  }
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) => differences(a[key], b[key], below(key)));
}

/** Outcome of comparing: what is not in the table, and the entries of the table that were needed. */
export interface Comparison {
  readonly unlisted: readonly string[];
  readonly used: ReadonlySet<Divergence>;
}

/** Compares a rendered object, completed with the API server's defaults, with a recorded one. */
export function compare(built: KubeObject, recorded: KubeObject): Comparison {
  const used = new Set<Divergence>();
  const unlisted: string[] = [];
  for (const difference of differences(withDefaults(built), recorded)) {
    const listed = divergences.find(
      ({ kinds, path }) => (kinds === 'any' || kinds.includes(built.kind ?? '')) && path.test(difference.path),
    );
    if (listed !== undefined) used.add(listed);
    else unlisted.push(`${idOf(recorded)} ${difference.path}: ${JSON.stringify(difference)}`);
  }
  return { unlisted, used };
}

/** All comparisons of a situation as one. */
export function joined(comparisons: readonly Comparison[]): Comparison {
  return {
    unlisted: comparisons.flatMap(({ unlisted }) => unlisted),
    used: new Set(comparisons.flatMap(({ used }) => [...used])),
  };
}
