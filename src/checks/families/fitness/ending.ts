/** How a proxy ends: its drain against the grace period, and against what is under way. */
import type { ControlPlane } from '../../../mesh/control-plane-model.ts';
import { nearFacts } from '../../../planner/near.ts';
import type { Check, CheckView, Finding, Unseen } from '../../check.ts';
import { drainOf, type Drain } from './drain.ts';
import { numbersOf, objectOf, restarted, serves, wayOf, type Restart, type Way } from './restarted.ts';

/** Drain of a proxy that nobody changed, seconds (pkg/config/mesh, terminationDrainDuration). */
const usualDrain = 5;

/** The proxy of a workload, as its control plane configures it; null when that is not known. */
export function drainOfRestart({ mesh }: CheckView, { fact, workload }: Restart): Drain | null {
  return drainOf(fact.template, planeOf(mesh.controlPlanes, workload.revisions[0]));
}

function planeOf(planes: readonly ControlPlane[], revision: string | undefined): ControlPlane | undefined {
  return planes.find((plane) => plane.revision === revision);
}

/** Killed before the proxy has drained, or a proxy that ends before requests do. */
export const graceOutlastsDrain: Check = {
  id: 'ML-F008',
  title:
    'the grace period of every workload is longer than the drain of its proxy, and the drain is no shorter than usual',
  looksAt:
    'terminationGracePeriodSeconds against terminationDrainDuration (annotation proxy.istio.io/config, mesh config; 5 s by default). A drain below 5 s where the proxy ends with it: gateways and sidecars that are no init containers. What is handed over informs: its pods are idle when they end.',
  why: 'The kubelet kills what is left when the grace period is over. A proxy that still drains then resets its connections, however well the application behaves; and one whose drain is short ends with the requests that take longer, while the application still answers them.',
  remedy:
    'Make terminationGracePeriodSeconds longer than the drain and the longest preStop hook together, and the drain longer than the longest request.',
  source: 'istio/istio issues 36640, 34855; pkg/envoy/agent.go; measured by npm run bench -- fitness',
  severities: ['warns', 'informs'],
  needs: ['pods', 'deployments', 'configMaps'],
  pains: ['P30', 'P12'],
  run: (view) => {
    const unread = new Set<string>();
    const near = nearFacts(view.facts);
    const found = restarted(view).flatMap((one): Finding[] => {
      const drain = drainOfRestart(view, one);
      if (drain !== null) return endingOf(view, one, drain, () => wayOf(view, one, near));
      const plane = planeOf(view.mesh.controlPlanes, one.workload.revisions[0]);
      if (plane !== undefined) unread.add(`${plane.namespace}/${plane.deployment}`);
      return [];
    });
    return [...found, ...[...unread].map(unreadConfig)];
  },
};

function endingOf(view: CheckView, one: Restart, drain: Drain, way: () => Way): Finding[] {
  const grace = one.fact.template.gracePeriodSeconds;
  const needed = drain.untilIdle ? Math.min(drain.seconds, usualDrain) : drain.seconds;
  if (grace <= needed) return [killed(one, drain, needed, way() === 'hand-over')];
  const cuts = needed < usualDrain && !drain.untilIdle && endsWithDrain(view, one) && way() !== 'hand-over';
  return cuts ? [short(one, drain)] : [];
}

/** A gateway and a classic sidecar end when their drain is over, whatever is under way; a native one after the application. */
function endsWithDrain({ look }: CheckView, { fact, workload }: Restart): boolean {
  return workload.role === 'gateway' || look.podsOf(fact).some(({ proxy }) => proxy?.form === 'classic');
}

function killed({ fact }: Restart, drain: Drain, needed: number, handedOver: boolean): Finding {
  const grace = fact.template.gracePeriodSeconds;
  const { namespace, name } = fact.meta;
  const patch = `{"spec":{"template":{"spec":{"terminationGracePeriodSeconds":${String(Math.ceil(needed) + 25)}}}}}`;
  return {
    ...{ severity: handedOver ? 'informs' : 'warns', object: objectOf(fact) },
    ...{ field: 'spec.template.spec.terminationGracePeriodSeconds', value: String(grace) },
    message: `Its pods are killed after ${String(grace)} s, but the proxy drains for ${String(needed)} s (${drain.from}).`,
    why: handedOver
      ? 'It is handed over, so its pods are idle when they end; at every other restart what is left when the grace period ends is reset.'
      : 'Connections and requests that are left when the grace period ends are reset.',
    remedy: `kubectl -n ${namespace} patch ${fact.kind.toLowerCase()} ${name} --type merge -p '${patch}' (this restarts it once)`,
  };
}

function short({ fact }: Restart, { seconds, from }: Drain): Finding {
  const { namespace, name } = fact.meta;
  return {
    ...{
      severity: 'warns',
      object: objectOf(fact),
      field: 'spec.template.metadata.annotations[proxy.istio.io/config]',
    },
    value: `${String(seconds)}s`,
    message: `Its proxy ends ${String(seconds)} s after it is told to (${from}), with everything that is under way.`,
    why: 'Requests that take longer are cut, although the application would answer them.',
    remedy: `kubectl -n ${namespace} edit ${fact.kind.toLowerCase()} ${name}: terminationDrainDuration of ${String(usualDrain)}s or more in the annotation proxy.istio.io/config, or in defaultConfig of the mesh config (this restarts it once)`,
  };
}

function unreadConfig(place: string): Unseen {
  const [namespace = '', name = ''] = place.split('/');
  return {
    object: { kind: 'Deployment', namespace, name },
    unseen: 'Its mesh config, which sets the drain, was not read.',
  };
}

/** What meshlift hands over because a rolling restart would lose requests. */
export const rolloutLosesNothing: Check = {
  id: 'ML-F023',
  title: 'every Deployment that is handed over would survive a rolling restart as well',
  looksAt:
    'preStop hooks, maxUnavailable against replicas and, of gateways, the drain, where a Service selects the pods and they can be handed over.',
  why: 'meshlift hands these pods over, and loses nothing. Whoever else restarts them, with kubectl rollout restart, a new image or another tool, sends SIGTERM while requests are under way.',
  remedy: 'Nothing for the upgrade. For all other restarts a preStop hook that sleeps 5 s, and maxUnavailable 0.',
  source: 'istio/istio issues 36640, 34855; measured on a real mesh, and by npm run bench -- fitness',
  severities: ['informs'],
  needs: ['pods', 'deployments', 'services', 'configMaps'],
  pains: ['P30'],
  run: (view) => {
    const near = nearFacts(view.facts);
    return restarted(view).flatMap((one): Finding[] => {
      const { fact } = one;
      if (fact.kind !== 'Deployment' || !serves(view, one) || wayOf(view, one, near) !== 'hand-over') return [];
      const lost = lostByRollout(view, one);
      return lost === null ? [] : [rolled(one, lost)];
    });
  },
};

interface Lost {
  readonly field: string;
  readonly value: string;
  readonly text: string;
}

function lostByRollout(view: CheckView, one: Restart): Lost | null {
  const { replicas, maxUnavailable, template } = one.fact;
  if (numbersOf(one.fact).unavailable >= replicas) {
    const field = 'spec.strategy.rollingUpdate.maxUnavailable';
    return { field, value: maxUnavailable, text: 'all its pods may end before others are ready' };
  }
  if (one.workload.role === 'gateway') return cutByDrain(drainOfRestart(view, one));
  const { preStop } = template.fitness;
  if (preStop === 'all') return null;
  const field = 'spec.template.spec.containers[].lifecycle.preStop';
  return { field, value: preStop, text: 'nothing shows that it finishes its requests at SIGTERM' };
}

function cutByDrain(drain: Drain | null): Lost | null {
  if (drain === null || drain.untilIdle || drain.seconds > usualDrain) return null;
  const value = `${String(drain.seconds)}s`;
  return { field: 'terminationDrainDuration', value, text: `requests that take longer than ${value} are cut` };
}

function rolled({ fact }: Restart, { field, value, text }: Lost): Finding {
  const { namespace, name } = fact.meta;
  return {
    ...{ severity: 'informs', object: objectOf(fact), field, value },
    message: `A rolling restart may lose requests: ${text}. It is handed over instead.`,
    why: 'The upgrade loses nothing of it; restarts by others do.',
    remedy: `Nothing for the upgrade; for other restarts: kubectl -n ${namespace} edit deployment ${name}: lifecycle: {preStop: {sleep: {seconds: 5}}}, maxUnavailable: 0, of gateways a longer terminationDrainDuration`,
  };
}
