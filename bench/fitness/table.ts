/** The workloads with what they lost and what was said, for a person. */
import type { Loss } from './load.ts';
import type { Prediction } from './predict.ts';
import type { FitnessSpec } from './spec.ts';

/** All runs of a workload in one way. */
export interface Runs {
  /** Whether it lost something in most of them. */
  readonly lost: boolean;
  /** Whether they all said the same. */
  readonly agreed: boolean;
  /** The worst of those that say what most say. */
  readonly worst: Loss;
}

/** One workload after all its runs. */
export interface Result {
  readonly spec: FitnessSpec;
  readonly prediction: Prediction;
  /** Rolling restarts; null when its controller does not roll it. */
  readonly rolled: Runs | null;
  /** Renewals by meshlift's way. */
  readonly renewed: Runs;
}

const amount = ({ failed, cut }: Loss): number => failed + cut;

/** What several runs say together; null without one. An even number that is divided counts as lost. */
export function runsOf(losses: readonly Loss[]): Runs | null {
  const losing = losses.filter((loss) => amount(loss) > 0);
  const clean = losses.filter((loss) => amount(loss) === 0);
  const lost = losing.length > 0 && losing.length >= clean.length;
  const [worst] = (lost ? losing : clean).toSorted((one, other) => amount(other) - amount(one));
  return worst === undefined ? null : { lost, agreed: losing.length === 0 || clean.length === 0, worst };
}

function words(runs: Runs | null): string {
  if (runs === null) return '-';
  const { sent, failed, cut } = runs.worst;
  return `${failed} of ${sent}${cut === 0 ? '' : `, ${cut} cut`}${runs.agreed ? '' : ' (runs differ)'}`;
}

function verdict(lost: boolean, predicted: boolean): string {
  if (lost === predicted) return 'right';
  return lost ? 'MISSED' : 'FALSE ALARM';
}

const header = ['workload', 'rolled: lost', 'said', 'verdict', 'renewed by', 'lost', 'said', 'verdict'];

function line({ spec, prediction, rolled, renewed }: Result): string[] {
  const { findings, rollingFindings, way } = prediction;
  return [
    spec.name,
    words(rolled),
    rollingFindings.join(' '),
    rolled === null ? '' : verdict(rolled.lost, rollingFindings.length > 0),
    way,
    words(renewed),
    findings.join(' '),
    verdict(renewed.lost, findings.length > 0),
  ];
}

/** A line for each workload, in their order. */
export function tableOfResults(results: readonly Result[]): string {
  const lines = [header, ...results.map(line)];
  const widths = header.map((_name, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  return lines
    .map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
