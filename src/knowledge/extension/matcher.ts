/** Matchers of a file of knowledge. */
import { detectors, isDetector } from '../changes/detectors.ts';
import { parsePath } from '../changes/field-match.ts';
import type { FieldTest, Matcher } from '../changes/model.ts';
import * as r from './reader.ts';

const kinds = ['field', 'meshConfig', 'env', 'detector', 'manual', 'any', 'all'] as const;
const operators = ['exists', 'absent', 'equals', 'not-equals', 'in', 'matches'] as const;

/** A matcher. Throws InvalidInput. */
export function readMatcher(place: r.Place): Matcher {
  const { value } = place;
  const given: unknown = typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined;
  const kind = r.word({ ...place, value: given, path: [...place.path, 'kind'] }, kinds);
  return readers[kind](place);
}

type Reader = (place: r.Place) => Matcher;

const readers: Readonly<Record<(typeof kinds)[number], Reader>> = {
  field: (place) => {
    const found = r.fields(place, ['kind', 'resource', 'each', 'tests']);
    return { kind: 'field', resource: r.text(r.required(found, 'resource', place)), ...nodeTests(found, place) };
  },
  meshConfig: (place) => ({
    kind: 'meshConfig',
    ...nodeTests(r.fields(place, ['kind', 'each', 'tests']), place),
  }),
  env: (place) => {
    const found = r.fields(place, ['kind', 'name', 'on']);
    const on = found.on === undefined ? 'istiod' : r.word(found.on, ['istiod', 'proxy']);
    return { kind: 'env', name: r.text(r.required(found, 'name', place)), on };
  },
  detector: (place) => {
    const own = r.required(r.fields(place, ['kind', 'name']), 'name', place);
    const name = r.text(own);
    return isDetector(name)
      ? { kind: 'detector', name }
      : r.fail(own, `must be one of ${Object.keys(detectors).join(', ')}`);
  },
  manual: (place) => ({
    kind: 'manual',
    why: r.text(r.required(r.fields(place, ['kind', 'why']), 'why', place)),
  }),
  any: (place) => ({ kind: 'any', of: several(place) }),
  all: (place) => ({ kind: 'all', of: several(place) }),
};

function several(place: r.Place): readonly Matcher[] {
  const own = r.required(r.fields(place, ['kind', 'of']), 'of', place);
  const found = r.elements(own).map(readMatcher);
  return found.length === 0 ? r.fail(own, 'must not be empty') : found;
}

function nodeTests(
  found: r.Fields<'each' | 'tests'>,
  place: r.Place,
): { readonly each: string; readonly tests: readonly FieldTest[] } {
  const own = r.required(found, 'tests', place);
  const tests = r.elements(own).map(readTest);
  if (tests.length === 0) r.fail(own, 'must not be empty');
  return { each: found.each === undefined ? '' : nodePath(found.each), tests };
}

function readTest(place: r.Place): FieldTest {
  const found = r.fields(place, ['path', 'op', 'value']);
  const path = found.path === undefined ? '' : nodePath(found.path);
  const op = r.word(r.required(found, 'op', place), operators);
  if (op === 'exists' || op === 'absent') return { path, op };
  const own = r.required(found, 'value', place);
  if (op === 'in') return { path, op, value: r.elements(own).map(r.text) };
  return op === 'matches' ? { path, op, value: pattern(own) } : { path, op, value: scalar(own) };
}

function scalar(place: r.Place): string | number | boolean {
  const { value } = place;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return r.fail(place, 'must be text, a number, true or false');
}

function nodePath(place: r.Place): string {
  const { value } = place;
  if (typeof value !== 'string') return r.fail(place, 'must be a path');
  try {
    parsePath(value);
  } catch {
    r.fail(place, `must be a path like spec.hosts[], not "${value}"`);
  }
  return value;
}

function pattern(place: r.Place): string {
  const source = r.text(place);
  try {
    new RegExp(source);
  } catch {
    r.fail(place, 'must be a regular expression');
  }
  return source;
}
