/** What the checks of family fitness say before a restart, against what the restart then loses. */
import { performance } from 'node:perf_hooks';
import { runBatch, type BatchResult, type Restarted } from './fitness/batch.ts';
import { deployments } from './fitness/deployments.ts';
import { connections, drains, longDrains, sets } from './fitness/others.ts';
import { scoreOf, shuffled, type Judged, type Score } from './fitness/score.ts';
import type { FitnessSpec } from './fitness/spec.ts';
import { runsOf, tableOfResults, type Result } from './fitness/table.ts';
import { info, promise, type Outcome, type Row } from './lib/report.ts';

const bounds = { recall: 1, precision: 0.95, specs: 40, seconds: 600 };
/** Together in one sandbox. */
const batchSize = 18;
/** Of each batch. Workloads whose runs differ are restarted once more, and most of their runs decide. */
const passes = 2;
/** Of a batch whose probes did not keep their schedule. */
const attempts = 3;

const all: readonly FitnessSpec[] = [...deployments, ...sets, ...drains, ...connections, ...longDrains];

function batchesOf(specs: readonly FitnessSpec[]): readonly (readonly FitnessSpec[])[] {
  const count = Math.ceil(specs.length / batchSize);
  const size = Math.ceil(specs.length / count);
  return Array.from({ length: count }, (_unused, at) => specs.slice(at * size, (at + 1) * size));
}

/** What all batches so far gave. */
interface Course {
  readonly restarted: Restarted[];
  /** Batches that had to be run again, and those of which no run was on schedule. */
  repeated: number;
  unmeasured: number;
}

async function runAll(course: Course, batches: readonly (readonly FitnessSpec[])[]): Promise<void> {
  const started = performance.now();
  for (const [at, batch] of batches.entries()) {
    const { result, tries } = await onSchedule(batch);
    course.restarted.push(...result.restarted);
    course.repeated += tries - 1;
    course.unmeasured += result.onSchedule ? 0 : 1;
    tell(at + 1, batches.length, (performance.now() - started) / 1000);
  }
}

async function onSchedule(
  batch: readonly FitnessSpec[],
): Promise<{ readonly result: BatchResult; readonly tries: number }> {
  for (let tries = 1; ; tries += 1) {
    const result = await runBatch(batch);
    if (result.onSchedule || tries === attempts) return { result, tries };
    process.stdout.write(`the probes did not keep their schedule:${result.late} again\n`);
  }
}

function tell(done: number, of: number, seconds: number): void {
  const left = Math.round((seconds / done) * (of - done));
  process.stdout.write(`batch ${done} of ${of} after ${Math.round(seconds)} s, about ${left} s left\n`);
}

function resultsOf(specs: readonly FitnessSpec[], restarted: readonly Restarted[]): readonly Result[] {
  return specs.map((spec) => {
    const own = restarted.filter((one) => one.spec.name === spec.name);
    const prediction = own[0]?.prediction;
    const renewed = runsOf(own.map((one) => one.renewed));
    if (prediction === undefined || renewed === null) throw new Error(`${spec.name} was not restarted`);
    const rolled = runsOf(own.map((one) => one.rolled).filter((loss) => loss !== null));
    return { spec, prediction, rolled, renewed };
  });
}

/** Those whose runs do not agree. */
function divided(results: readonly Result[]): readonly FitnessSpec[] {
  return results.filter(({ rolled, renewed }) => !renewed.agreed || rolled?.agreed === false).map(({ spec }) => spec);
}

const percent = (share: number) => (Number.isNaN(share) ? 'none' : `${(share * 100).toFixed(1)} %`);
const named = (names: readonly string[]) => (names.length === 0 ? '' : ` (${names.join(', ')})`);

function scoreRows(what: string, { recall, precision, missed, falseAlarms }: Score): readonly Row[] {
  return [
    promise(`${what}: recall`, `${percent(recall)}${named(missed)}`, '= 100 %', recall >= bounds.recall),
    promise(
      `${what}: precision`,
      `${percent(precision)}${named(falseAlarms)}`,
      `>= ${percent(bounds.precision)}`,
      precision >= bounds.precision,
    ),
  ];
}

/** Both bounds are missed by predictions that belong to other workloads, and one by those that say always the same. */
function controlRows(cases: readonly Judged[]): readonly Row[] {
  const other = scoreOf(shuffled(cases));
  const [always, never] = [true, false].map((predicted) => scoreOf(cases.map((one) => ({ ...one, predicted }))));
  const missesOf = (score: Score | undefined) =>
    score === undefined || !(score.recall >= bounds.recall) || !(score.precision >= bounds.precision);
  const both = (score: Score | undefined) => `${percent(score?.recall ?? NaN)}, ${percent(score?.precision ?? NaN)}`;
  return [
    promise(
      'control: predictions of other workloads',
      both(other),
      'misses both bounds',
      other.recall < bounds.recall && other.precision < bounds.precision,
    ),
    promise(
      'control: always "lost"; never',
      `${both(always)}; ${both(never)}`,
      'each misses one',
      missesOf(always) && missesOf(never),
    ),
  ];
}

function judgedOf(results: readonly Result[]): {
  readonly renewed: readonly Judged[];
  readonly rolled: readonly Judged[];
} {
  return {
    renewed: results.map(({ spec, prediction, renewed }) => ({
      ...{ name: spec.name, predicted: prediction.findings.length > 0, lost: renewed.lost },
    })),
    rolled: results.flatMap(({ spec, prediction, rolled }) =>
      rolled === null ? [] : [{ name: spec.name, predicted: prediction.rollingFindings.length > 0, lost: rolled.lost }],
    ),
  };
}

/** Restarts every workload twice, in both ways, each time in a new sandbox. */
export async function fitness(quick: boolean): Promise<Outcome> {
  const started = performance.now();
  const specs = quick ? all.filter((_spec, at) => at % 4 === 0) : all;
  const batches = Array.from({ length: quick ? 1 : passes }, () => batchesOf(specs)).flat();
  const course: Course = { restarted: [], repeated: 0, unmeasured: 0 };
  await runAll(course, batches);
  const differing = divided(resultsOf(specs, course.restarted));
  await runAll(course, differing.length === 0 ? [] : batchesOf(differing));
  const { restarted, repeated, unmeasured } = course;
  const results = resultsOf(specs, restarted);
  process.stdout.write(`\n${tableOfResults(results)}\n\n`);
  const { renewed, rolled } = judgedOf(results);
  const losing = (cases: readonly Judged[]) => `${cases.filter(({ lost }) => lost).length} of ${cases.length}`;
  const seconds = (performance.now() - started) / 1000;
  const rows = [
    promise('workloads', String(specs.length), `>= ${bounds.specs}`, quick || specs.length >= bounds.specs),
    info('that lose: rolled; renewed as meshlift does', `${losing(rolled)}; ${losing(renewed)}`),
    info('restarted once more, because two runs differed', differing.map(({ name }) => name).join(', ') || 'none'),
    ...scoreRows('renewed as meshlift does', scoreOf(renewed)),
    ...scoreRows('rolled by anybody', scoreOf(rolled)),
    ...controlRows(renewed),
    promise('batches off schedule in every attempt', `${unmeasured}; repeated ${repeated}`, '= 0', unmeasured === 0),
    promise('time, s', seconds.toFixed(0), `<= ${bounds.seconds}`, seconds <= bounds.seconds),
  ];
  return { rows, raw: { bounds, results, restarted } };
}
