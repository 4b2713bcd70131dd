/** Counters of an istiod in its /metrics (Prometheus text). Pure. */

/** Sum over all series of a counter; 0 when it is absent: istiod makes counters of bad things when the first one happens. */
export function counter(metrics: string, name: string): number {
  return metrics
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .map((line) => Number(line.slice(line.lastIndexOf(' ') + 1)))
    .reduce((sum, value) => sum + (Number.isFinite(value) ? value : 0), 0);
}

/** Configurations that proxies refused (pkg/xds/monitoring.go). */
export const rejects = 'pilot_total_xds_rejects';

/**
 * Objects that validation took, dry runs too. Those that it refused are counted in galley_validation_failed, but never dry runs
 * (pkg/webhooks/validation/server/monitoring.go).
 */
export const taken = 'galley_validation_passed';
