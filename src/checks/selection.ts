/** Which checks a person wants, and which findings not; what is misspelt is refused with the nearest names. */
import { InvalidInput } from '../errors.ts';
import { isLike } from '../policy/like.ts';
import type { Check, Family, FoundObject } from './check.ts';

/** Empty lists mean all. */
export interface Selection {
  readonly families: readonly string[];
  readonly ids: readonly string[];
}

/** Findings of a check that a person has judged. */
export interface Ignore {
  readonly id: string;
  /** 'namespace/name' or 'name', or with the kind before it as in a finding; '*' for any text; '' means every object. */
  readonly object: string;
  readonly reason: string;
}

/** The families with the selected checks only; families without any are left out. Throws InvalidInput for unknown names. */
export function selectChecks(table: readonly Family[], { families, ids }: Selection): readonly Family[] {
  const names = table.map(({ name }) => name);
  for (const family of families) mustKnow('family', family, names);
  const known = table.flatMap(({ checks }) => checks.map(({ id }) => id));
  const wanted = new Set(ids.map((id) => mustKnow('check', id.toUpperCase(), known)));
  const isWanted = (family: Family, check: Check): boolean =>
    (families.length === 0 && wanted.size === 0) || families.includes(family.name) || wanted.has(check.id);
  return table
    .map((family) => ({ ...family, checks: family.checks.filter((check) => isWanted(family, check)) }))
    .filter(({ checks }) => checks.length > 0);
}

/** The check of an id, in any case. Throws InvalidInput. */
export function checkOf(table: readonly Family[], id: string): { readonly family: Family; readonly check: Check } {
  const all = table.flatMap((family) => family.checks.map((check) => ({ family, check })));
  const known = mustKnow(
    'check',
    id.toUpperCase(),
    all.map(({ check }) => check.id),
  );
  const found = all.find(({ check }) => check.id === known);
  if (found === undefined) throw new InvalidInput(`check ${id} is not known.`, { object: `check ${id}` });
  return found;
}

/** Ids of ignores as the table writes them. Throws InvalidInput for an unknown id and for an empty reason. */
export function knownIgnores(table: readonly Family[], ignores: readonly Ignore[]): readonly Ignore[] {
  const known = table.flatMap(({ checks }) => checks.map(({ id }) => id));
  return ignores.map((ignore) => {
    const id = mustKnow('check', ignore.id.toUpperCase(), known);
    if (ignore.reason.trim() !== '') return { ...ignore, id };
    throw new InvalidInput(`check ${id} is to be ignored without a reason.`, {
      object: `check ${id}`,
      remedy: 'Say why, for the next person: --reason TEXT.',
    });
  });
}

/** Null when a check has the id, in any case; else which ids it may be meant for, as a sentence for a person. */
export function unknownId(table: readonly Family[], id: string): string | null {
  const known = table.flatMap(({ checks }) => checks.map((check) => check.id));
  return known.includes(id.toUpperCase()) ? null : suggestion(id, known);
}

/** Whether an ignore of such an `object` is meant for an object. */
export function meets(pattern: string, object: FoundObject): boolean {
  if (pattern === '') return true;
  const name = objectName(object);
  return isLike(pattern.includes(' ') ? name : name.slice(object.kind.length + 1), pattern);
}

/** 'Kind namespace/name', or 'Kind name' without namespace. */
export function objectName({ kind, namespace, name }: Readonly<Record<'kind' | 'namespace' | 'name', string>>): string {
  return `${kind} ${namespace === '' ? name : `${namespace}/${name}`}`;
}

function mustKnow(what: 'check' | 'family', name: string, known: readonly string[]): string {
  if (known.includes(name)) return name;
  throw new InvalidInput(`${what} ${name} is not known.`, {
    object: `${what} ${name}`,
    remedy: suggestion(name, known),
  });
}

function suggestion(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return `${near.length === 0 ? '' : `Did you mean ${near.join(', ')}? `}"meshlift check --list" shows all.`;
}

function nearest(name: string, known: readonly string[]): readonly string[] {
  const ranked = known.map((one) => ({ one, far: distance(name.toLowerCase(), one.toLowerCase()) }));
  const limit = Math.max(2, Math.ceil(name.length / 3));
  return ranked
    .filter(({ far }) => far <= limit)
    .toSorted((a, b) => a.far - b.far)
    .slice(0, 3)
    .map(({ one }) => one);
}

/** Edits from one word to the other (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_unused, index) => index);
  for (const [at, letter] of [...a].entries()) {
    const next = [at + 1];
    for (const [other, wanted] of [...b].entries()) {
      const [same = 0, up = 0, left = 0] = [row[other], row[other + 1], next[other]];
      next.push(Math.min(same + (letter === wanted ? 0 : 1), up + 1, left + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
