import type { Cancel, Scheduler } from '../../clock/scheduler.ts';

/** When an application answers: after its latency, and not while it is frozen. Counts what is under way. */
export class Pace {
  readonly #scheduler: Scheduler;
  readonly #timers = new Set<Cancel>();
  #held: (() => void)[] = [];
  #frozen = false;
  #underWay = 0;
  #onIdle: () => void = () => undefined;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** Gives one answer in `ms`, later when frozen. What is returned takes it back, as when the client has left. */
  answer(ms: number, give: () => void): Cancel {
    this.#underWay += 1;
    let settled = false;
    const settle = () => {
      if (settled) return;
      settled = true;
      this.#timers.delete(cancel);
      this.#underWay -= 1;
      if (this.#underWay === 0) this.#onIdle();
    };
    const finish = () => {
      if (settled) return;
      give();
      settle();
    };
    const cancelTimer = this.#scheduler.after(ms, () => (this.#frozen ? void this.#held.push(finish) : finish()));
    const cancel = () => {
      cancelTimer();
      settle();
    };
    this.#timers.add(cancel);
    return cancel;
  }

  /** No answer is given until `thaw`. */
  freeze(): void {
    this.#frozen = true;
  }

  /** Gives what was held back, in its order, and goes on. */
  thaw(): void {
    this.#frozen = false;
    for (const finish of this.#held.splice(0)) finish();
  }

  /** Calls back as soon as nothing is under way; at once when nothing is. */
  whenIdle(then: () => void): void {
    if (this.#underWay === 0) return then();
    this.#onIdle = () => {
      this.#onIdle = () => undefined;
      then();
    };
  }

  /** Takes everything back: the process is gone. */
  stop(): void {
    this.#onIdle = () => undefined;
    this.#held = [];
    for (const cancel of [...this.#timers]) cancel();
  }
}
