/** The way over minors. */
import { minorsBetween, parseVersion } from './versions.ts';

/** From one minor to another in steps of at most `step` minors, each ending at a minor that is allowed. */
export interface RouteRequest {
  readonly from: string;
  readonly to: string;
  readonly step: number;
  readonly allowed: (minor: string) => boolean;
}

/**
 * Minors where the steps end, the target last, as few as possible and long steps first; only the target when it is the same minor.
 * Null when there is no way, and across majors.
 */
export function shortestWay({ from, to, step, allowed }: RouteRequest): readonly string[] | null {
  const [start, distance] = [parseVersion(from), minorsBetween(from, to)];
  if (start === null || distance === null) return null;
  if (distance === 0) return [to];
  const sign = Math.sign(distance);
  const name = (offset: number): string => `${start.major}.${start.minor + sign * offset}`;
  const length = Math.abs(distance);
  // From the target back: the best rest of the way from every minor.
  const rest: (readonly string[] | null)[] = [];
  rest[length] = [];
  for (let at = length - 1; at >= 0; at -= 1) {
    let best: readonly string[] | null = null;
    for (let jump = Math.min(step, length - at); jump > 0; jump -= 1) {
      const further = rest[at + jump];
      if (!further || !allowed(name(at + jump))) continue;
      if (best === null || further.length + 1 < best.length) best = [name(at + jump), ...further];
    }
    rest[at] = best;
  }
  return rest[0] ?? null;
}
