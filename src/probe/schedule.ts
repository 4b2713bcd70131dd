import { LATE_MS } from './clock.ts';

/** The fixed times at which one target is asked: they depend on nothing but the start and the rate. */
export interface Schedule {
  /** Intended times up to and including `now` that were not handed out yet, oldest first. */
  due(now: number): number[];
  /** The next intended time; undefined when all were handed out. */
  next(): number | undefined;
  /** The last intended time that was handed out; undefined before the first. */
  last(): number | undefined;
}

/** What a schedule is made of; times in milliseconds of the probe's clock. */
export interface ScheduleOptions {
  readonly startAt: number;
  readonly ratePerSecond: number;
  /** Infinity for one that ends only when it is no longer asked. */
  readonly durationMs: number;
}

/** Times `startAt + k / rate` for every k below `rate * duration`; computed from k each time, so no error adds up. */
export function createSchedule(options: ScheduleOptions): Schedule {
  const count = Math.max(1, Math.round((options.durationMs * options.ratePerSecond) / 1000));
  const timeOf = (index: number): number => options.startAt + (index * 1000) / options.ratePerSecond;
  let given = 0;
  return {
    due: (now) => {
      const times: number[] = [];
      for (; given < count && timeOf(given) <= now; given += 1) times.push(timeOf(given));
      return times;
    },
    next: () => (given < count ? timeOf(given) : undefined),
    last: () => (given === 0 ? undefined : timeOf(given - 1)),
  };
}

/** How well the sender kept its own schedule. None of it is the server's doing. */
export interface SenderTally {
  /** Sends handed out by the schedule. */
  readonly scheduled: number;
  /** Sends that left more than 20 ms after their time. */
  readonly senderLate: number;
  /** The worst delay of a send, in milliseconds. */
  readonly maxLateMs: number;
  /** Sends that this machine could not make: no file descriptor, no free port, no memory. */
  readonly localErrors: number;
  /** Share (0 to 1) sent within 20 ms of schedule; 0 when nothing was scheduled. */
  readonly onScheduleShare: number;
}

/** Accounts for the drift between the schedule and the sender. */
export class DriftAccount {
  #scheduled = 0;
  #late = 0;
  #maxLateMs = 0;
  #localErrors = 0;

  /** Notes one send and answers whether it was late. */
  sent(intendedAt: number, sentAt: number): boolean {
    const lateness = sentAt - intendedAt;
    this.#scheduled += 1;
    this.#maxLateMs = Math.max(this.#maxLateMs, lateness);
    if (lateness <= LATE_MS) return false;
    this.#late += 1;
    return true;
  }

  /** Notes that a send could not be made for want of something on this machine. */
  localError(): void {
    this.#localErrors += 1;
  }

  /** The account so far. */
  tally(): SenderTally {
    const kept = Math.max(0, this.#scheduled - this.#late - this.#localErrors);
    return {
      scheduled: this.#scheduled,
      senderLate: this.#late,
      maxLateMs: this.#maxLateMs,
      localErrors: this.#localErrors,
      onScheduleShare: this.#scheduled === 0 ? 0 : kept / this.#scheduled,
    };
  }
}

/** Adds the accounts of several targets. */
export function sumSenders(tallies: readonly SenderTally[]): SenderTally {
  const sum = (pick: (tally: SenderTally) => number): number =>
    tallies.reduce((total, tally) => total + pick(tally), 0);
  const scheduled = sum((tally) => tally.scheduled);
  return {
    scheduled,
    senderLate: sum((tally) => tally.senderLate),
    maxLateMs: Math.max(0, ...tallies.map((tally) => tally.maxLateMs)),
    localErrors: sum((tally) => tally.localErrors),
    onScheduleShare: scheduled === 0 ? 0 : sum((tally) => tally.onScheduleShare * tally.scheduled) / scheduled,
  };
}
