/** Flags of a new minor, as differences from the minor before it. */
import { flagDefault } from '../flags.ts';
import type { FlagPhase, FlagTable } from '../model.ts';
import { minorsBetween } from '../versions.ts';
import * as r from './reader.ts';
import type { Origin } from './release.ts';

/** The table with one minor more, which must follow its newest one. Throws InvalidInput. */
export function readFlags(place: r.Place, table: FlagTable, origin: Origin): FlagTable {
  const found = r.fields(place, ['minor', 'added', 'changed', 'removed']);
  const own = r.required(found, 'minor', place);
  const minor = r.minor(own);
  const last = table.minors.at(-1) ?? '';
  if (minorsBetween(last, minor) !== 1) {
    r.fail(own, `must be the minor after ${last}, the newest whose flags are known, not "${minor}"`);
  }
  const news = new Map<string, string | null>();
  const put = (name: string, value: string | null, at: r.Place, mustExist: boolean): void => {
    const exists = (flagDefault(table, name, last) ?? null) !== null;
    if (exists !== mustExist) r.fail(at, mustExist ? `does not exist in ${last}` : `exists in ${last} already`);
    if (news.has(name)) r.fail(at, 'is named twice');
    news.set(name, value);
  };
  for (const [name, at] of found.added ? r.entries(found.added) : []) put(name, defaultOf(at), at, false);
  for (const [name, at] of found.changed ? r.entries(found.changed) : []) put(name, defaultOf(at), at, true);
  for (const at of r.elements(found.removed)) put(r.text(at), null, at, true);
  return { ...withMinor(table, minor, news), source: `${table.source}; ${origin.source}` };
}

// Defaults of flags are texts in the table; true and 100 may be written as they are.
function defaultOf(place: r.Place): string {
  const { value } = place;
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number') return String(value);
  return r.fail(place, 'must be the default of the flag');
}

function withMinor(table: FlagTable, minor: string, news: ReadonlyMap<string, string | null>): FlagTable {
  const added = [...news].map(([name, value]): readonly [string, readonly FlagPhase[]] => [
    name,
    [...(Object.hasOwn(table.flags, name) ? (table.flags[name] ?? []) : []), [minor, value]],
  ]);
  return { ...table, minors: [...table.minors, minor], flags: { ...table.flags, ...Object.fromEntries(added) } };
}
