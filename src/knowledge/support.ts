/** Whether a version is supported, and which proxies a control plane serves. */
import type { Knowledge } from './model.ts';
import { minorOf, minorsBetween } from './versions.ts';

/** `until` null: supported, and its end is not announced. */
export type Support =
  | { readonly state: 'supported'; readonly until: string | null }
  | { readonly state: 'end-of-life'; readonly since: string }
  | { readonly state: 'unknown'; readonly why: string };

/**
 * Support of a version's minor on a day (YYYY-MM-DD). A minor whose end was not announced counts as supported as long as the
 * shortest-lived minor known was, then as unknown: the knowledge may be older than the announcement.
 */
export function supportOf(version: string, today: string, { releases }: Pick<Knowledge, 'releases'>): Support {
  const release = releases.find(({ minor }) => minor === minorOf(version));
  if (release === undefined) return { state: 'unknown', why: `nothing is known of Istio ${version}` };
  const { value: released } = release.released;
  if (today < released) return { state: 'unknown', why: `Istio ${release.minor} is released on ${released}` };
  const end = release.endOfLife.value;
  if (end !== null) {
    return today > end ? { state: 'end-of-life', since: end } : { state: 'supported', until: end };
  }
  const lives = releases.flatMap(({ released: from, endOfLife: { value } }) =>
    value === null ? [] : [daysBetween(from.value, value)],
  );
  if (lives.length > 0 && daysBetween(released, today) <= Math.min(...lives))
    return { state: 'supported', until: null };
  return { state: 'unknown', why: `its end of life was not announced on ${release.endOfLife.date}` };
}

/** Whole days from one YYYY-MM-DD to another. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);
}

/** What may be connected to a control plane. */
export type Skew = 'ok' | 'too-old' | 'too-new' | 'unknown';

/** Minors that each may be behind its control plane; none may be ahead. */
const behind = { proxy: 2, ztunnel: 1, 'istio-cni': 1 } as const;

/**
 * Whether a control plane serves a proxy of this version. Sidecars and gateways: two minors behind (istio.io
 * docs/setup/upgrade/canary; docs/releases/supported-releases says one; Istio's own tests cover two). ztunnel and istio-cni: one
 * (docs/ambient/upgrade/helm). None newer by a minor.
 */
export function skew(controlPlane: string, proxy: string, component: keyof typeof behind = 'proxy'): Skew {
  const lag = minorsBetween(proxy, controlPlane);
  if (lag === null) return 'unknown';
  if (lag < 0) return 'too-new';
  return lag > behind[component] ? 'too-old' : 'ok';
}
