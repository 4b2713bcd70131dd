import { fullName } from '../../mesh/keys.ts';
import type { FactKind, PodFact } from '../../mesh/facts.ts';
import type { Proxy } from '../../mesh/data-plane-model.ts';
import type { RenewableKind, RenewWorkload } from '../spec.ts';
import type { Observation, Verdict, View } from '../step.ts';
import { handOverOfKey, labelValue } from './keys.ts';
import { plural } from '../plural.ts';
import { misfit } from './misfit.ts';

/** Lists that tell of a workload of a kind, besides pods. */
const listOf: Readonly<Partial<Record<RenewableKind, FactKind>>> = {
  Deployment: 'deployments',
  StatefulSet: 'statefulSets',
  DaemonSet: 'daemonSets',
  Rollout: 'rollouts',
  Job: 'jobs',
  CronJob: 'cronJobs',
};

/** What a view tells of the proxies of a workload. */
interface Seen {
  /** Running or starting proxies. */
  readonly proxies: readonly Proxy[];
  /** Its running pods that have no proxy. */
  readonly bare: number;
  /** Pods of it that are being handed over. */
  readonly handedOver: readonly string[];
  /** Labels of its template that are not as asked for. */
  readonly labels: readonly string[];
}

/** Where the renewal of a workload stands. */
export function observeRenewal(view: View, spec: RenewWorkload): Observation {
  const unfit = misfit(spec);
  if (unfit) return { state: 'blocked', why: `${unfit.why}. ${unfit.remedy}` };
  const seen = see(view, spec);
  if (typeof seen === 'string') return { state: 'unknown', why: seen };
  const unclear = seen.proxies.find((proxy) => proxy.revision === null || proxy.version === null);
  const old = seen.proxies.filter((proxy) => !isRight(proxy, spec) && proxy !== unclear);
  const left = old.length + seen.bare + seen.handedOver.length + seen.labels.length;
  if (left > 0) return { state: 'ready' };
  if (unclear === undefined) return { state: 'done' };
  const what = unclear.version === null ? 'version' : 'revision';
  return { state: 'unknown', why: `the ${what} of the proxy of pod ${fullPod(unclear)} is not known` };
}

/** Whether all proxies of a workload are as asked for, ready, connected and in sync. */
export function verifyRenewal(view: View, spec: RenewWorkload): Verdict {
  const seen = see(view, spec);
  if (typeof seen === 'string') return { state: 'unknown', why: seen };
  // What runs now keeps its proxy until it ends; that nothing of the old revision is left is asked before it is removed.
  if (spec.method === 'next-run') return { state: 'passed' };
  const worst = [...rest(seen), ...seen.proxies.map((proxy) => verdictOn(proxy, spec))];
  const states = ['failed', 'unknown', 'waiting'] as const;
  for (const state of states) {
    const found = worst.find((verdict) => verdict.state === state);
    if (found) return found;
  }
  return { state: 'passed' };
}

function rest({ bare, handedOver, labels }: Seen): readonly Verdict[] {
  const verdicts: Verdict[] = [];
  if (bare > 0) verdicts.push({ state: 'failed', why: `${plural(bare, 'pod')} of it without a proxy` });
  if (labels.length > 0)
    verdicts.push({ state: 'failed', why: `label ${labels.join(', ')} of its template is another` });
  if (handedOver.length > 0) verdicts.push({ state: 'waiting', why: `pod ${handedOver.join(', ')} is still there` });
  return verdicts;
}

function verdictOn(proxy: Proxy, spec: RenewWorkload): Verdict {
  const pod = `pod ${fullPod(proxy)}`;
  if (proxy.deleting) return isRight(proxy, spec) ? { state: 'passed' } : { state: 'waiting', why: `${pod} is ending` };
  if (proxy.revision === null || proxy.version === null) {
    return { state: 'unknown', why: `revision or version of ${pod} is not known` };
  }
  if (!isRight(proxy, spec)) return { state: 'failed', why: `${pod} has ${proxy.revision}, version ${proxy.version}` };
  if (!proxy.running || !proxy.ready) return { state: 'waiting', why: `${pod} is not ready` };
  if (proxy.connected === null) return { state: 'unknown', why: `whether ${pod} is connected could not be read` };
  if (proxy.connectedTo === null) return { state: 'waiting', why: `${pod} is connected to no istiod` };
  if (proxy.connectedTo.revision !== spec.revision) {
    return { state: 'waiting', why: `${pod} is connected to an istiod of ${proxy.connectedTo.revision}` };
  }
  if (proxy.stale.length === 0) return { state: 'passed' };
  return { state: 'waiting', why: `${pod} has not taken ${proxy.stale.join(', ')} yet` };
}

function isRight({ revision, version }: Proxy, spec: RenewWorkload): boolean {
  return revision === spec.revision && version === spec.version;
}

const fullPod = ({ namespace, pod }: Proxy) => `${namespace}/${pod}`;

/** What is seen of a workload; a text says why nothing can be said. */
function see({ facts, mesh }: View, spec: RenewWorkload): Seen | string {
  const kind = listOf[spec.workload];
  const unread = facts.pods.unread ?? facts.replicaSets.unread ?? (kind ? facts[kind].unread : null);
  if (unread !== null) return `pods or ${kind ?? 'workloads'} were not read: ${unread}`;
  const index = mesh.workloads.findIndex(
    (one) => one.namespace === spec.namespace && one.kind === spec.workload && one.name === spec.name,
  );
  const proxies = index < 0 ? [] : mesh.proxies.filter(({ workload }) => workload === index);
  const running = mesh.workloads[index]?.pods ?? 0;
  return {
    proxies,
    bare: running - proxies.filter((proxy) => proxy.running).length,
    handedOver: facts.pods.items.filter((pod) => isHandedOver(pod, spec)).map(({ meta }) => meta.name),
    labels: wrongLabels(facts, spec),
  };
}

function isHandedOver({ meta, phase }: PodFact, spec: RenewWorkload): boolean {
  if (spec.workload !== 'Deployment' || phase === 'Succeeded' || phase === 'Failed') return false;
  return meta.namespace === spec.namespace && meta.labels[handOverOfKey] === labelValue(spec.name);
}

function wrongLabels(facts: View['facts'], spec: RenewWorkload): readonly string[] {
  const wanted = Object.entries(spec.labels);
  if (wanted.length === 0) return [];
  const lists = [facts.deployments, facts.statefulSets, facts.daemonSets, facts.rollouts];
  const found = lists
    .flatMap(({ items }) => items)
    .find(({ kind, meta }) => kind === spec.workload && fullName(meta) === `${spec.namespace}/${spec.name}`);
  if (!found) return [];
  return wanted.filter(([key, value]) => (found.template.labels[key] ?? null) !== value).map(([key]) => key);
}
