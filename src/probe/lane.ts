import { lookup as systemLookup } from 'node:dns';
import { isIP } from 'node:net';
import { setDeadline } from './clock.ts';
import { holdConnections } from './held.ts';
import type { HeldKeeper } from './held.ts';
import type { ProbeClient, ProtocolContext } from './protocols/client.ts';
import { loadProtocol } from './protocols/registry.ts';
import type { ProtocolUse } from './protocols/registry.ts';
import { Recorder } from './recorder.ts';
import type { Tally } from './recorder.ts';
import type { TargetRecord } from './report.ts';
import { createSchedule } from './schedule.ts';
import type { Schedule } from './schedule.ts';
import type { ProbeDeps, ProbeSpec } from './spec.ts';
import type { ProbeTarget } from './target.ts';
import { failure, failureFromError } from './taxonomy.ts';
import type { Failure } from './taxonomy.ts';

/** Counts of one target since the last look. */
export interface TargetWindow extends Tally {
  readonly target: string;
  readonly longestGapMs: number;
  /** Abrupt ends of held connections. */
  readonly heldAbrupt: number;
  /** Ends of held connections of which the client was told, or which cut nothing. */
  readonly heldTold: number;
}

/** What is known of a target before the start. */
export interface PreparedTarget {
  readonly target: ProbeTarget;
  readonly use: ProtocolUse;
  readonly addresses: readonly string[];
}

/** Loads the protocol and resolves the name; a name without an address is no error, the requests will show it. */
export async function prepareTarget(target: ProbeTarget, deps: ProbeDeps): Promise<PreparedTarget> {
  const [use, addresses] = await Promise.all([loadProtocol(target.protocol), resolveName(target.hostname, deps)]);
  return { target, use, addresses };
}

function resolveName(hostname: string, deps: ProbeDeps): Promise<string[]> {
  if (isIP(hostname) !== 0) return Promise.resolve([hostname]);
  const lookup = deps.lookup ?? systemLookup;
  return new Promise((resolve) => {
    lookup(hostname, { all: true }, (error, found) => {
      if (error) return resolve([]);
      resolve(typeof found === 'string' ? [found] : found.map((entry) => entry.address));
    });
  });
}

/** What a lane shares with its probe. */
export interface LaneOptions {
  readonly spec: ProbeSpec;
  readonly deps: ProbeDeps;
  /** Time zero, on the probe's clock. */
  readonly startAt: number;
  /** Delay of this target's first request, so that targets take turns instead of leaving in one burst. */
  readonly offsetMs: number;
  /** Called whenever no request is without an answer. */
  readonly onQuiet: () => void;
}

/** The requests and held connections to one target. */
export class Lane {
  readonly recorder: Recorder;
  readonly #prepared: PreparedTarget;
  readonly #options: LaneOptions;
  readonly #client: ProbeClient;
  readonly #schedule: Schedule;
  readonly #held: HeldKeeper | undefined;
  readonly #open = new Set<() => void>();
  #heldSeen = { abrupt: 0, graceful: 0 };

  constructor(prepared: PreparedTarget, options: LaneOptions) {
    const { spec, startAt, offsetMs } = options;
    const context = contextOf(prepared.target, options);
    this.#prepared = prepared;
    this.#options = options;
    this.#client = prepared.use.client(context);
    this.#schedule = createSchedule({ startAt: startAt + offsetMs, ...spec });
    this.recorder = new Recorder(spec.ratePerSecond, spec.timeoutMs, offsetMs);
    this.#held = spec.hold === 0 ? undefined : holdConnections(context, spec.hold, startAt, prepared.use.hold);
  }

  /** Sends what is due; answers when the next request is, on the probe's clock, or undefined after the last. */
  sendDue(): number | undefined {
    for (const intended of this.#schedule.due(this.#options.deps.clock.now())) this.#shoot(intended);
    return this.#schedule.next();
  }

  /** No request is without an answer. */
  get quiet(): boolean {
    return this.#open.size === 0;
  }

  /** Counts since the last call; `toMs` is now. */
  window(toMs: number): TargetWindow {
    const { abrupt = 0, graceful = 0 } = this.#held?.report() ?? {};
    const held = { heldAbrupt: abrupt - this.#heldSeen.abrupt, heldTold: graceful - this.#heldSeen.graceful };
    this.#heldSeen = { abrupt, graceful };
    return { target: this.#prepared.target.name, ...this.recorder.takeWindow(toMs), ...held };
  }

  /** The record at the end, then closes everything; in this order, so that our own closing is not recorded. */
  finish(durationMs: number): TargetRecord {
    const lastAt = this.#schedule.last();
    const record: TargetRecord = {
      target: this.#prepared.target,
      addresses: this.#prepared.addresses,
      unfinished: this.#open.size,
      tally: this.recorder.total(),
      course: this.recorder.course(lastAt === undefined ? durationMs : lastAt - this.#options.startAt),
      latency: this.recorder.latency(),
      held: this.#held?.report(),
    };
    this.#held?.stop();
    const unanswered = [...this.#open];
    this.#open.clear();
    unanswered.forEach((abandon) => abandon());
    this.#client.close();
    return record;
  }

  /** Milliseconds since time zero. */
  #now(): number {
    return this.#options.deps.clock.now() - this.#options.startAt;
  }

  #shoot(intended: number): void {
    const { spec, deps, startAt, onQuiet } = this.#options;
    const shot = this.recorder.sent(intended - startAt, this.#now());
    if (this.#open.size >= spec.maxOutstanding) {
      const detail = `not sent: ${spec.maxOutstanding} requests without an answer`;
      return this.recorder.failed(shot, failure('backlog', detail));
    }
    let abandon = (): void => undefined;
    const abandonThis = (): void => {
      cancelDeadline();
      abandon();
    };
    const settle = (failed?: Failure): void => {
      // Deleting first makes every later word about this request void, also what abandoning it causes.
      if (!this.#open.delete(abandonThis)) return;
      cancelDeadline();
      if (failed) this.recorder.failed(shot, failed);
      else this.recorder.answered(shot, this.#now());
      if (this.quiet) onQuiet();
    };
    const cancelDeadline = setDeadline(deps.clock, spec.timeoutMs, () => {
      settle(failure('timeout', `no complete answer within ${spec.timeoutMs} ms`));
      abandon();
    });
    this.#open.add(abandonThis);
    try {
      abandon = this.#client.send(settle, () => this.recorder.resent());
    } catch (error) {
      settle(failureFromError(error));
    }
  }
}

function contextOf(target: ProbeTarget, { spec, deps }: LaneOptions): ProtocolContext {
  const { request, tls, connections, timeoutMs, holdIntervalMs } = spec;
  const context = { target, request, tls, connections, timeoutMs, holdIntervalMs, clock: deps.clock };
  return deps.lookup ? { ...context, lookup: deps.lookup } : context;
}
