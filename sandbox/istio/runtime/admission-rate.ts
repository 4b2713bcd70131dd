/** Why a stream must wait, or that it may not come in. */
export type Admittance =
  | { readonly kind: 'admitted'; readonly afterMs: number }
  /** istiod lets a stream wait for a second, then refuses it with RESOURCE_EXHAUSTED. */
  | { readonly kind: 'refused' };

const longestWaitMs = 1000;

/** New xDS streams that an istiod with so many cores takes in a second: PILOT_MAX_REQUESTS_PER_SECOND left alone. */
export function streamsPerSecond(cpus: number): number {
  return Math.min(15 + 5 * cpus, 100);
}

/** Lets in so many streams a second, one after the other. */
export class AdmissionRate {
  readonly #gapMs: number;
  #next = 0;

  constructor(perSecond: number) {
    this.#gapMs = 1000 / perSecond;
  }

  /** Takes a place for a stream that comes now (milliseconds). A refused stream takes none. */
  admit(now: number): Admittance {
    const time = Math.max(this.#next, now);
    if (time - now > longestWaitMs) return { kind: 'refused' };
    this.#next = time + this.#gapMs;
    return { kind: 'admitted', afterMs: time - now };
  }
}
