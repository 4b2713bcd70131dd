/** Values of a Helm chart: which are carried over to another revision or version, and what that changes. Pure. */
import { isRecord, type Json } from '../inventory/json.ts';
import type { InstallRequest } from './installer.ts';

/** Values by dotted path; lists are one value. */
export type Flat = ReadonlyMap<string, unknown>;

/** Every value that is no object, by its dotted path. Dots in keys are escaped as helm's --set wants them. */
export function flat(values: unknown, prefix = ''): Flat {
  const found = new Map<string, unknown>();
  if (!isRecord(values)) return found;
  for (const [key, value] of Object.entries(values)) {
    const path = prefix + key.replaceAll('.', '\\.');
    if (!isRecord(value)) found.set(path, value);
    else for (const [below, one] of flat(value, `${path}.`)) found.set(below, one);
    if (isRecord(value) && Object.keys(value).length === 0) found.set(path, {});
  }
  return found;
}

/** Values that name a version of Istio's images, besides the charts' own defaults. */
const pins: readonly (readonly string[])[] = [['global', 'tag'], ['pilot', 'tag'], ['tag'], ['global', 'proxy', 'tag']];
const version = /\d+\.\d+\.\d+(?:-(?:alpha|beta|rc)\.\d+)?/;

/**
 * The user's values for a request: those of the release that is changed or copied, with revision and tags as asked for. A
 * pinned image version becomes that of the request, with its variant: else the new chart would run the old images.
 */
export function valuesFor(request: InstallRequest, own: Json): Json {
  if (request.chart === 'base') return { ...own, defaultRevision: request.defaultRevision };
  const { revisionTags: tagsBefore, ...rest } = own;
  const kept = pins.reduce((values, path) => repinned(values, path, request.version), rest as Json);
  const tags = request.tags ?? (request.like === null ? tagsBefore : undefined);
  return {
    ...kept,
    ...(tags !== undefined && { revisionTags: tags }),
    ...revisionValue(request.revision, own),
  };
}

function revisionValue(revision: string, own: Json): Json {
  if (revision !== 'default') return { revision };
  return own['revision'] === undefined ? {} : { revision: '' };
}

function repinned(values: Json, path: readonly string[], wanted: string): Json {
  const [key = '', ...below] = path;
  const value = values[key];
  if (below.length > 0) return isRecord(value) ? { ...values, [key]: repinned(value, below, wanted) } : values;
  return typeof value === 'string' && version.test(value)
    ? { ...values, [key]: value.replace(version, wanted) }
    : values;
}

/** The three sides of a comparison; the old chart's defaults are null when they could not be had. */
export interface Sides {
  readonly before: Json;
  readonly after: Json;
  readonly oldDefaults: Json | null;
  readonly newDefaults: Json;
}

/**
 * One line a value, sorted: the user's as they are carried over or changed, defaults that change under the user's feet, and
 * the user's that the new chart does not know any more.
 */
export function compareValues({ before, after, oldDefaults, newDefaults }: Sides): string[] {
  const [was, is] = [flat(before), flat(after)];
  const chart = flat(chartValues(newDefaults));
  const old = oldDefaults === null ? null : flat(chartValues(oldDefaults));
  const paths = [...new Set([...was.keys(), ...is.keys()])].sort();
  const users = paths.map((path) => {
    const gone = is.has(path) && old?.has(path) === true && !chart.has(path);
    const change = hidden.test(path) ? '(not shown)' : `${shown(was.get(path))} → ${shown(is.get(path))}`;
    return `${path}: ${change}${gone ? ' (no value of the new chart any more)' : ''}`;
  });
  return [...users, ...changedDefaults(old, chart, is)];
}

function changedDefaults(old: Flat | null, chart: Flat, users: Flat): string[] {
  if (old === null) return ['defaults of the old chart: not compared, its chart could not be had'];
  return [...new Set([...old.keys(), ...chart.keys()])]
    .sort()
    .filter((path) => !users.has(path) && shown(old.get(path)) !== shown(chart.get(path)))
    .map((path) => `default ${path}: ${shown(old.get(path))} → ${shown(chart.get(path))}`);
}

/** Since 1.23 the charts keep their defaults below a key that only they read (zzz_profile.yaml). */
function chartValues(defaults: Json): Json {
  const inner = defaults['_internal_defaults_do_not_set'];
  return isRecord(inner) ? inner : defaults;
}

/** A plan is read by many: what may be a secret stays out of it. */
const hidden = /password|token|credential|(private|secret|api|access)[-_]?key/i;

function shown(value: unknown): string {
  return value === undefined ? 'unset' : JSON.stringify(value);
}
