/** Who moves together: one workload first, then growing shares, never across the border of a group. */
import type { Policy } from '../policy/policy.ts';
import type { Move } from './classify.ts';

/** Moves by wave, in order. A wave holds one group. */
export function wavesOf(moves: readonly Move[], policy: Policy): readonly (readonly Move[])[] {
  const ordered = inOrder(moves, policy.waves.groups);
  const cuts = cutsOf(ordered.length, policy.waves.shares);
  const waves: Move[][] = [];
  ordered.forEach((move, index) => {
    const last = waves.at(-1);
    const fresh = last === undefined || cuts.has(index) || last[0]?.group !== move.group;
    if (fresh) waves.push([move]);
    else last.push(move);
  });
  return waves;
}

/** Positions at which a new wave begins: after one workload, then after each share of all. */
function cutsOf(total: number, shares: readonly number[]): ReadonlySet<number> {
  let at = 1;
  const cuts = new Set([1]);
  for (const share of shares) {
    // A share of less than one workload is no wave of its own.
    at += Math.floor((share * total) / 100);
    cuts.add(at);
  }
  return cuts;
}

/** Groups that the policy names first, in its order; then the others by what they risk; inside a group likewise. */
function inOrder(moves: readonly Move[], named: readonly string[]): readonly Move[] {
  const risk = new Map<string, number>();
  for (const { group, spec } of moves) risk.set(group, (risk.get(group) ?? 0) + spec.replicas);
  const place = (group: string): number => {
    const index = named.indexOf(group);
    return index >= 0 ? index : named.length;
  };
  return [...moves].sort(
    (a, b) =>
      place(a.group) - place(b.group) ||
      (risk.get(a.group) ?? 0) - (risk.get(b.group) ?? 0) ||
      text(a.group, b.group) ||
      a.risk - b.risk ||
      text(a.spec.namespace, b.spec.namespace) ||
      text(a.spec.name, b.spec.name),
  );
}

function text(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
