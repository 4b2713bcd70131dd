/** Every workload of the mesh: moved, and how; or left out, and what becomes of it. Nobody is forgotten in silence. */
import { autoImage, revisionKey } from '../mesh/keys.ts';
import { proxiesByWorkload } from '../mesh/pending.ts';
import { workloadIndex } from '../mesh/workload-index.ts';
import type { WorkloadFact } from '../mesh/facts.ts';
import type { Proxy } from '../mesh/data-plane-model.ts';
import type { RenewWorkload } from '../steps/spec.ts';
import type { Candidate, Ends, PlanRequest } from './input.ts';
import { methodOf } from './method.ts';
import { nearFacts, type Near } from './near.ts';
import { overrideFor } from './overrides.ts';
import type { LeftOut } from './plan.ts';
import { leftBehind } from './relabel.ts';
import { routeOf, type Route } from './route.ts';

/** A workload that is renewed. */
export interface Move {
  readonly spec: RenewWorkload;
  readonly route: Route;
  readonly reason: string;
  /** Wave group of the policy; else the tag; '' otherwise. */
  readonly group: string;
  /** The higher, the later: what a failure would cost. */
  readonly risk: number;
  /** Extra requests while its surge pods run. */
  readonly surge: { readonly cpuMillis: number; readonly memoryBytes: number };
}

/** All workloads, sorted as the mesh sorts them. */
export interface Classified {
  readonly moves: readonly Move[];
  readonly leftOut: readonly LeftOut[];
}

type Verdict = { readonly move: Move } | { readonly out: Pick<LeftOut, 'code' | 'reason' | 'consequence'> } | null;

/** Decides for every workload that has a proxy, would get one, or refuses one. */
export function classify(request: PlanRequest, ends: Ends): Classified {
  const { entries } = workloadIndex(request.view.facts);
  const { mesh } = request.view;
  const proxies = proxiesByWorkload(mesh.proxies);
  // istiod renders these from Gateways, which have steps of their own.
  const rendered = new Set(
    mesh.gateways.filter(({ form }) => form === 'gateway-api' || form === 'waypoint').map(({ workload }) => workload),
  );
  const planning = { ...request, near: nearFacts(request.view.facts) };
  const moves: Move[] = [];
  const leftOut: LeftOut[] = [];
  mesh.workloads.forEach((workload, index) => {
    const entry = entries[index];
    if (entry === undefined || rendered.has(index)) return;
    const verdict = decide(planning, ends, { workload, entry }, proxies.get(index) ?? []);
    if (verdict === null) return;
    if ('move' in verdict) moves.push(verdict.move);
    else leftOut.push({ namespace: workload.namespace, workload: workload.kind, name: workload.name, ...verdict.out });
  });
  return { moves, leftOut };
}

/** A request with the facts that matter for one workload at hand. */
type Planning = PlanRequest & { readonly near: Near };

function decide(request: Planning, ends: Ends, candidate: Candidate, proxies: readonly Proxy[]): Verdict {
  const { workload, entry } = candidate;
  const running = proxies.filter(({ running: runs }) => runs);
  const mine = running.some(({ revision }) => revision === ends.old.revision || revision === ends.revision);
  const route = routeOf(workload.injection, ends);
  const part = partOfMesh(candidate);
  if (part !== undefined) return part;
  if (running.length > 0 && isBakedIn(candidate)) {
    return isOnTarget(running, ends) ? onTarget() : bakedIn(candidate, running);
  }
  if (route === null) return notRouted(ends, candidate, running, mine);
  if (isOnTarget(running, ends)) return onTarget();
  if (entry.fact === null) return bare(workload.kind, workload.ownerKind, running, ends);
  if (entry.fact.kind !== 'Job' && entry.fact.kind !== 'CronJob' && workload.pods === 0) {
    return out('no-pods', 'it has no pods now', heldByLabel(entry.fact, ends) ?? 'its next pods get the new revision');
  }
  return renewal(request, ends, candidate, route);
}

const out = (code: string, reason: string, consequence: string): Verdict => ({ out: { code, reason, consequence } });

/** What becomes of Istio's own parts, which are no applications: null when other steps see to it; undefined: it is none. */
function partOfMesh({ workload: { role }, entry: { fact } }: Candidate): Verdict | undefined {
  if (role === 'waypoint') return null;
  if (role === 'ztunnel') return nodeAgent('ztunnel', 'complete is refused while it uses the old istiod');
  if (fact === null) return undefined;
  if ('install-cni' in fact.template.images) return nodeAgent('cni', 'it works with an istiod of the next version');
  return 'discovery' in fact.template.images ? null : undefined;
}

/** What is rolled out with its own chart: all pods of a node pass through it when it is renewed. */
const nodeAgent = (chart: string, meanwhile: string): Verdict =>
  out(
    'node-agent',
    `chart ${chart} renews it, node by node`,
    `it stays at its version; ${meanwhile}. Upgrade the chart yourself, at a time when its nodes can be drained`,
  );

/** What becomes of a template that names the old revision itself and is not changed; null when it does not. */
function heldByLabel({ kind, template }: WorkloadFact, { old }: Ends): string | null {
  if (kind === 'Job' || template.labels[revisionKey] !== old.revision) return null;
  return `its template keeps label ${revisionKey}=${old.revision}, so its next pods get the old revision; complete is refused until it is changed`;
}

const onTarget = (): Verdict => out('on-target', 'its proxies have the new version already', 'it is not restarted');

/** The template holds a whole proxy: admission does not choose its version. */
function isBakedIn({ entry: { fact } }: Candidate): boolean {
  const image = fact?.template.proxy?.image;
  return image !== undefined && image !== autoImage;
}

function isOnTarget(running: readonly Proxy[], { revision, to }: Ends): boolean {
  return running.length > 0 && running.every((proxy) => proxy.revision === revision && proxy.version === to);
}

/** Injected by a third revision, by nobody, or not known. */
function notRouted(ends: Ends, { workload }: Candidate, running: readonly Proxy[], mine: boolean): Verdict {
  const { injection } = workload;
  const keeps = mine
    ? `keeps its proxies of ${ends.from}; complete is refused while they run`
    : 'nothing changes for it';
  if (injection.outcome === 'injected') {
    const other = `revision ${injection.revision ?? 'unknown'} injects it, not ${ends.old.revision}`;
    return out('other-revision', other, keeps);
  }
  if (injection.outcome === 'unknown')
    return out('unknown', injection.reason, `${keeps}; it is not touched while this is not known`);
  if (injection.outcome === 'fails') return out('refused', `new pods of it are refused: ${injection.reason}`, keeps);
  if (injection.outcome === 'overlap') {
    return out('overlap', `two injectors would each add a proxy to its new pods: ${injection.reason}`, keeps);
  }
  if (running.length > 0) {
    return out('would-lose-proxy', `a restart would bring it back without a proxy: ${injection.reason}`, keeps);
  }
  const asked = ['pod-disabled', 'annotation-disabled', 'namespace-disabled'].includes(injection.code);
  if (asked) return out('opt-out', injection.reason, 'it has no proxy and gets none');
  const quiet =
    injection.code === 'not-labelled' || injection.code === 'system-namespace' || injection.code === 'host-network';
  return quiet ? null : out('not-injected', injection.reason, 'it has no proxy and gets none');
}

function bare(kind: string, ownerKind: string, running: readonly Proxy[], { from }: Ends): Verdict {
  if (running.length === 0) return null;
  const keeps = `keeps its proxy ${running[0]?.version ?? from}; complete is refused while it runs`;
  if (kind === 'Pod')
    return out('bare-pod', 'nobody makes it again when it is deleted', `${keeps}. Delete and create it yourself`);
  return out(
    'unknown-owner',
    `meshlift does not know how ${ownerKind} renews pods`,
    `${keeps}. Renew it with its own tool`,
  );
}

function bakedIn({ workload }: Candidate, running: readonly Proxy[]): Verdict {
  const version = running[0]?.version ?? 'unknown';
  const remedy =
    workload.role === 'gateway'
      ? 'Upgrade it with the tool that installed it, or put an injected gateway in its place'
      : 'Run istioctl kube-inject of the new version again, and apply it';
  return out(
    'baked-in',
    'its pod template names the proxy image itself, so a restart brings back the same version',
    `keeps its proxy ${version}; complete is refused while it runs. ${remedy}`,
  );
}

function renewal(request: Planning, ends: Ends, candidate: Candidate, route: Route): Verdict {
  const { workload, entry } = candidate;
  const { fact } = entry;
  if (fact === null) return null;
  const override = overrideFor(request.policy.overrides, candidate);
  const keeps = `keeps its proxies of ${ends.from}; complete is refused while they run`;
  if (override.skip === true)
    return out('opt-out', `left out by the policy: ${override.reason ?? 'no reason given'}`, keeps);
  const labels = templateLabels(route, ends);
  const role = workload.role === 'gateway' ? 'gateway' : 'sidecar';
  const relabelled = Object.keys(labels).length > 0;
  const facts = request.near(fact);
  const method = leftBehind(facts, fact, labels) ?? methodOf({ facts, fact, role, override, labels: relabelled });
  if ('refused' in method) {
    const { code, refused, remedy } = method;
    return out(code, refused, code === 'job' ? (heldByLabel(fact, ends) ?? remedy) : `${keeps}. ${remedy}`);
  }
  const before = fact.template.labels[revisionKey];
  const spec: RenewWorkload = {
    kind: 'renew-workload',
    namespace: workload.namespace,
    workload: fact.kind,
    name: workload.name,
    role,
    method: method.method,
    revision: ends.revision,
    version: ends.to,
    replicas: fact.replicas,
    width: method.width,
    labels,
    before: relabelled && before !== undefined ? { [revisionKey]: before } : {},
    serviceLabel: method.serviceLabel,
    readyMs:
      override.readyMs ?? 8000 + fact.template.fitness.readinessDelaySeconds * 1000 + fact.minReadySeconds * 1000,
    drainMs: role === 'gateway' ? 6000 : 3000,
    busyMs: request.policy.pace.longConnectionSeconds * 1000,
  };
  const { cpuMillis, memoryBytes } = fact.template.requests;
  return {
    move: {
      spec,
      route,
      reason: method.reason,
      group: override.group ?? (route.by === 'tag' ? route.tag : ''),
      risk: riskOf(spec),
      surge: { cpuMillis: cpuMillis * method.width, memoryBytes: memoryBytes * method.width },
    },
  };
}

function templateLabels(route: Route, { revision }: Ends): Readonly<Record<string, string | null>> {
  return route.by === 'template' ? { [revisionKey]: revision } : {};
}

// What loses nothing goes first, then small before large: the first one is the cheapest to be wrong about.
function riskOf({ method, replicas, workload }: RenewWorkload): number {
  const byMethod = method === 'hand-over' ? 0 : method === 'rollout' ? 1000 : 5000;
  const byKind = workload === 'Deployment' ? 0 : 2000;
  const single = replicas === 1 ? 500 : 0;
  return byMethod + byKind + single + replicas;
}
