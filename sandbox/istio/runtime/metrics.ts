import type { Istiod } from './istiods.ts';
import { rootExpiry } from './trust.ts';

/** What /metrics tells besides what the istiod counts itself. */
export interface MetricsFacts {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Services in the cluster. */
  readonly services: number;
  /** VirtualServices in the cluster. */
  readonly virtualServices: number;
}

/** /version and metric pilot_info, such as '1.30.3-1.30.3-Clean'. */
export function versionText(istiod: Istiod): string {
  return `${istiod.facts.version}-${istiod.facts.version}-Clean`;
}

const histogram = 'pilot_proxy_convergence_time';
const bounds = [0.1, 0.5, 1, 3, 5, 10, 20, 30];

/** Counts a push to all proxies of an istiod. One after the other takes it, a thousand a second. */
export function countPush(istiod: Istiod, types: readonly string[]): void {
  const proxies = istiod.connections.size;
  for (const type of types) istiod.counters.add(`pilot_xds_pushes{type="${type}"}`, proxies);
  for (const bound of bounds)
    istiod.counters.add(`${histogram}_bucket{le="${bound}"}`, Math.min(proxies, bound * 1000));
  istiod.counters.add(`${histogram}_bucket{le="+Inf"}`, proxies);
  istiod.counters.add(`${histogram}_count`, proxies);
  istiod.counters.add(`${histogram}_sum`, (proxies * (proxies + 1)) / 2000);
}

/** Gauges that say "nothing wrong": istiod always has them. */
const quietGauges = [
  'endpoint_no_pod',
  'pilot_conflict_inbound_listener',
  'pilot_conflict_outbound_listener_tcp_over_current_tcp',
  'pilot_destrule_subsets',
  'pilot_duplicate_envoy_clusters',
  'pilot_eds_no_instances',
  'pilot_endpoint_not_ready',
  'pilot_no_ip',
  'pilot_vservice_dup_domain',
];

function proxiesByVersion(istiod: Istiod): (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const { facts } of istiod.connections.values()) counts.set(facts.version, (counts.get(facts.version) ?? 0) + 1);
  return [...counts].map(([version, count]) => [`pilot_xds{version="${version}"}`, count] as const);
}

/** Prometheus text of /metrics. Counters of bad things are absent until the first one happens, as in istiod. */
export function metricsText(istiod: Istiod, facts: MetricsFacts): string {
  const { version } = istiod.facts;
  const series: (readonly [string, number])[] = [
    ...istiod.counters.all(),
    ...quietGauges.map((name) => [name, 0] as const),
    ...proxiesByVersion(istiod),
    ['citadel_server_root_cert_expiry_seconds', (rootExpiry - facts.now) / 1000],
    ['citadel_server_root_cert_expiry_timestamp', rootExpiry / 1000],
    [`istio_build{component="pilot",tag="${version}"}`, 1],
    ['istiod_managed_clusters{cluster_type="local"}', 1],
    ['istiod_managed_clusters{cluster_type="remote"}', 0],
    ['istiod_uptime_seconds', (facts.now - Date.parse(istiod.startedAt)) / 1000],
    [`pilot_info{version="${versionText(istiod)}"}`, 1],
    ['pilot_services', facts.services],
    ['pilot_virt_services', facts.virtualServices],
  ];
  const names = new Set<string>();
  const lines = series
    .map(([name, value]) => [familyOf(name), name, value] as const)
    // Stable: the series of a family stay in their order, buckets from small to large.
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .flatMap(([family, name, value]) => [...typeLine(family, names), `${name} ${value}`]);
  return `${lines.join('\n')}\n`;
}

/** Name of a metric without labels, and without the parts of a histogram. */
function familyOf(series: string): string {
  const name = series.replace(/\{.*/, '');
  return name.startsWith(histogram) ? histogram : name;
}

function typeLine(family: string, seen: Set<string>): string[] {
  if (seen.has(family)) return [];
  seen.add(family);
  const type = family === histogram ? 'histogram' : isCounter(family) ? 'counter' : 'gauge';
  return [`# TYPE ${family} ${type}`];
}

const isCounter = (name: string): boolean =>
  /_total$|_count$|_pushes$|_rejects$|^galley_validation_(passed|failed)$/.test(name);
