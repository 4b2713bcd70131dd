import type { Counters } from '../../../../sandbox/istio/runtime/counters.ts';

/** What /metrics tells besides what was counted. */
export interface MetricsFacts {
  readonly version: string;
  readonly uptimeSeconds: number;
  /** Connected proxies by version. */
  readonly proxies: ReadonlyMap<string, number>;
  readonly virtualServices: number;
}

/** /version and metric pilot_info. */
export const versionText = (version: string): string => `${version}-${version}-StandIn`;

/** Prometheus text of /metrics; what never counted is absent, as in istiod. */
export function metricsText(counters: Counters, facts: MetricsFacts): string {
  const { version, uptimeSeconds, proxies, virtualServices } = facts;
  const series: readonly (readonly [string, number])[] = [
    ...counters.all(),
    ...[...proxies].map(([one, count]) => [`pilot_xds{version="${one}"}`, count] as const),
    [`istio_build{component="pilot",tag="${version}"}`, 1],
    ['istiod_uptime_seconds', uptimeSeconds],
    [`pilot_info{version="${versionText(version)}"}`, 1],
    ['pilot_virt_services', virtualServices],
  ];
  const lines = series.map(([name, value]) => `${name} ${value}`).sort();
  return `${lines.join('\n')}\n`;
}
