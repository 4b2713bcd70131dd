/** Something to be done at a time; `action` is taken away when it is cancelled. */
export interface Timer {
  readonly time: number;
  /** Decides between timers of the same time. */
  readonly order: number;
  action: (() => void) | undefined;
}

const before = (a: Timer, b: Timer) => a.time < b.time || (a.time === b.time && a.order < b.order);

/** Timers, earliest first (a binary heap). */
export class TimerHeap {
  readonly #timers: Timer[] = [];

  /** The earliest timer. */
  peek(): Timer | undefined {
    return this.#timers[0];
  }

  push(timer: Timer): void {
    let index = this.#timers.push(timer) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = this.#timers[parent];
      if (!above || before(above, timer)) break;
      this.#timers[index] = above;
      index = parent;
    }
    this.#timers[index] = timer;
  }

  /** Takes the earliest timer out. */
  pop(): Timer | undefined {
    const first = this.#timers[0];
    const last = this.#timers.pop();
    if (last && last !== first) this.#sink(last);
    return first;
  }

  #sink(timer: Timer): void {
    let index = 0;
    for (;;) {
      const child = this.#earlierChild(index);
      const below = this.#timers[child];
      if (!below || before(timer, below)) break;
      this.#timers[index] = below;
      index = child;
    }
    this.#timers[index] = timer;
  }

  #earlierChild(index: number): number {
    const left = this.#timers[2 * index + 1];
    const right = this.#timers[2 * index + 2];
    return left && right && before(right, left) ? 2 * index + 2 : 2 * index + 1;
  }
}
