import type { KubeObject } from '../../../src/kube/api.ts';
import type { Cancel, Scheduler } from '../../clock/scheduler.ts';
import { numberAt, objectsAt, textAt, type JsonObject } from '../../store/json.ts';
import { millisOf } from '../base/cluster.ts';
import { containersOf, restartPolicyOf, type ContainerSpec } from './containers.ts';
import type { ContainerState, PodReport } from './runtime.ts';
import type { Timing } from './timing.ts';
import { VirtualContainer, type ContainerHost } from './virtual-container.ts';

/** What a pod needs of its node. */
export interface PodHost {
  readonly scheduler: Scheduler;
  readonly timing: Timing;
  /** Images on the node. */
  readonly images: Set<string>;
  readonly report: (state: PodReport) => void;
}

/** The containers of a pod as a model: order of start, restarts, order of end. */
export class VirtualPod {
  readonly #pod: KubeObject;
  readonly #host: PodHost;
  readonly #containers: readonly VirtualContainer[];
  /** Init containers and sidecars, in the order of their start. */
  readonly #first: readonly VirtualContainer[];
  readonly #mains: readonly VirtualContainer[];
  readonly #launched = new Set<VirtualContainer>();
  #stopping = false;
  #ended = false;
  #deadline: Cancel | undefined;
  #done: () => void = () => undefined;

  constructor(pod: KubeObject, host: PodHost) {
    this.#pod = pod;
    this.#host = host;
    const own = this.#containerHost();
    this.#containers = containersOf(pod).map((spec) => new VirtualContainer(spec, host.timing(pod, spec), own));
    this.#first = this.#containers.filter((container) => container.spec.role !== 'main');
    this.#mains = this.#containers.filter((container) => container.spec.role === 'main');
  }

  /** Starts the containers, or takes them over when the pod's status says that they run. */
  start(): void {
    if (textAt(this.#pod, 'status', 'phase') === 'Running') {
      this.#resume();
      return;
    }
    if (this.#first.length === 0) for (const main of this.#mains) main.wait('ContainerCreating');
    this.#report();
    this.#launchNext();
  }

  /** See `PodRuntime.stop`. */
  stop(graceSeconds: number, done: () => void): void {
    this.#done = done;
    if (this.#ended) return done();
    this.#deadline?.();
    if (graceSeconds <= 0) return this.#kill();
    this.#deadline = this.#host.scheduler.after(graceSeconds * 1000, () => this.#kill());
    if (this.#stopping) return;
    this.#stopping = true;
    for (const init of this.#of('init')) if (init.alive) init.kill();
    this.#endAll(this.#mains, () => this.#endSidecars());
  }

  /** What all its containers need: one object for all of them, a cluster has many. */
  #containerHost(): ContainerHost {
    const { scheduler, images } = this.#host;
    return {
      scheduler,
      hasImage: (image) => images.has(image),
      gotImage: (image) => void images.add(image),
      changed: () => this.#changed(),
      restarts: (container, exitCode) => this.#restarts(container, exitCode),
    };
  }

  #of(role: ContainerSpec['role']): readonly VirtualContainer[] {
    return this.#containers.filter((container) => container.spec.role === role);
  }

  /** Init containers one after the other, each sidecar once the one before it has started; then all others at once. */
  #launchNext(): void {
    const next = this.#first.find((container) => !isPast(container));
    for (const container of next ? [next] : this.#mains) {
      if (this.#launched.has(container)) continue;
      this.#launched.add(container);
      container.launch();
    }
  }

  #changed(): void {
    if (this.#stopping || this.#ended) return this.#report();
    this.#launchNext();
    if (this.#isOver()) {
      this.#stopping = true;
      this.#endSidecars();
    }
    this.#report();
  }

  /** Its purpose is done, or can't be reached any more. */
  #isOver(): boolean {
    const failedInit = this.#first.some((one) => one.spec.role === 'init' && !one.alive && !one.succeeded);
    return failedInit || this.#mains.every((main) => !main.alive && !this.#willRestart(main));
  }

  /** A first restart is at once: the container is ended for no time. */
  #willRestart(container: VirtualContainer): boolean {
    const { state } = container.report;
    return state.kind === 'terminated' && this.#restarts(container, state.exitCode);
  }

  #restarts(container: VirtualContainer, exitCode: number): boolean {
    if (this.#stopping) return false;
    if (container.spec.role === 'sidecar') return true;
    const policy = restartPolicyOf(this.#pod);
    if (container.spec.role === 'init') return exitCode !== 0 && policy !== 'Never';
    return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
  }

  #endAll(containers: readonly VirtualContainer[], then: () => void): void {
    let left = containers.length;
    if (left === 0) then();
    for (const container of containers) {
      container.terminate(() => {
        left -= 1;
        if (left === 0) then();
        else this.#report();
      });
    }
  }

  /** Sidecars get their SIGTERM when all others have ended, the last one first. */
  #endSidecars(): void {
    const [last, ...others] = this.#of('sidecar')
      .filter((sidecar) => sidecar.alive)
      .reverse();
    if (!last) return this.#finish();
    this.#report();
    last.terminate(() => (others.length > 0 ? this.#endSidecars() : this.#finish()));
  }

  #kill(): void {
    for (const container of this.#containers) if (container.alive) container.kill();
    this.#finish();
  }

  #finish(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#deadline?.();
    this.#report();
    this.#done();
  }

  #report(): void {
    this.#host.report({
      initContainers: this.#first.map((container) => container.report),
      containers: this.#mains.map((container) => container.report),
    });
  }

  #resume(): void {
    const statuses = ['initContainerStatuses', 'containerStatuses'].flatMap((list) =>
      objectsAt(this.#pod, 'status', list),
    );
    for (const container of this.#containers) {
      this.#launched.add(container);
      const status = statuses.find((other) => other['name'] === container.spec.name);
      const running: ContainerState = { kind: 'running', since: this.#host.scheduler.now() };
      const missing = { state: running, restarts: 0, started: true, ready: true };
      container.resume(status ? { ...found(status, running) } : missing);
    }
    this.#report();
  }
}

/** The next one may start: it ended well, or as a sidecar it has started. */
const isPast = (container: VirtualContainer) =>
  container.spec.role === 'sidecar' ? container.started : container.succeeded;

function found(status: JsonObject, running: ContainerState) {
  const ended = objectsAt({ list: [status['state']] }, 'list').find((state) => state['terminated'] !== undefined);
  const since = millisOf(textAt(ended, 'terminated', 'startedAt'));
  const until = millisOf(textAt(ended, 'terminated', 'finishedAt'));
  const exitCode = numberAt(ended, 'terminated', 'exitCode') ?? 0;
  const started = millisOf(textAt(status, 'state', 'running', 'startedAt'));
  const alive: ContainerState = started > 0 ? { kind: 'running', since: started } : running;
  return {
    state: ended ? ({ kind: 'terminated', exitCode, since, until } as const) : alive,
    restarts: numberAt(status, 'restartCount') ?? 0,
    started: status['started'] === true || (!ended && status['started'] === undefined),
    ready: status['ready'] === true,
  };
}
