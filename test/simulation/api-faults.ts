/** Failures of the API server and of the network to it. */
import { Conflict, Transient } from '../../src/errors.ts';
import type { Random } from '../../sandbox/store/random.ts';
import type { VirtualScheduler } from '../../sandbox/clock/virtual.ts';
import type { ApiCall, Interposer } from '../upgrade/interpose.ts';
import { clockOf } from '../upgrade/world.ts';
import { isOwn } from './oracle/ledger.ts';
import type { Disturb } from './story.ts';

/** How often calls fail. */
export interface FaultRates {
  /** Share of reads and of writes, 0 to 1. */
  readonly reads: number;
  readonly writes: number;
  /** Milliseconds since 1970 after which nothing fails any more. */
  readonly until: number;
}

type Fault = (call: ApiCall, scheduler: VirtualScheduler) => Interposer;

const failed = (message: string, details: { status?: number; retryAfterSeconds?: number } = {}): Fault => {
  return (call) => () =>
    Promise.reject(new Transient(`${call.verb} ${call.resource} ${call.name}: ${message}`, details));
};

const tooMany = failed('429 too many requests', { status: 429, retryAfterSeconds: 2 });
const broken = failed('500 internal error', { status: 500 });
const reset = failed('ECONNRESET');

/** No answer in 10 s, and no effect. */
const timedOut: Fault = (call, scheduler) => async () => {
  await clockOf(scheduler).sleep(10_000);
  throw new Transient(`${call.verb} ${call.resource} ${call.name}: no answer in 10 s`);
};

/** It takes effect, and the answer is lost. */
const lost: Fault = (call) => async (_call, go) => {
  await go();
  throw new Transient(`${call.verb} ${call.resource} ${call.name}: the connection was reset after it was sent`);
};

/**
 * Somebody else was faster. Never said of the run's own objects, where it would be no fault but another run, nor of what is
 * made, which it would be said to exist.
 */
const conflict: Fault = (call, scheduler) =>
  isOwn(call) || call.verb === 'create'
    ? broken(call, scheduler)
    : () =>
        Promise.reject(new Conflict(`${call.resource} ${call.name}: the object has been modified`, { status: 409 }));

const ofReads: readonly Fault[] = [tooMany, broken, reset, timedOut];
const ofWrites: readonly Fault[] = [tooMany, broken, reset, timedOut, lost, lost, conflict];

/** Lets calls fail at random. */
export function apiFaults(random: Random, scheduler: VirtualScheduler, rates: FaultRates): Disturb {
  return (call) => {
    if (scheduler.now() >= rates.until) return null;
    const [share, faults] = call.writes ? [rates.writes, ofWrites] : [rates.reads, ofReads];
    if (random() >= share) return null;
    return faults[Math.floor(random() * faults.length)]?.(call, scheduler) ?? null;
  };
}
