/** Environment flags of istiod and proxies: which exist in a minor, and with which default. */
import defaults from './flag-defaults.json' with { type: 'json' };
import type { FlagPhase, FlagTable } from './model.ts';

const phases: Readonly<Record<string, Readonly<Record<string, string | null>>>> = defaults.flags;

/**
 * env.Register in istio/istio at the newest patch of each minor up to 1.30.3 and at 1.31.0-rc.0. Constants that only got a name are
 * written as their value; flags that only tests and istioctl read are in it too.
 */
export const flagTable: FlagTable = {
  minors: defaults.minors,
  flags: Object.fromEntries(Object.entries(phases).map(([name, all]) => [name, Object.entries(all)])),
  source: 'env.Register in github.com/istio/istio at 1.18.7 to 1.30.3 and 1.31.0-rc.0',
  date: '2026-08-22',
};

/** A flag that exists on both sides with another default. */
export interface ChangedDefault {
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

/** What a move between two minors does to the flags; names sorted. */
export interface FlagChanges {
  /** New, with their defaults. */
  readonly added: readonly { readonly name: string; readonly value: string }[];
  /** A value that is set for one has no effect any more. */
  readonly removed: readonly { readonly name: string; readonly value: string }[];
  readonly changed: readonly ChangedDefault[];
}

/** Default of a flag in a minor; null: the flag does not exist there. Undefined: the table does not cover the minor. */
export function flagDefault(table: FlagTable, name: string, minor: string): string | null | undefined {
  const at = table.minors.indexOf(minor);
  if (at < 0) return undefined;
  const own = Object.hasOwn(table.flags, name) ? (table.flags[name] ?? []) : [];
  return own.reduce<string | null>(
    (value, [since, next]: FlagPhase) => (table.minors.indexOf(since) <= at ? next : value),
    null,
  );
}

/** Differences of two minors, in either direction; null when the table does not cover both. */
export function flagChanges(fromMinor: string, toMinor: string, table: FlagTable = flagTable): FlagChanges | null {
  if (!table.minors.includes(fromMinor) || !table.minors.includes(toMinor)) return null;
  const names = Object.keys(table.flags).sort();
  const rows = names.map((name) => ({
    name,
    from: flagDefault(table, name, fromMinor) ?? null,
    to: flagDefault(table, name, toMinor) ?? null,
  }));
  return {
    added: rows.flatMap(({ name, from, to }) => (from === null && to !== null ? [{ name, value: to }] : [])),
    removed: rows.flatMap(({ name, from, to }) => (from !== null && to === null ? [{ name, value: from }] : [])),
    changed: rows.flatMap(({ name, from, to }) =>
      from !== null && to !== null && from !== to ? [{ name, from, to }] : [],
    ),
  };
}
