import { Aborted, Blocked, MeshliftError, NotFound } from '../../errors.ts';
import type { KubeObject } from '../../kube/api.ts';
import { resources } from '../../kube/resources.ts';
import type { RenewWorkload } from '../spec.ts';
import { comebackMs } from '../patience.ts';
import type { StepContext } from '../step.ts';
import { adminPort, readActivity, type Activity } from './activity.ts';
import { beforeOf, isLeaving } from './hand-over.ts';
import { leavingValue } from './keys.ts';
import { nameOf, podRef } from './kinds.ts';
import type { PodState } from './pod-state.ts';
import { listAll } from './read-live.ts';
import { endpointsOf, isOurs, stayKnown } from './stay-known.ts';

/** Milliseconds. */
const times = {
  /** Between two looks at the endpoints, and how long they may take to change: an outage may just have been over. */
  look: 300,
  endpoints: comebackMs,
  /** Between two questions for activity, as measured on a real mesh (four in a row were enough). */
  ask: 300,
  /** Callers learn of the endpoints' change later than the API: no pod is quiet before this has passed. */
  settle: 2000,
  /** Longest wait for what is under way: above Envoy's drain time (45 s), within which it sends its clients away. */
  busy: 60_000,
  /** Wait in place of asking, where the proxy cannot be asked. At least this, or the workload's drain time. */
  blind: 15_000,
};

/** Quiet answers in a row after which a pod counts as idle. */
const quietAnswers = 4;

/**
 * Lets a pod go without cutting anything: out of its Services, its kept connections sent away, what is under way finished,
 * then deleted. Each part may have been done by an earlier call.
 * @throws Blocked when Services go on listing it; Conflict, Transient: look again
 */
export async function letLeave(context: StepContext, spec: RenewWorkload, pod: PodState): Promise<void> {
  try {
    if (beforeOf(pod).key !== '') await leaveServices(context, spec, pod);
    const since = context.clock.now();
    if (pod.proxied) {
      const answers = await sendAway(context, spec, pod);
      const left = answers ? await untilQuiet(context, spec, pod, since) : await waitBlindly(context, spec, pod);
      if (left > 0) context.evidence('connections closed', left);
    }
    await context.api.delete(podRef(spec, pod.name), { uid: pod.uid, signal: context.signal });
  } catch (error) {
    // Somebody was faster: it is gone, which is all that was wanted.
    if (!(error instanceof NotFound)) throw error;
  }
}

async function leaveServices(context: StepContext, spec: RenewWorkload, pod: PodState): Promise<void> {
  const { api, clock, signal } = context;
  if (!isLeaving(pod)) {
    if (pod.proxied) await stayKnown(context, spec, pod);
    const { resourceVersion } = pod;
    const labels = { [beforeOf(pod).key]: leavingValue };
    await api.patch(podRef(spec, pod.name), 'merge', { metadata: { resourceVersion, labels } }, { signal });
  }
  const until = clock.now() + times.endpoints;
  for (;;) {
    const services = await servicesListing(context, spec, pod);
    if (services.length === 0) return;
    if (clock.now() >= until) throw stillListed(spec, pod, services);
    await clock.sleep(times.look, signal);
  }
}

async function servicesListing(context: StepContext, spec: RenewWorkload, pod: PodState): Promise<readonly string[]> {
  const { namespace } = spec;
  const project = (slice: KubeObject) => {
    const lists = !isOurs(slice) && endpointsOf(slice, pod).length > 0;
    return lists ? (slice.metadata.labels?.['kubernetes.io/service-name'] ?? slice.metadata.name) : null;
  };
  const found = await listAll(context, resources.endpointSlices, { namespace, project });
  return found.filter((name) => name !== null);
}

function stillListed(spec: RenewWorkload, pod: PodState, services: readonly string[]): Blocked {
  const seconds = times.endpoints / 1000;
  return new Blocked(
    `${nameOf(spec)}: after ${seconds} s Service ${services.join(', ')} still lists pod ${pod.name}.`,
    {
      object: nameOf(spec),
      remedy: 'See that the Service selects by the label that was changed and that EndpointSlices are kept up; resume.',
    },
  );
}

/**
 * Kept connections: `Connection: close` and GOAWAY. What Istio's agent does at the end of a pod, only earlier.
 * @returns whether the proxy answered
 */
async function sendAway(context: StepContext, spec: RenewWorkload, pod: PodState): Promise<boolean> {
  const to = { namespace: spec.namespace, pod: pod.name, port: adminPort };
  const path = spec.role === 'gateway' ? '/drain_listeners?graceful' : '/drain_listeners?inboundonly&graceful';
  const { api, signal } = context;
  return (await asked(context, () => api.forwardedRequest(to, path, { method: 'POST', signal }))) !== null;
}

/** Waits until nothing is under way and nothing new comes. @returns what is still under way after the longest wait */
async function untilQuiet(context: StepContext, spec: RenewWorkload, pod: PodState, since: number): Promise<number> {
  const { clock, signal } = context;
  let last: Activity | null = null;
  for (let quiet = 0; ;) {
    const now = await asked(context, () => readActivity(context, spec, pod.name));
    if (now === null) return waitBlindly(context, spec, pod);
    // Short requests are seldom under way at the moment of asking: their number must not grow either.
    quiet = now.active === 0 && (last === null || now.total === last.total) ? quiet + 1 : 0;
    last = now;
    if (quiet >= quietAnswers && clock.now() - since >= times.settle) return 0;
    if (clock.now() - since >= Math.max(spec.busyMs ?? times.busy, spec.drainMs)) return stillBusy(context, pod, now);
    await clock.sleep(times.ask, signal);
  }
}

function stillBusy(context: StepContext, pod: PodState, { active }: Activity): number {
  const what = active > 0 ? `${active} requests or connections are still under way` : 'requests still arrive';
  context.note(`pod ${pod.name}: ${what} after the longest wait; it is deleted now.`);
  return active;
}

async function waitBlindly(context: StepContext, spec: RenewWorkload, pod: PodState): Promise<number> {
  const ms = Math.max(times.blind, spec.drainMs);
  context.note(
    `pod ${pod.name}: port ${adminPort} of its proxy cannot be asked; waits ${ms / 1000} s in place of that.`,
  );
  await context.clock.sleep(ms, context.signal);
  return 0;
}

/** An answer of the proxy's admin port; null when there is none, however often it is asked. */
async function asked<T>(context: StepContext, ask: () => Promise<T>): Promise<T | null> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof MeshliftError) || error instanceof Aborted || error instanceof NotFound) throw error;
      if (attempt < 3 && error.errorClass === 'Transient') await context.clock.sleep(times.ask, context.signal);
      else return null;
    }
  }
}
