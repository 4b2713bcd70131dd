/** What a restart of a workload would change now. */
import type { ControlPlane } from './control-plane-model.ts';
import type { Pending, Proxy } from './data-plane-model.ts';
import type { PodFact } from './facts.ts';
import type { InjectionDecision } from './injection-model.ts';
import { autoImage } from './keys.ts';
import { imageVersion } from './versions.ts';
import type { WorkloadEntry } from './workload-index.ts';

/** Annotation of a pod: the image of its proxy, whatever the version of the injector. */
const proxyImageKey = 'sidecar.istio.io/proxyImage';

/** Version that a revision gives to new proxies. */
export interface Target {
  /** Null when unknown or when control planes of that revision disagree. */
  readonly version: string | null;
  /** All that counts as this version: what istiod answers and what its image says may differ by a build's suffix. */
  readonly accepted: readonly string[];
}

/** Target by revision. */
export type TargetOf = (revision: string) => Target;

/** What is known of a workload when the question is asked. */
export interface Situation {
  readonly entry: WorkloadEntry;
  /** Its proxies, of starting pods too. */
  readonly proxies: readonly Proxy[];
  readonly injection: InjectionDecision;
  /** The proxy is part of the template: admission does not choose it. */
  readonly fixed: boolean;
}

/** `TargetOf` over the control planes. */
export function targetOfRevision(planes: readonly ControlPlane[]): TargetOf {
  return (revision) => {
    const mine = planes.filter((plane) => plane.revision === revision);
    const [version, ...others] = new Set(mine.map((plane) => plane.version));
    const accepted = mine.flatMap((plane) => [plane.version, plane.imageVersion]).filter((one) => one !== null);
    return { version: others.length === 0 ? (version ?? null) : null, accepted };
  };
}

/** Null when a restart changes nothing, or when nothing can be said (outcome `unknown` or `overlap`). */
export function pendingOf(situation: Situation, targetOf: TargetOf): Pending | null {
  const { injection, fixed } = situation;
  // First of all: a dead webhook refuses every pod that it matches, whatever the template holds.
  if (injection.outcome === 'fails') return refused(situation);
  if (fixed) return null;
  if (injection.outcome === 'none') return lost(situation);
  if (injection.outcome !== 'injected' || injection.revision === null) return null;
  return changed(situation, injection.revision, targetFor(situation.entry, targetOf(injection.revision)));
}

/** The annotation wins over the revision's version. Source: istio's injection template, where a name without slash is none. */
function targetFor(entry: WorkloadEntry, target: Target): Target & { readonly pinned: boolean } {
  const image = annotationsOf(entry)[proxyImageKey];
  if (image?.includes('/') !== true) return { ...target, pinned: false };
  const version = imageVersion(image);
  return { version, accepted: version === null ? [] : [version], pinned: true };
}

// A Rollout that refers to a Deployment for its template has none of its own.
function annotationsOf({ fact, pods }: WorkloadEntry): Readonly<Record<string, string>> {
  const template = fact && Object.keys(fact.template.images).length > 0 ? fact.template : undefined;
  return template?.annotations ?? pods[0]?.meta.annotations ?? {};
}

function refused({ entry, injection }: Situation): Pending {
  const reason = `New pods would be refused. ${injection.reason}`;
  return { revision: null, version: null, reason: withTiming(entry, reason) };
}

function lost({ entry, proxies, injection }: Situation): Pending | null {
  const count = current(proxies).length;
  if (count === 0) return null;
  const reason = `${plural(count, 'pod')} with a proxy would come back without one. ${injection.reason}`;
  return { revision: null, version: null, reason: withTiming(entry, reason) };
}

type NewPods = ReturnType<typeof targetFor>;

function changed(situation: Situation, revision: string, target: NewPods): Pending | null {
  const { entry } = situation;
  const reason = difference(situation, revision, target);
  return reason === null ? null : { revision, version: target.version, reason: withTiming(entry, reason) };
}

function difference({ entry, proxies }: Situation, revision: string, target: NewPods): string | null {
  const { version, accepted, pinned } = target;
  const from = pinned ? `which annotation ${proxyImageKey} names` : `from revision ${revision}`;
  const here = current(proxies);
  const foreign = here.filter((proxy) => proxy.revision !== null && proxy.revision !== revision);
  if (foreign.length > 0) {
    const names = [...new Set(foreign.map((proxy) => proxy.revision))].join(', ');
    return `${foreign.length} of ${plural(here.length, 'proxy')} made by revision ${names}; new pods get revision ${revision}.`;
  }
  const old = here.filter((proxy) => proxy.version !== null && !accepted.includes(proxy.version));
  if (version !== null && old.length > 0) {
    const names = [...new Set(old.map((proxy) => proxy.version))].join(', ');
    return `${old.length} of ${plural(here.length, 'proxy')} at version ${names}; new pods get ${version}${pinned ? ',' : ''} ${from}.`;
  }
  const bare = entry.pods.filter(lacksProxy);
  if (bare.length === 0) return null;
  return `${bare.length} of ${plural(entry.pods.length, 'pod')} without a proxy; new pods get one from revision ${revision}.`;
}

// Proxies of pods that are on their way out say nothing about the next restart.
function current(proxies: readonly Proxy[]): readonly Proxy[] {
  return proxies.filter((proxy) => proxy.running && !proxy.deleting);
}

// A pod that kept the image `auto` never met the injector: it cannot start, and only a new one can.
function lacksProxy(pod: PodFact): boolean {
  if (pod.deleting) return false;
  return pod.proxy === null ? pod.phase === 'Running' : pod.proxy.image === autoImage;
}

function withTiming(entry: WorkloadEntry, reason: string): string {
  const byRun = entry.kind === 'Job' || entry.kind === 'CronJob';
  return byRun ? `${reason} It takes effect at the next run.` : reason;
}

function plural(count: number, noun: 'pod' | 'proxy'): string {
  if (count === 1) return `1 ${noun}`;
  return `${count} ${noun === 'proxy' ? 'proxies' : 'pods'}`;
}

/** Proxies of each workload, by position in `Mesh.workloads`; all in one pass. */
export function proxiesByWorkload(all: readonly Proxy[]): ReadonlyMap<number, readonly Proxy[]> {
  const found = new Map<number, Proxy[]>();
  for (const proxy of all) {
    const list = found.get(proxy.workload);
    if (list) list.push(proxy);
    else found.set(proxy.workload, [proxy]);
  }
  return found;
}
