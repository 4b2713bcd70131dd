import type { Cancel, Scheduler } from '../../clock/scheduler.ts';
import { numberAt } from '../../store/json.ts';
import type { ContainerSpec } from './containers.ts';
import type { ContainerReport, ContainerState } from './runtime.ts';
import type { ContainerTiming } from './timing.ts';

/** What a container needs of the pod and node around it. */
export interface ContainerHost {
  readonly scheduler: Scheduler;
  /** The image is on the node; from now on if it was not. */
  readonly hasImage: (image: string) => boolean;
  readonly gotImage: (image: string) => void;
  /** Something about a container changed. */
  readonly changed: () => void;
  /** Whether a container that ended by itself is to be started again. */
  readonly restarts: (container: VirtualContainer, exitCode: number) => boolean;
}

/** First wait before a restart, doubled by each further one, up to the longest (kubelet's back-off). Milliseconds. */
const backoff = { first: 10_000, longest: 300_000, forgottenAfter: 600_000 };

/** A container as a model: it is pulled, starts, becomes ready, ends and starts again at times given beforehand. */
export class VirtualContainer {
  readonly spec: ContainerSpec;
  readonly #timing: ContainerTiming;
  readonly #host: ContainerHost;
  #state: ContainerState = { kind: 'waiting', reason: 'PodInitializing' };
  #last: ContainerState | undefined;
  #restarts = 0;
  #waits = 0;
  #started = false;
  #ready = false;
  #timers: Cancel[] = [];
  #report: ContainerReport | undefined;

  constructor(spec: ContainerSpec, timing: ContainerTiming, host: ContainerHost) {
    this.spec = spec;
    this.#timing = timing;
    this.#host = host;
  }

  /** The same object as before when nothing changed: its readers see at once that there is nothing to do. */
  get report(): ContainerReport {
    const [known, state, started, ready] = [this.#report, this.#state, this.#started, this.#ready];
    if (known?.state === state && known.started === started && known.ready === ready && known.last === this.#last)
      return known;
    this.#report = {
      name: this.spec.name,
      state,
      ...(this.#last && { last: this.#last }),
      restarts: this.#restarts,
      started,
      ready,
    };
    return this.#report;
  }

  /** Running, or waiting to run again. */
  get alive(): boolean {
    return this.#state.kind !== 'terminated';
  }

  get started(): boolean {
    return this.#started;
  }

  /** It has ended by itself and well. */
  get succeeded(): boolean {
    return this.#state.kind === 'terminated' && this.#state.exitCode === 0;
  }

  /** Takes over a state that it was found in. */
  resume(report: Omit<ContainerReport, 'name'>): void {
    this.#state = report.state;
    this.#restarts = report.restarts;
    this.#started = report.started;
    this.#ready = report.ready;
  }

  /** Waits for its turn: kubelets say 'PodInitializing' of every container of a pod that has init containers. */
  wait(reason: 'ContainerCreating' | 'PodInitializing'): void {
    if (this.#state.kind === 'waiting') this.#state = { kind: 'waiting', reason };
  }

  /** Pulls the image and starts. */
  launch(): void {
    if (this.#timing.pullError !== undefined) {
      this.#after(this.#timing.pullMs, () => this.#pullFailed(this.#timing.pullError ?? ''));
      return;
    }
    const present = this.#host.hasImage(this.spec.image) && this.spec.spec['imagePullPolicy'] !== 'Always';
    this.#after((present ? 0 : this.#timing.pullMs) + this.#timing.createMs, () => this.#run());
  }

  /** preStop (of which only `sleep` is known) and SIGTERM. `then` is called when it has ended. */
  terminate(then: () => void): void {
    this.#cancel();
    if (this.#state.kind !== 'running') {
      this.#end(0);
      then();
      return;
    }
    const sleep = numberAt(this.spec.spec, 'lifecycle', 'preStop', 'sleep', 'seconds') ?? 0;
    this.#after(sleep * 1000 + this.#timing.stopMs, () => {
      this.#end(0);
      then();
    });
  }

  /** SIGKILL. */
  kill(): void {
    this.#cancel();
    this.#end(137);
  }

  #run(): void {
    this.#host.gotImage(this.spec.image);
    this.#state = { kind: 'running', since: this.#host.scheduler.now() };
    const { startMs, readyMs, runMs, exitCode = 0 } = this.#timing;
    const ready = () => (this.#ready = true);
    const start = () => {
      this.#started = true;
      if (readyMs === 0) ready();
      else this.#after(readyMs, () => (ready(), this.#host.changed()));
    };
    if (startMs === 0) start();
    else this.#after(startMs, () => (start(), this.#host.changed()));
    if (runMs !== undefined) this.#after(runMs, () => this.#exit(exitCode));
    this.#host.changed();
  }

  #exit(exitCode: number): void {
    this.#cancel();
    const since = this.#state.kind === 'running' ? this.#state.since : this.#host.scheduler.now();
    this.#end(exitCode);
    if (!this.#host.restarts(this, exitCode)) return this.#host.changed();
    if (this.#host.scheduler.now() - since >= backoff.forgottenAfter) this.#waits = 0;
    // The first restart is at once.
    const wait = this.#waits === 0 ? 0 : Math.min(backoff.first * 2 ** (this.#waits - 1), backoff.longest);
    this.#waits += 1;
    this.#last = this.#state;
    if (wait > 0) {
      const message = `back-off ${wait / 1000}s restarting failed container=${this.spec.name}`;
      this.#state = { kind: 'waiting', reason: 'CrashLoopBackOff', message };
    }
    this.#after(wait, () => {
      this.#restarts += 1;
      this.#run();
    });
    this.#host.changed();
  }

  #pullFailed(message: string, attempt = 0): void {
    this.#state = { kind: 'waiting', reason: 'ErrImagePull', message };
    this.#host.changed();
    this.#after(1000, () => {
      const why = `Back-off pulling image "${this.spec.image}": ErrImagePull: ${message}`;
      this.#state = { kind: 'waiting', reason: 'ImagePullBackOff', message: why };
      this.#host.changed();
    });
    const wait = Math.min(backoff.first * 2 ** attempt, backoff.longest);
    this.#after(1000 + wait, () => this.#pullFailed(message, attempt + 1));
  }

  #end(exitCode: number): void {
    if (this.#state.kind === 'terminated') return;
    const until = this.#host.scheduler.now();
    const since = this.#state.kind === 'running' ? this.#state.since : until;
    this.#state = { kind: 'terminated', exitCode, since, until };
    this.#started = false;
    this.#ready = false;
  }

  #after(ms: number, action: () => void): void {
    this.#timers.push(this.#host.scheduler.after(ms, action));
  }

  #cancel(): void {
    for (const cancel of this.#timers) cancel();
    this.#timers = [];
  }
}
