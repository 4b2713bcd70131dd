import { Histogram } from './histogram.ts';
import { Lane, prepareTarget } from './lane.ts';
import type { TargetWindow } from './lane.ts';
import type { Tally } from './recorder.ts';
import { buildReport } from './report.ts';
import type { ProbeReport } from './report.ts';
import type { ProbeDeps, ProbeProgress, ProbeSpec } from './spec.ts';

/** What happened since the last look; times in milliseconds since the start. Without targets while names are resolved. */
export interface ProbeWindow {
  readonly fromMs: number;
  readonly toMs: number;
  readonly targets: readonly TargetWindow[];
}

/** A running probe. */
export interface ProbeHandle {
  /** All that happened since the last call, or since the start. */
  snapshot(): ProbeWindow;
  /** Sends nothing more, waits for the answers that may still come (at most the time-out), and reports. */
  stop(): Promise<ProbeReport>;
  /** The report, once the probe has ended by itself or was stopped. */
  readonly done: Promise<ProbeReport>;
}

/** After an interrupt a person waits; what is unanswered then is reported as unfinished. */
const INTERRUPT_GRACE_MS = 1000;
const PROGRESS_MS = 1000;

/** Runs a probe to its end, or until `deps.signal` aborts; never rejects for what a target does. */
export function runProbe(spec: ProbeSpec, deps: ProbeDeps): Promise<ProbeReport> {
  return startProbe(spec, deps).done;
}

/** Starts a probe. Names are resolved first; time zero is the first intended send. */
export function startProbe(spec: ProbeSpec, deps: ProbeDeps): ProbeHandle {
  const run = new Run(spec, deps);
  const done = run.start();
  return {
    done,
    snapshot: () => run.snapshot(),
    stop: () => {
      run.end(spec.timeoutMs);
      return done;
    },
  };
}

class Run {
  readonly #spec: ProbeSpec;
  readonly #deps: ProbeDeps;
  #lanes: Lane[] = [];
  #startAt = 0;
  #windowFrom = 0;
  #sending = true;
  #stoppedEarly = false;
  #cancelTick = (): void => undefined;
  #cancelGrace = (): void => undefined;
  #resolveFinished = (): void => undefined;
  readonly #finished = new Promise<void>((resolve) => (this.#resolveFinished = resolve));

  constructor(spec: ProbeSpec, deps: ProbeDeps) {
    this.#spec = spec;
    this.#deps = deps;
  }

  async start(): Promise<ProbeReport> {
    const { signal, wallClock } = this.#deps;
    const interrupt = (): void => this.end(INTERRUPT_GRACE_MS);
    if (signal?.aborted === true) interrupt();
    signal?.addEventListener('abort', interrupt);
    await this.#openLanes();
    const startedAt = new Date(wallClock()).toISOString();
    const stopProgress = this.#reportProgress();
    this.#tick();
    await this.#finished;
    signal?.removeEventListener('abort', interrupt);
    stopProgress();
    const durationMs = this.#now();
    const records = this.#lanes.map((lane) => lane.finish(durationMs));
    return buildReport(this.#spec, { startedAt, durationMs, stoppedEarly: this.#stoppedEarly }, records);
  }

  /** Stops sending; answers may come for `graceMs` more. */
  end(graceMs: number): void {
    if (!this.#sending) return;
    this.#sending = false;
    this.#stoppedEarly = true;
    this.#cancelTick();
    this.#cancelGrace = this.#deps.clock.setTimer(graceMs, () => this.#finish());
    this.#finishWhenQuiet();
  }

  snapshot(): ProbeWindow {
    const fromMs = this.#windowFrom;
    const toMs = this.#lanes.length === 0 ? 0 : this.#now();
    this.#windowFrom = toMs;
    return { fromMs, toMs, targets: this.#lanes.map((lane) => lane.window(toMs)) };
  }

  /** Milliseconds since time zero. */
  #now(): number {
    return this.#deps.clock.now() - this.#startAt;
  }

  async #openLanes(): Promise<void> {
    const { targets, ratePerSecond } = this.#spec;
    const prepared = await Promise.all(targets.map((target) => prepareTarget(target, this.#deps)));
    this.#startAt = this.#deps.clock.now();
    this.#lanes = prepared.map(
      (ready, index) =>
        new Lane(ready, {
          spec: this.#spec,
          deps: this.#deps,
          startAt: this.#startAt,
          offsetMs: ((1000 / ratePerSecond) * index) / targets.length,
          onQuiet: () => this.#finishWhenQuiet(),
        }),
    );
  }

  #tick(): void {
    if (!this.#sending) return;
    const next = Math.min(...this.#lanes.map((lane) => lane.sendDue() ?? Infinity));
    if (next === Infinity) {
      this.#sending = false;
      return this.#finishWhenQuiet();
    }
    const wait = Math.max(0, next - this.#deps.clock.now());
    this.#cancelTick = this.#deps.clock.setTimer(wait, () => this.#tick());
  }

  #finishWhenQuiet(): void {
    if (!this.#sending && this.#lanes.every((lane) => lane.quiet)) this.#finish();
  }

  #finish(): void {
    this.#cancelGrace();
    this.#resolveFinished();
  }

  #reportProgress(): () => void {
    const { clock, onProgress } = this.#deps;
    if (!onProgress) return () => undefined;
    let cancel = (): void => undefined;
    let last: ProbeProgress | undefined;
    const arm = (): void => {
      cancel = clock.setTimer(PROGRESS_MS, () => {
        last = this.#progress(last);
        onProgress(last);
        arm();
      });
    };
    arm();
    return () => cancel();
  }

  #progress(last: ProbeProgress | undefined): ProbeProgress {
    const tallies = this.#lanes.map((lane) => lane.recorder.total());
    const sum = (pick: (tally: Tally) => number): number => tallies.reduce((total, tally) => total + pick(tally), 0);
    const all = new Histogram();
    this.#lanes.forEach((lane) => all.merge(lane.recorder.latency()));
    const elapsedMs = this.#now();
    const ok = sum((tally) => tally.ok);
    const seconds = Math.max(1, elapsedMs - (last?.elapsedMs ?? 0)) / 1000;
    return {
      elapsedMs,
      answersPerSecond: (ok - (last?.ok ?? 0)) / seconds,
      ok,
      failed: sum((tally) => tally.failed),
      p99Ms: all.percentile(99),
      senderLate: sum((tally) => tally.sender.senderLate),
    };
  }
}
