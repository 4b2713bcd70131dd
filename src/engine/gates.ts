/** Built-in conditions between stages, and those that are watched all through. Pure: what is measured comes in. */
import type { Proxy } from '../mesh/data-plane-model.ts';
import type { Mesh } from '../mesh/mesh.ts';
import { plural } from '../steps/plural.ts';
import type { RenewWorkload } from '../steps/spec.ts';

/** Result of one condition. `value`: what was measured, in words. */
export interface GateResult {
  readonly name: string;
  readonly verdict: 'passed' | 'waiting' | 'failed' | 'unknown';
  readonly value: string;
}

/** What a gate looks at. */
export interface GateInput {
  readonly mesh: Mesh;
  readonly revisions: { readonly old: string; readonly new: string };
  /** Workloads that have been renewed so far, with where they should be. */
  readonly moved: readonly Pick<RenewWorkload, 'namespace' | 'workload' | 'name' | 'revision' | 'version'>[];
  /** Rejected configurations by istiod pod at the start and now; null when a pod did not answer. */
  readonly rejections: { readonly before: Rejections; readonly now: Rejections };
  /** Failed webhooks, overlaps and workloads below their floor that were there before the run: they are not its fault. */
  readonly baseline: Baseline;
}

/** pilot_total_xds_rejects by 'namespace/pod' of istiod; null: it did not answer. */
export type Rejections = Readonly<Record<string, number | null>>;

/** What was wrong before. */
export interface Baseline {
  readonly webhooks: readonly string[];
  readonly overlaps: readonly string[];
  readonly unavailable: readonly string[];
}

const place = ({ namespace, name }: { readonly namespace: string; readonly name: string }): string =>
  `${namespace}/${name}`;

/** Proxies of the moved workloads: one in every pod, on target, connected, in sync. */
export function proxiesGate({ mesh, moved }: GateInput): GateResult {
  const wanted = new Map(moved.map((one) => [`${one.workload} ${place(one)}`, one]));
  const verdicts = mesh.proxies.flatMap((proxy) => {
    const workload = mesh.workloads[proxy.workload];
    const target = workload && wanted.get(`${workload.kind} ${place(workload)}`);
    return target === undefined || !proxy.running || proxy.deleting ? [] : [proxyProblem(proxy, target)];
  });
  const bare = mesh.workloads
    .filter((workload) => wanted.has(`${workload.kind} ${place(workload)}`) && workload.pods > workload.proxies)
    .map((workload) => `without a proxy: ${plural(workload.pods - workload.proxies, 'pod')} of ${place(workload)}`);
  const unknown = verdicts.filter((one) => one?.unknown === true).map((one) => one?.why ?? '');
  const waiting = verdicts.filter((one) => one?.unknown === false).map((one) => one?.why ?? '');
  const good = verdicts.length - unknown.length - waiting.length;
  const value = `${good} of ${verdicts.length} proxies on target, connected and in sync`;
  if (unknown.length > 0) return { name: 'proxies', verdict: 'unknown', value: `${value}; not seen: ${list(unknown)}` };
  const not = [...bare, ...waiting];
  if (not.length > 0) return { name: 'proxies', verdict: 'waiting', value: `${value}; ${list(not)}` };
  return { name: 'proxies', verdict: 'passed', value };
}

type Target = GateInput['moved'][number];

/** Null: all is well. */
function proxyProblem(proxy: Proxy, { revision, version }: Target): { why: string; unknown: boolean } | null {
  const name = `${proxy.namespace}/${proxy.pod}`;
  if (proxy.connected === null || proxy.version === null || proxy.revision === null)
    return { why: name, unknown: true };
  const why =
    proxy.revision !== revision || proxy.version !== version
      ? `is ${proxy.version} of revision ${proxy.revision}`
      : (connectionProblem(proxy, revision) ?? (proxy.ready ? null : 'is not ready'));
  return why === null ? null : { why: `${name} ${why}`, unknown: false };
}

function connectionProblem({ connected, connectedTo, stale }: Proxy, revision: string): string | null {
  if (connected !== true || connectedTo?.revision !== revision) return 'is not connected';
  return stale.length === 0 ? null : `is not in sync (${stale.join(', ')})`;
}

/** No proxy rejected a configuration since the run began. A pod that is new counts from zero. */
export function rejectionsGate({ rejections: { before, now } }: GateInput): GateResult {
  const silent = Object.keys(now).filter((pod) => now[pod] === null);
  const more = Object.entries(now).filter(([pod, count]) => count !== null && count > (before[pod] ?? 0));
  const name = 'rejections';
  if (more.length > 0) {
    const words = more.map(([pod, count]) => `${(count ?? 0) - (before[pod] ?? 0)} at ${pod}`);
    return { name, verdict: 'failed', value: `configurations rejected: ${list(words)}` };
  }
  if (silent.length > 0) return { name, verdict: 'unknown', value: `no answer from ${list(silent)}` };
  if (Object.keys(now).length === 0) return { name, verdict: 'unknown', value: 'no istiod was asked' };
  return {
    name,
    verdict: 'passed',
    value: `no configuration rejected (${plural(Object.keys(now).length, 'istiod pod')} asked)`,
  };
}

/** Every webhook reaches a ready pod (I11), and no pod template is matched by two injectors (I12). */
export function webhooksGate({ mesh, baseline }: GateInput): GateResult {
  const { failed, unknown } = webhookProblems(mesh);
  const worse = failed.filter((name) => !baseline.webhooks.includes(name));
  const overlaps = overlapping(mesh).filter((name) => !baseline.overlaps.includes(name));
  const name = 'webhooks';
  if (worse.length + overlaps.length > 0) {
    return { name, verdict: 'failed', value: list([...worse, ...overlaps.map((one) => `two injectors match ${one}`)]) };
  }
  if (unknown.length > 0) return { name, verdict: 'unknown', value: `not seen: ${list(unknown)}` };
  return { name, verdict: 'passed', value: `${plural(mesh.webhooks.length, 'webhook')} with a ready istiod behind` };
}

function webhookProblems(mesh: Mesh): { readonly failed: string[]; readonly unknown: string[] } {
  const live = mesh.webhooks.filter((webhook) => !webhook.deactivated);
  return {
    failed: live.filter(({ healthy }) => healthy === false).map(({ name, problem }) => `${name}: ${problem ?? 'dead'}`),
    unknown: live.filter(({ healthy }) => healthy === null).map(({ name }) => name),
  };
}

function overlapping(mesh: Mesh): string[] {
  return mesh.workloads
    .filter(({ injection }) => injection.outcome === 'overlap')
    .map((one) => `${one.kind} ${place(one)}`);
}

/** Pods ready by workload, against what must be there (I1); `floor` comes from strategies and budgets. */
export function availabilityGate(
  { baseline }: Pick<GateInput, 'baseline'>,
  workloads: readonly { readonly name: string; readonly available: number; readonly floor: number }[],
): GateResult {
  const low = workloads.filter(
    ({ name, available, floor }) => available < floor && !baseline.unavailable.includes(name),
  );
  const name = 'availability';
  if (low.length === 0)
    return { name, verdict: 'passed', value: `${plural(workloads.length, 'workload')} with the pods needed` };
  return {
    name,
    verdict: 'waiting',
    value: list(low.map((one) => `${one.name} has ${one.available} of ${one.floor}`)),
  };
}

/** What is wrong now, so that it does not count later. */
export function baselineOf(mesh: Mesh, unavailable: readonly string[]): Baseline {
  return { webhooks: webhookProblems(mesh).failed, overlaps: overlapping(mesh), unavailable };
}

/** At most three names, then how many more. */
export function list(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(', ');
  return names.length <= 3 ? shown : `${shown} and ${names.length - 3} more`;
}
