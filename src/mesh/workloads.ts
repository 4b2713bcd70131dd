/** Workloads with their proxies, what admission would do to their pods now, and what a restart would change. */
import type { Proxy, Workload } from './data-plane-model.ts';
import type { Facts, Labels, PodFact, TemplateFact } from './facts.ts';
import type { InjectionDecision } from './injection-model.ts';
import { autoImage, managedKey, revisionKey, statusKey } from './keys.ts';
import { pendingOf, type TargetOf } from './pending.ts';
import { compareNatural, compareVersions } from './versions.ts';
import type { WorkloadEntry } from './workload-index.ts';

/** What admission sees of a pod. */
export type Admitted = Pick<TemplateFact, 'labels' | 'annotations' | 'hostNetwork'>;

/** The injection decision for a pod in a namespace. */
export type Decide = (namespace: string, pod: Admitted) => InjectionDecision;

/** What a namespace decides on, with the answer for one that was not read: its labels are unknown, not empty. */
export function decideByNamespace(
  facts: Facts,
  decide: (namespace: { readonly name: string; readonly labels: Labels }, pod: Admitted) => InjectionDecision,
): Decide {
  const labels = new Map(facts.namespaces.items.map(({ meta }) => [meta.name, meta.labels]));
  return (name, pod) => {
    const found = labels.get(name);
    return found ? decide({ name, labels: found }, pod) : unreadNamespace(name, facts.namespaces.unread);
  };
}

/** What the caller knows besides the entries. */
export interface WorkloadContext {
  readonly decide: Decide;
  readonly targetOf: TargetOf;
  /** By position of the entry. */
  readonly proxies: ReadonlyMap<number, readonly Proxy[]>;
}

/** One workload for each entry, in the same order. */
export function workloads(entries: readonly WorkloadEntry[], context: WorkloadContext): Workload[] {
  return entries.map((entry, position) => workload(entry, context.proxies.get(position) ?? [], context));
}

function workload(entry: WorkloadEntry, proxies: readonly Proxy[], { decide, targetOf }: WorkloadContext): Workload {
  const fixed = fixedBy(entry);
  const decision = decide(entry.namespace, admitted(entry));
  const injection = fixed === null ? decision : { ...decision, reason: `${fixed} ${decision.reason}` };
  const running = proxies.filter((proxy) => proxy.running);
  return {
    namespace: entry.namespace,
    kind: entry.kind,
    name: entry.name,
    ownerKind: entry.ownerKind,
    proxies: running.length,
    pods: entry.pods.filter((pod) => pod.phase === 'Running').length,
    versions: distinct(running.map((proxy) => proxy.version)).sort(compareVersions),
    revisions: distinct(running.map((proxy) => proxy.revision)).sort(compareNatural),
    role: (running[0] ?? proxies[0])?.role ?? null,
    injection,
    pending: pendingOf({ entry, proxies, injection, fixed: fixed !== null }, targetOf),
  };
}

/** Why admission does not choose the proxy: one sentence; null when it does. */
function fixedBy({ fact }: WorkloadEntry): string | null {
  if (!fact) return null;
  const managed = fact.meta.labels[managedKey] ?? fact.template.labels[managedKey];
  if (managed) return `istiod renders this workload itself (label ${managedKey}=${managed}).`;
  const { proxy, annotations } = fact.template;
  const image = proxy && proxy.image !== autoImage ? proxy.image : null;
  if (image === null && annotations[statusKey] === undefined) return null;
  return `The proxy is written into the pod template${image === null ? '' : ` (image ${image})`}; a restart keeps it.`;
}

function admitted({ fact, pods }: WorkloadEntry): Admitted {
  const [sample] = pods;
  if (fact && (hasTemplate(fact.template) || !sample)) return fact.template;
  return sample ? asBeforeInjection(sample) : { labels: {}, annotations: {}, hostNetwork: false };
}

// A Rollout that refers to a Deployment for its template has none of its own.
function hasTemplate(template: TemplateFact): boolean {
  return Object.keys(template.images).length > 0;
}

/** Labels and annotations that injection writes (injection-template.yaml, kube-gateway.yaml). */
const INJECTED_LABELS: ReadonlySet<string> = new Set([
  'security.istio.io/tlsMode',
  'service.istio.io/canonical-name',
  'service.istio.io/canonical-revision',
  'networking.istio.io/tunnel',
]);
const INJECTED_ANNOTATIONS: ReadonlySet<string> = new Set([statusKey, revisionKey]);

function asBeforeInjection({ meta, hostNetwork }: PodFact): Admitted {
  return {
    labels: without(meta.labels, INJECTED_LABELS),
    annotations: without(meta.annotations, INJECTED_ANNOTATIONS),
    hostNetwork,
  };
}

function without(map: Labels, keys: ReadonlySet<string>): Labels {
  return Object.fromEntries(Object.entries(map).filter(([key]) => !keys.has(key)));
}

function unreadNamespace(name: string, unread: string | null): InjectionDecision {
  const why = unread === null ? '' : `: ${unread}`;
  const reason = `The labels of namespace ${name} were not read${why}.`;
  return { outcome: 'unknown', revision: null, tag: null, code: 'unknown', reason, matched: [] };
}

function distinct(values: readonly (string | null)[]): string[] {
  return [...new Set(values.filter((value) => value !== null))];
}
