/** How good predictions are. */

/** One workload: what was said, and what came. */
export interface Judged {
  readonly name: string;
  readonly predicted: boolean;
  readonly lost: boolean;
}

/** Counts of a set of predictions. */
export interface Score {
  /** Said, and did not come; by name. */
  readonly falseAlarms: readonly string[];
  /** Came, and was not said; by name. */
  readonly missed: readonly string[];
  /** Share of the losses that were said; NaN without losses. */
  readonly recall: number;
  /** Share of what was said that came; NaN when nothing was said. */
  readonly precision: number;
}

/** Counts. */
export function scoreOf(cases: readonly Judged[]): Score {
  const names = (predicted: boolean, lost: boolean) =>
    cases.filter((one) => one.predicted === predicted && one.lost === lost).map(({ name }) => name);
  const [hits, falseAlarms, missed] = [names(true, true), names(true, false), names(false, true)];
  return {
    ...{ falseAlarms, missed },
    recall: hits.length / (hits.length + missed.length),
    precision: hits.length / (hits.length + falseAlarms.length),
  };
}

/** The same predictions given to other workloads: each to the one that is half the table away. */
export function shuffled(cases: readonly Judged[]): readonly Judged[] {
  const away = Math.ceil(cases.length / 2);
  return cases.map((one, at) => ({ ...one, predicted: cases[(at + away) % cases.length]?.predicted ?? false }));
}
