import { lowerBound, type Term } from '../src/waves/bound.ts';
import { chooseStarts } from '../src/waves/schedule.ts';
import type { WaveLimits, WaveTask } from '../src/waves/task.ts';
import { info, promise, type Outcome, type Row } from './lib/report.ts';
import { median } from './lib/stats.ts';
import { fleet, misjudged } from './waves/fleet.ts';
import { firstInFirstOut, oneAtATime, shortestFirst, wavesOf } from './waves/peers.ts';
import { play, type Chooser, type Played } from './waves/world.ts';

const bounds = { exact: 1.1, misjudged: 1.15 };

/** Deployments, surge pods, pod starts a second. */
const fleets = [
  [200, 20, 25],
  [200, 100, 25],
  [1000, 100, 25],
  [1000, 500, 25],
  [2000, 500, 25],
] as const;

const peers: Readonly<Record<string, () => Chooser>> = {
  'one at a time': () => oneAtATime,
  'waves of 50': () => wavesOf(50),
  'first in, first out': () => firstInFirstOut,
  'shortest first': () => shortestFirst,
};

/** One run, and how often its time is the bound. */
interface Run extends Played {
  readonly fleet: string;
  readonly seed: number;
  readonly way: string;
  readonly bound: number;
  readonly binding: Term;
  readonly ratio: number;
}

interface Question {
  readonly fleet: string;
  readonly seed: number;
  readonly way: string;
  readonly limits: WaveLimits;
  readonly truth: readonly WaveTask[];
  readonly known: readonly WaveTask[];
}

function ask(question: Question, choose: Chooser): Run {
  const { fleet: name, seed, way, limits, truth, known } = question;
  const { seconds: bound, binding } = lowerBound(truth, limits);
  const played = play(truth, known, limits, choose);
  return { fleet: name, seed, way, bound, binding, ratio: played.seconds / bound, ...played };
}

function runsOf([deployments, surgePods, startsPerSecond]: (typeof fleets)[number], seed: number): readonly Run[] {
  const limits: WaveLimits = { surgePods, startsPerSecond, maxWorkloads: deployments };
  const truth = fleet(deployments, seed);
  const base = { fleet: `${deployments}, ${surgePods}, ${startsPerSecond}`, seed, limits, truth, known: truth };
  return [
    ask({ ...base, way: 'meshlift' }, chooseStarts),
    ask({ ...base, way: 'meshlift, estimates off by 2', known: misjudged(truth, seed) }, chooseStarts),
    ...Object.entries(peers).map(([way, make]) => ask({ ...base, way }, make())),
  ];
}

/** Time to renew whole fleets against the lower bound, beside simpler ways. */
export function waves(quick: boolean): Promise<Outcome> {
  const seeds = quick ? [1] : [1, 2, 3, 4, 5];
  const chosen = quick ? fleets.slice(0, 2) : fleets;
  const runs = chosen.flatMap((one) => seeds.flatMap((seed) => runsOf(one, seed)));
  const of = (way: string) => runs.filter((run) => run.way === way);
  const worst = (way: string) => Math.max(...of(way).map(({ ratio }) => ratio));
  const off = 'meshlift, estimates off by 2';
  const own = [...of('meshlift'), ...of(off)];
  const over = Math.max(...own.map((run) => run.peakSurge - Number(run.fleet.split(', ')[1])));
  const rows: Row[] = [
    ...chosen.map(([deployments, surge, rate]) => fleetRow(`${deployments}, ${surge}, ${rate}`, runs)),
    limited('worst against the bound', worst('meshlift'), bounds.exact),
    limited('estimates off by 2: worst fleet, mean of its seeds', worstMean(of(off)), bounds.misjudged),
    info('estimates off by 2: worst single run', `${worst(off).toFixed(3)} times`),
    promise('surge pods above the limit', `${over}`, '<= 0', over <= 0),
    // Were the bound or the world too kind, the worst order would look good as well.
    promise(
      'control: shortest first, worst',
      `${worst('shortest first').toFixed(2)} times`,
      `> ${bounds.exact}`,
      worst('shortest first') > bounds.exact,
    ),
  ];
  return Promise.resolve({ rows, raw: { bounds, runs } });
}

function worstMean(runs: readonly Run[]): number {
  const means = [...new Set(runs.map((run) => run.fleet))].map((name) => {
    const ratios = runs.filter((run) => run.fleet === name).map(({ ratio }) => ratio);
    return ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
  });
  return Math.max(...means);
}

function limited(measure: string, ratio: number, bound: number): Row {
  return promise(measure, `${ratio.toFixed(3)} times`, `<= ${bound}`, ratio <= bound);
}

/** Medians over the seeds. */
function fleetRow(name: string, runs: readonly Run[]): Row {
  const here = runs.filter((run) => run.fleet === name);
  const ways = [...new Set(here.map(({ way }) => way))];
  const times = ways.map((way) => {
    const ratios = here.filter((run) => run.way === way).map(({ ratio }) => ratio);
    return `${way} ${median(ratios).toFixed(2)}`;
  });
  const terms = [...new Set(here.map(({ binding }) => binding))].join(' or ');
  const seconds = median(here.map(({ bound }) => bound)).toFixed(0);
  return info(`${name}: bound ${seconds} s by ${terms}`, times.join('; '));
}
