import type { ProbePolicy } from '../policy/policy.ts';

/**
 * Names of probes in lines, journal and report, in the order of the policy: the URL. A second one with the same URL (as with another
 * Host header) has its place besides, or the counts of one would be taken for those of the other.
 */
export function probeNames(probes: readonly Pick<ProbePolicy, 'url'>[]): readonly string[] {
  return probes.map(({ url }, index) => {
    const isFirst = probes.findIndex((one) => one.url === url) === index;
    return isFirst ? url : `${url} (probes[${index}])`;
  });
}

/** Failed requests that a probe of this name may have (`maxFailed`); 0 for one that no policy names. */
export function maxFailedOf(probes: readonly Pick<ProbePolicy, 'url' | 'maxFailed'>[], name: string): number {
  return probes[probeNames(probes).indexOf(name)]?.maxFailed ?? 0;
}
