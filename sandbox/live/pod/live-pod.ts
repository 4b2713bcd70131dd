import type { KubeObject } from '../../../src/kube/api.ts';
import { explain } from '../../../src/errors.ts';
import type { Scheduler } from '../../clock/scheduler.ts';
import type { PodReport } from '../../controllers/kubelet/runtime.ts';
import { textAt } from '../../store/json.ts';
import { AppServer } from '../app/server.ts';
import type { LiveTiming } from '../timing.ts';
import { endPart, newPart, reportOf } from './part.ts';
import type { PodPlan } from './plan.ts';
import { Sidecar, type SidecarHost } from './sidecar.ts';
import { Timers } from './timers.ts';

/** What a live pod needs around it. */
export interface LivePodHost extends Omit<SidecarHost, 'appPort'> {
  readonly scheduler: Scheduler;
  readonly timing: LiveTiming;
  readonly report: (state: PodReport) => void;
}

/** Between two looks whether a proxy's connections have gone. */
const idleCheckMs = 1000;
/** Exit codes of a process that ended well, and of one ended by SIGKILL and by SIGTERM (128 + signal). */
const exits = { well: 0, killed: 137, terminated: 143 };

/** A pod as real servers: an application, and the proxy before it when the pod has one. */
export class LivePod {
  readonly plan: PodPlan;
  /** The proxy; undefined without one. */
  readonly sidecar: Sidecar | undefined;
  readonly #pod: KubeObject;
  readonly #host: LivePodHost;
  readonly #timers: Timers;
  readonly #proxyPart = newPart();
  readonly #appPart = newPart();
  #app: AppServer | undefined;
  #appPort = 0;
  #stopping = false;
  #ended = false;
  #cancelDeadline: () => void = () => undefined;
  #done: () => void = () => undefined;

  constructor(pod: KubeObject, plan: PodPlan, host: LivePodHost) {
    this.#pod = pod;
    this.plan = plan;
    this.#host = host;
    this.#timers = new Timers(host.scheduler);
    const side = { ...host, appPort: () => this.#appPort };
    this.sidecar = plan.role === 'none' ? undefined : new Sidecar(pod, plan.port, side);
  }

  /** Whether its process answers: for the admin port. */
  get proxyRuns(): boolean {
    return this.#proxyPart.state.kind === 'running';
  }

  get proxyReady(): boolean {
    return this.#proxyPart.ready;
  }

  start(): void {
    const instantly = textAt(this.#pod, 'status', 'phase') === 'Running';
    this.#report();
    this.#run(instantly ? 0 : 1).catch((error: unknown) => this.#failed(error));
  }

  /** See `PodRuntime.stop`. */
  stop(graceSeconds: number, done: () => void): void {
    this.#done = done;
    if (this.#ended) return done();
    this.#cancelDeadline();
    if (graceSeconds <= 0) return this.#kill();
    this.#cancelDeadline = this.#host.scheduler.after(graceSeconds * 1000, () => this.#kill());
    if (this.#stopping) return;
    this.#stopping = true;
    this.#timers.cancelAll();
    this.#timers.after(this.#host.timing.termDelayMs, () => this.#terminate());
  }

  /** The application answers nothing until `thaw`. */
  freeze(): void {
    this.#app?.freeze();
  }

  thaw(): void {
    this.#app?.thaw();
  }

  /** The application dies without a word, and is started again. */
  crash(): void {
    if (this.#stopping || !this.#app) return;
    this.#timers.cancelAll();
    this.#app.kill();
    this.#app = undefined;
    this.#appPort = 0;
    const part = this.#appPart;
    endPart(part, exits.killed, this.#now());
    part.last = part.state;
    this.#report();
    this.#timers.after(this.#host.timing.restartMs, () => {
      part.restarts += 1;
      this.#launchApp(1).catch((error: unknown) => this.#failed(error));
    });
  }

  /** Everything ends at once, nothing is told. */
  close(): void {
    this.#ended = true;
    this.#cancelDeadline();
    this.#timers.cancelAll();
    this.#app?.kill();
    this.sidecar?.proxy.end();
  }

  /** @param pace 0 for a pod that runs already */
  async #run(pace: 0 | 1): Promise<void> {
    if (this.sidecar) await this.#launchProxy(this.sidecar, pace);
    if (this.plan.role !== 'gateway') await this.#launchApp(pace);
  }

  async #launchProxy(sidecar: Sidecar, pace: 0 | 1): Promise<void> {
    const part = this.#proxyPart;
    part.state = { kind: 'running', since: this.#now() };
    this.#report();
    await this.#timers.wait(this.#host.timing.proxyStartMs * pace);
    const port = await sidecar.openInbound(this.plan.role === 'gateway');
    if (this.#ended) return;
    this.#host.network.attach(this.#uid(), port);
    await sidecar.configured();
    if (this.#stopping || this.#ended) return;
    Object.assign(part, { started: true, ready: true });
    this.#report();
  }

  async #launchApp(pace: 0 | 1): Promise<void> {
    const part = this.#appPart;
    if (this.#stopping || this.#ended) return;
    part.state = { kind: 'running', since: this.#now() };
    // Nobody asks whether it listens yet (Kubernetes, "Readiness probes": without one a container is ready).
    if (!this.plan.probed) Object.assign(part, { started: true, ready: true });
    this.#report();
    const app = new AppServer(this.#pod.metadata.name, this.plan.app, this.#host.scheduler);
    await this.#timers.wait(this.plan.app.startMs * pace);
    this.#app = app;
    this.#appPort = await app.open();
    if (this.#ended || this.#app !== app) return;
    if (!this.sidecar) this.#host.network.attach(this.#uid(), this.#appPort);
    part.started = true;
    this.#report();
    await this.#timers.wait(this.plan.app.readyMs * pace);
    if (this.#stopping || this.#app !== app) return;
    part.ready = true;
    this.#report();
  }

  /**
   * What follows a deletion, as measured: the application gets SIGTERM after its preStop hook. A native sidecar begins to
   * drain at the same moment as that hook, and ends after the application. A classic sidecar or gateway drains for
   * terminationDrainDuration and then ends whatever is in flight.
   */
  #terminate(): void {
    const { role, preStopMs } = this.plan;
    if (role === 'gateway') return this.#drainThenEnd(() => this.#finishIfOver());
    if (role === 'native') this.sidecar?.proxy.drain('inbound');
    if (role === 'classic') this.#drainThenEnd(() => this.#finishIfOver());
    this.#timers.after(preStopMs, () => {
      const end = () => this.#appEnded(this.plan.app.onTerm === 'exit' ? exits.terminated : exits.well);
      if (this.#app) this.#app.terminate(end);
      else end();
    });
  }

  #appEnded(exitCode: number): void {
    endPart(this.#appPart, exitCode, this.#now());
    this.#report();
    if (this.plan.role !== 'native') return this.#finishIfOver();
    this.#timers.after(this.#host.timing.sidecarLingerMs, () => this.#endProxy(() => this.#finishIfOver()));
  }

  #drainThenEnd(then: () => void): void {
    const { drainMs, exitWhenIdle } = this.plan.drain;
    const proxy = this.sidecar?.proxy;
    if (drainMs > 0) proxy?.drain('inbound', ...(this.plan.role === 'gateway' ? (['outbound'] as const) : []));
    const check = () => {
      if (!exitWhenIdle || (proxy?.connections('inbound') ?? 0) === 0) return this.#endProxy(then);
      this.#timers.after(Math.min(idleCheckMs, drainMs), check);
    };
    this.#timers.after(drainMs, check);
  }

  #endProxy(then: () => void): void {
    this.sidecar?.proxy.end();
    endPart(this.#proxyPart, exits.well, this.#now());
    this.#report();
    then();
  }

  /** The address of the pod goes some time after its last container. */
  #finishIfOver(): void {
    const { role } = this.plan;
    const appOver = role === 'gateway' || this.#appPart.state.kind === 'terminated';
    const proxyOver = role === 'none' || this.#proxyPart.state.kind === 'terminated';
    if (appOver && proxyOver) this.#timers.after(this.#host.timing.teardownMs, () => this.#finish());
  }

  #kill(): void {
    this.#app?.kill();
    this.sidecar?.proxy.end();
    for (const part of [this.#appPart, this.#proxyPart]) endPart(part, exits.killed, this.#now());
    this.#finish();
  }

  #finish(): void {
    if (this.#ended) return;
    this.#report();
    this.close();
    this.#host.network.detach(this.#uid());
    this.#done();
  }

  #failed(error: unknown): void {
    const message = explain(error);
    Object.assign(this.#appPart, { state: { kind: 'waiting', reason: 'RunContainerError', message } });
    this.#report();
  }

  #report(): void {
    if (this.#ended) return;
    this.#host.report(reportOf(this.#pod, this.#proxyPart, this.#appPart, this.#now()));
  }

  #uid(): string {
    return this.#pod.metadata.uid ?? '';
  }

  #now(): number {
    return this.#host.scheduler.now();
  }
}
