/** What meshlift knows of Istio versions by itself, and how a file adds to it. */
import { compareVersions } from '../mesh/versions.ts';
import { behaviourChanges } from './changes/table.ts';
import { readChange, readPair } from './extension/change.ts';
import { readFlags } from './extension/flags.ts';
import * as r from './extension/reader.ts';
import { readRelease, type Origin } from './extension/release.ts';
import { flagTable } from './flags.ts';
import type { FlagTable, Knowledge, Release } from './model.ts';
import { badPairs } from './pairs.ts';
import { releases } from './releases.ts';
import { daysBetween } from './support.ts';

/** What the program holds. Its date is that of the newest source. */
export const builtInKnowledge: Knowledge = {
  parts: [{ name: 'built in', date: '2026-09-21' }],
  releases,
  changes: behaviourChanges,
  flags: flagTable,
  pairs: badPairs,
};

/** Age of the built-in part: a file adds, it does not vouch for the rest. */
export function age(
  { parts }: Pick<Knowledge, 'parts'>,
  today: string,
): { readonly date: string; readonly days: number } {
  const date = parts[0]?.date ?? today;
  return { date, days: daysBetween(date, today) };
}

const names = ['apiVersion', 'kind', 'date', 'source', 'releases', 'changes', 'flags', 'pairs'] as const;

/**
 * The base with what a file adds (docs/knowledge.md). A release, change or pair that is known already is replaced; of a release
 * only the fields that are given. Throws InvalidInput that names file, line, column and field.
 */
export function extendKnowledge(base: Knowledge, document: r.KnowledgeDocument): Knowledge {
  const root: r.Place = { value: document.value, path: [], document };
  const found = r.fields(root, names);
  r.word(r.required(found, 'apiVersion', root), ['meshlift.dev/v1alpha1']);
  r.word(r.required(found, 'kind', root), ['Knowledge']);
  const origin: Origin = {
    source: r.text(r.required(found, 'source', root)),
    date: r.day(r.required(found, 'date', root)),
  };
  const added = unique(
    found.releases,
    (one) => readRelease(one, base.releases, origin),
    ({ minor }) => minor,
  );
  const changes = unique(
    found.changes,
    (one) => readChange(one, origin),
    ({ id }) => id,
  );
  const pairs = unique(
    found.pairs,
    (one) => readPair(one, origin),
    ({ id }) => id,
  );
  return {
    parts: [...base.parts, { name: document.name, date: origin.date }],
    releases: merged(base.releases, added, ({ minor }) => minor).toSorted(byMinor),
    changes: merged(base.changes, changes, ({ id }) => id),
    flags: r.elements(found.flags).reduce<FlagTable>((table, one) => readFlags(one, table, origin), base.flags),
    pairs: merged(base.pairs, pairs, ({ id }) => id),
  };
}

function byMinor(a: Release, b: Release): number {
  return compareVersions(a.minor, b.minor);
}

function unique<T>(place: r.Place | undefined, read: (one: r.Place) => T, key: (one: T) => string): readonly T[] {
  const seen = new Set<string>();
  return r.elements(place).map((one) => {
    const item = read(one);
    if (seen.has(key(item))) r.fail(one, `names ${key(item)} a second time`);
    seen.add(key(item));
    return item;
  });
}

function merged<T>(base: readonly T[], added: readonly T[], key: (one: T) => string): readonly T[] {
  const news = new Map(added.map((one) => [key(one), one]));
  const kept = base.map((one) => news.get(key(one)) ?? one);
  const known = new Set(base.map(key));
  return [...kept, ...added.filter((one) => !known.has(key(one)))];
}
