/** Counters by name and labels, as Prometheus prints them; one that never counted is absent. */
export class Counters {
  readonly #values = new Map<string, number>();

  /** Counts. `series` is the name with its labels, for example 'pilot_xds_pushes{type="cds"}'. */
  add(series: string, by = 1): void {
    this.#values.set(series, (this.#values.get(series) ?? 0) + by);
  }

  /** 0 when it never counted. */
  get(series: string): number {
    return this.#values.get(series) ?? 0;
  }

  /** All that ever counted. */
  all(): Iterable<readonly [series: string, value: number]> {
    return this.#values;
  }
}
