/** Watches a run from outside: what must always hold is asked at every moment at which something changed. */
import type { KubeObject } from '../../../src/kube/api.ts';
import type { UpgradePlan } from '../../../src/planner/plan.ts';
import type { Write } from '../../../src/steps/spec.ts';
import { at, objectsAt, textAt } from '../../../sandbox/store/json.ts';
import { resources } from '../../../sandbox/store/resources.ts';
import type { ApiCall } from '../../upgrade/interpose.ts';
import type { Stage } from '../../upgrade/world.ts';
import { Availability, rolledOut } from './availability.ts';
import { deadHooks, injectorsByWorkload, validation } from './hooks.ts';
import { isOwn, Ledger } from './ledger.ts';
import { followAll, labelsOf, Mirror, proxyOf, type Change, type KnownPod } from './mirror.ts';
import { nextPodProblem, noProxy } from './next-pod.ts';
import { usersInStore } from './users.ts';

/** Something that must never happen, and did. */
export interface Violation {
  /** 'I1' to 'I12'; G1: configuration is judged; G2: no pod is deleted while a Service lists it. */
  readonly invariant: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly what: string;
}

/** What may be disturbed from outside, so that it is not the run's fault. */
export interface Excused {
  /** Pods come and go without the run's doing. */
  readonly pods?: boolean;
  /** istiods and their webhooks come and go. */
  readonly istiods?: boolean;
}

/** Milliseconds after a stop in which a write that was on its way may still arrive. */
const stopMs = 1000;
/** The annotation of templates that are renewed, and the label of pods that are handed over. */
const renewedKey = 'meshlift.dev/renewed';
const handOverKey = 'meshlift.dev/hand-over';
/** At most so many are kept. */
const most = 20;

const workloadKinds = new Set(['deployments', 'statefulsets', 'daemonsets']);
const hookKinds = new Set(['mutatingwebhookconfigurations', 'validatingwebhookconfigurations', 'namespaces']);

/** The oracle of one stage and plan. */
export class Oracle {
  readonly mirror: Mirror;
  readonly violations: Violation[] = [];
  readonly #stage: Stage;
  readonly #plan: UpgradePlan;
  readonly #excused: Excused;
  readonly #availability: Availability;
  readonly #ledger: Ledger;
  readonly #dirty = new Set<string>();
  readonly #deadBefore: ReadonlySet<string>;
  readonly #injectorsBefore: ReadonlyMap<string, number>;
  readonly #judgesBefore: boolean;
  /** Webhook configurations that were well once: a new one has time until its istiod is there. */
  readonly #known = new Set<string>();
  /** Webhook configurations that reach nobody though they once did, with the milliseconds since 1970 at which it began. */
  readonly #died = new Map<string, number>();
  readonly #starts: number[] = [];
  readonly #generations = new Map<string, number>();
  readonly #end: () => void;
  #hooksDirty = false;
  #stoppedAt: number | null = null;
  #phase: 'forward' | 'back' | 'complete' = 'forward';

  constructor(stage: Stage, plan: UpgradePlan, allowed: readonly Write[], excused: Excused = {}) {
    const { store } = stage.cluster;
    this.#stage = stage;
    this.#plan = plan;
    this.#excused = excused;
    this.mirror = new Mirror(store);
    this.#availability = new Availability(store, this.mirror, rolledOut(plan));
    this.#ledger = new Ledger(allowed);
    this.#deadBefore = new Set(deadHooks(store));
    this.#injectorsBefore = injectorsByWorkload(store);
    this.#judgesBefore = validation(store) === null;
    for (const config of [...store.all(resources.mutatingWebhooks), ...store.all(resources.validatingWebhooks)])
      this.#known.add(config.metadata.name);
    this.#end = followAll(store, (change) => this.#changed(change));
  }

  /** Which phase runs from now on. */
  phase(phase: 'forward' | 'back' | 'complete'): void {
    this.#phase = phase;
    this.#stoppedAt = null;
  }

  /** The run was told to stop now. */
  stopped(): void {
    this.#stoppedAt ??= this.#stage.scheduler.now();
  }

  /** A write of the run is being sent. */
  sent(call: ApiCall): void {
    const unlisted = this.#ledger.problem(call);
    if (unlisted !== null) this.#say('I10', unlisted);
    if (!isDisruptive(call)) return;
    const now = this.#stage.scheduler.now();
    if (this.#stoppedAt !== null && now - this.#stoppedAt > stopMs)
      this.#say('I7', `${call.verb} ${call.resource} ${call.name} ${now - this.#stoppedAt} ms after the stop`);
    if (call.resource === 'pods' && call.verb === 'delete' && this.#isListed(call)) {
      this.#say('G2', `pod ${call.name} is deleted while a Service lists it`);
    }
    if (call.resource !== 'namespaces' && !call.resource.includes('webhook')) this.#mustInject(call);
  }

  /** To be called at the end of every moment: asks what may have changed in it. */
  moment(): void {
    for (const workload of this.#dirty) {
      const isExcused = this.#excused.istiods === true && workload.includes('/istiod');
      const problem = this.#excused.pods === true || isExcused ? null : this.#availability.problem(workload);
      if (problem !== null) this.#say('I1', problem);
    }
    this.#dirty.clear();
    if (this.#hooksDirty) this.#hooks();
    this.#hooksDirty = false;
  }

  /** Ends watching. `whole`: no process was killed, so every intent must have its result. */
  close(whole: boolean): void {
    this.moment();
    const left = whole ? this.#ledger.withoutResult() : [];
    if (left.length > 0) this.#say('I10', `no result in the journal of ${left.slice(0, 3).join(', ')}`);
    this.#end();
  }

  #say(invariant: string, what: string): void {
    const known = this.violations.some((one) => one.invariant === invariant && one.what === what);
    if (!known && this.violations.length < most)
      this.violations.push({ invariant, at: this.#stage.scheduler.now(), what });
  }

  #changed(change: Change): void {
    const { plural, object, type } = change;
    if (plural === 'configmaps') this.#ledger.take(object);
    if (this.#movesHooks(change)) this.#hooksDirty = true;
    if (plural === 'pods') this.#pod(change);
    if (plural === 'deployments' && labelsOf(object)['app'] === 'istiod') this.#istiod(change);
    if (workloadKinds.has(plural)) {
      const workload = `${object.kind ?? ''} ${object.metadata.namespace ?? ''}/${object.metadata.name}`;
      if (type !== 'DELETED') this.#dirty.add(workload);
    }
  }

  #movesHooks({ plural, object, type }: Change): boolean {
    if (hookKinds.has(plural)) return true;
    if (plural === 'pods') return labelsOf(object)['app'] === 'istiod';
    if (plural === 'services') return object.metadata.name.startsWith('istiod');
    if (plural === 'endpointslices') return (labelsOf(object)['kubernetes.io/service-name'] ?? '').startsWith('istiod');
    if (!workloadKinds.has(plural)) return false;
    const { uid = '', generation = 0 } = object.metadata;
    const isSame = this.#generations.get(uid) === generation && type !== 'DELETED';
    this.#generations.set(uid, generation);
    return !isSame;
  }

  #pod(change: Change): void {
    const workload = this.mirror.take(change);
    this.#dirty.add(workload);
    if (change.type !== 'ADDED') return;
    this.#skew(change.object, workload);
    if (!this.#plan.stages.some(({ steps }) => steps.some(({ spec }) => isOf(spec, workload)))) return;
    const now = this.#stage.scheduler.now();
    this.#starts.push(now);
    while ((this.#starts[0] ?? now) < now - 1000) this.#starts.shift();
    // What one second allows may come at once (docs/policy.md), and what fills up meanwhile.
    const limit = 2 * this.#plan.policy.pace.startsPerSecond;
    if (this.#starts.length > limit)
      this.#say('I6', `more than ${limit} pods were made in a second: ${this.#starts.length}`);
  }

  /** I5: a new proxy is of the version of the revision that injected it. */
  #skew(pod: KubeObject, workload: string): void {
    const { from, to, revisions } = this.#plan;
    // An image that the pod names itself has the version of its name, whoever injects it: the plan leaves such workloads out.
    if (pod.metadata.annotations?.['sidecar.istio.io/proxyImage'] !== undefined) return;
    const proxy = proxyOf(pod);
    const version = proxy?.revision === revisions.new ? to : proxy?.revision === revisions.old ? from : null;
    if (proxy !== null && version !== null && proxy.version !== '' && proxy.version !== version)
      if (!(pod.metadata.namespace ?? '').startsWith('meshlift-proof'))
        this.#say('I5', `${workload} got proxy ${proxy.version} from revision ${proxy.revision}`);
  }

  #istiod({ type, object }: Change): void {
    if (type !== 'DELETED') return;
    const revision = labelsOf(object)['istio.io/rev'] ?? 'default';
    const users = usersInStore(this.#stage.cluster.store, revision);
    if (users.length > 0) this.#say('I4', `${revision} was removed while ${users.slice(0, 3).join(', ')} used it`);
    if (this.#phase !== 'complete' && revision === this.#plan.revisions.old)
      this.#say('I9', `revision ${revision} was removed before complete`);
  }

  #hooks(): void {
    const { store } = this.#stage.cluster;
    const dead = new Set(deadHooks(store));
    for (const config of [...store.all(resources.mutatingWebhooks), ...store.all(resources.validatingWebhooks)]) {
      const { name } = config.metadata;
      if (!dead.has(name)) this.#known.add(name);
      const isFault = this.#known.has(name) && dead.has(name) && !this.#deadBefore.has(name);
      if (!isFault) this.#died.delete(name);
      else if (!this.#died.has(name)) this.#died.set(name, this.#stage.scheduler.now());
      if (isFault && this.#excused.istiods !== true)
        this.#say('I11', `webhook ${name} reaches no ready istiod of its revision`);
    }
    for (const [workload, injectors] of injectorsByWorkload(store)) {
      const isOne = injectors === 1 || this.#injectorsBefore.get(workload) !== 1;
      if (!isOne) this.#say('I12', `${injectors} injectors match ${workload}`);
    }
    const wrong = this.#judgesBefore && this.#excused.istiods !== true ? validation(store) : null;
    if (wrong !== null) this.#say('G1', wrong);
  }

  /** I3 */
  #mustInject(call: ApiCall): void {
    const owner = this.#ownerOf(call);
    if (owner === null || !this.#makesPod(call)) return;
    const problem = nextPodProblem(this.#stage.cluster.store, owner, call, this.#plan.revisions);
    if (problem === null || (problem !== noProxy && this.#hasJustDied())) return;
    this.#say('I3', `${call.name} is renewed, and ${problem}`);
  }

  /** An istiod was taken away so shortly ago that a write may have been on its way. */
  #hasJustDied(): boolean {
    const now = this.#stage.scheduler.now();
    return this.#excused.istiods === true && [...this.#died.values()].some((since) => now - since <= stopMs);
  }

  /** A pod that was handed over and that EndpointSlices still call ready. */
  #isListed({ namespace, name }: ApiCall): boolean {
    const pod = this.#podNamed(namespace, name);
    if (pod === undefined || labelsOf(pod.object)[handOverKey] === undefined) return false;
    return [...this.#stage.cluster.store.all(resources.endpointSlices)].some((slice) =>
      objectsAt(slice, 'endpoints').some(
        (endpoint) =>
          textAt(endpoint, 'targetRef', 'uid') === pod.object.metadata.uid &&
          at(endpoint, 'conditions', 'ready') === true,
      ),
    );
  }

  #podNamed(namespace: string, name: string): KnownPod | undefined {
    return [...this.mirror.pods.values()].find(
      ({ object: { metadata } }) => metadata.namespace === namespace && metadata.name === name,
    );
  }

  /** A pod that was handed over has its replacement already; one is made when it is taken, and when a template changes. */
  #makesPod({ verb, resource, namespace, name, body }: ApiCall): boolean {
    if (resource !== 'pods')
      return textAt(body, 'spec', 'template', 'metadata', 'annotations', renewedKey) !== undefined;
    if (verb === 'patch') return textAt(body, 'metadata', 'labels', 'pod-template-hash') === 'handed-over';
    const pod = this.#podNamed(namespace, name);
    return pod !== undefined && labelsOf(pod.object)[handOverKey] === undefined;
  }

  #ownerOf({ resource, namespace, name }: ApiCall) {
    const { store } = this.#stage.cluster;
    const kinds = [resources.deployments, resources.statefulSets, resources.daemonSets];
    const kind = kinds.find(({ plural, group }) => resource === `${plural}.${group}`);
    let [wanted, found] = [kind, name];
    if (resource === 'pods') {
      const pod = this.#podNamed(namespace, name);
      const [ownerKind = '', place = ''] = (pod?.workload ?? '').split(' ');
      wanted = kinds.find((one) => one.kind === ownerKind);
      found = place.split('/')[1] ?? '';
    }
    return wanted === undefined
      ? null
      : ([...store.all(wanted)].find(({ metadata }) => metadata.namespace === namespace && metadata.name === found) ??
          null);
  }
}

function isOf(spec: { readonly kind: string }, workload: string): boolean {
  const { kind, ...rest } = spec as { kind: string; workload?: string; namespace?: string; name?: string };
  return kind === 'renew-workload' && workload === `${rest.workload ?? ''} ${rest.namespace ?? ''}/${rest.name ?? ''}`;
}

/** Something that serves may be touched by it. */
function isDisruptive(call: ApiCall): boolean {
  return !isOwn(call) && !call.namespace.startsWith('meshlift-proof') && !call.name.startsWith('meshlift-proof');
}
