/** Runs with faults drawn from a seed: of the API, of the cluster, of the process itself. */
import { seededRandom } from '../../sandbox/store/random.ts';
import type { Executed } from '../../src/engine/execute.ts';
import { apiFaults } from './api-faults.ts';
import { disturbances, type Disturbance } from './disturbances.ts';
import { shortHash } from './end-state.ts';
import { History, staleApi } from './stale.ts';
import { describeEnd, tell, type Disturb, type Leg, type StorySpec, type Told } from './story.ts';
import { unready } from './unready.ts';

/** What a seed stands for. */
export interface Weather {
  readonly seed: number;
  /** Names of what happens, for a person. */
  readonly what: readonly string[];
  readonly faults: number;
  /** Kills of the process, at these writes. */
  readonly kills: readonly number[];
  readonly staleShare: number;
  readonly unreadyShare: number;
  readonly disturbances: readonly Disturbance[];
}

/** Milliseconds from the beginning of a run for which it storms. */
const stormMs = 60_000;

/** Draws the weather of a seed: of every kind of fault some seeds have none. */
export function weatherOf(seed: number): Weather {
  const random = seededRandom(seed * 7919 + 13);
  const some = (share: number): boolean => random() < share;
  const faults = some(0.6) ? 0.01 + random() * 0.12 : 0;
  const kills = some(0.4) ? Array.from({ length: 1 + Math.floor(random() * 2) }, () => Math.ceil(random() * 180)) : [];
  const staleShare = some(0.3) ? random() * 0.3 : 0;
  const unreadyShare = some(0.2) ? random() : 0;
  const chosen = disturbances.filter(() => some(0.18));
  const what = [
    ...(faults > 0 ? [`${Math.round(faults * 100)} % of calls fail`] : []),
    ...kills.map((write) => `killed at write ${write}`),
    ...(staleShare > 0 ? [`${Math.round(staleShare * 100)} % of reads are stale`] : []),
    ...(unreadyShare > 0 ? [`${Math.round(unreadyShare * 100)} % of new pods are not ready for long`] : []),
    ...chosen.map(({ name }) => name),
  ];
  return { seed, what, faults, kills, staleShare, unreadyShare, disturbances: chosen };
}

/** How a seed went. */
export interface SeedResult {
  readonly weather: Weather;
  readonly told: Told;
  /** Empty: nothing that must hold was broken. */
  readonly problems: readonly string[];
  /** Same seed, same hash. */
  readonly hash: string;
}

/** Milliseconds from the beginning after which nothing is disturbed any more. */
const calmAfterMs = 450_000;

/** The last leg once more in calm weather: whatever was left undone is done then. */
function resumed(legs: readonly Leg[]): readonly Leg[] {
  const [last] = legs.slice(-1);
  return last === undefined ? [] : [...legs, last, { ...last, notBefore: calmAfterMs }];
}

/** Tells a story in the weather of a seed. */
export async function inWeather(spec: StorySpec, seed: number): Promise<SeedResult> {
  const weather = weatherOf(seed);
  const random = seededRandom(seed);
  const window = { from: Infinity, to: 0, share: weather.unreadyShare };
  let disturb: Disturb = () => null;
  const told = await tell(
    { ...spec, legs: resumed(spec.legs) },
    {
      seed,
      everyRead: weather.faults > 0 || weather.staleShare > 0,
      excused: excusedBy(weather),
      begin: (stage, plan) => {
        const now = stage.scheduler.now();
        window.from = now + random() * 20_000;
        window.to = window.from + random() * 400_000;
        const rates = { reads: weather.faults / 4, writes: weather.faults, until: now + stormMs };
        disturb = both(kills(weather.kills), apiFaults(random, stage.scheduler, rates));
        for (const one of weather.disturbances) one.begin(stage, plan, random);
      },
      disturb: (call, write, process) => disturb(call, write, process),
      api: ({ cluster, scheduler }) => {
        if (weather.staleShare === 0) return cluster.api;
        const history = new History(cluster.store, () => scheduler.now());
        const until = scheduler.now() + stormMs;
        const ageOf = (): number =>
          scheduler.now() < until && random() < weather.staleShare ? 500 + random() * 5000 : 0;
        return staleApi(cluster.api, history, { now: () => scheduler.now(), ageOf });
      },
      ...(weather.unreadyShare > 0 ? { runtime: unready(random, window) } : {}),
    },
  );
  return { weather, told, problems: problemsOf(weather, told), hash: hashOf(told) };
}

function excusedBy({ disturbances: chosen, unreadyShare, staleShare }: Weather) {
  const pods = unreadyShare > 0 || staleShare > 0 || chosen.some(({ excuses }) => excuses.pods === true);
  return { pods, istiods: chosen.some(({ excuses }) => excuses.istiods === true) };
}

function kills(writes: readonly number[]): Disturb {
  const left = new Set(writes);
  return (_call, number, process) => {
    if (!left.delete(number)) return null;
    return async (_again, go) => {
      if (number % 2 === 0) await go();
      process.kill();
      return new Promise(() => undefined);
    };
  };
}

function both(first: Disturb, second: Disturb): Disturb {
  return (call, write, process) => first(call, write, process) ?? second(call, write, process);
}

function problemsOf(weather: Weather, told: Told): readonly string[] {
  const broken = told.violations.map(({ invariant, what }) => `${invariant}: ${what}`);
  const last = told.executed.at(-1);
  const mayHalt = weather.disturbances.some(({ mayHalt: may }) => may === true);
  const fine = typeof last === 'object' && (last.outcome.end === 'finished' || (mayHalt && isHalted(last)));
  return fine ? broken : [...broken, `I8: in calm weather it ended ${describeEnd(last)}`];
}

function isHalted({ outcome }: Executed): boolean {
  return outcome.end === 'halted' || (outcome.end === 'stopped' && outcome.stop.kind === 'breach');
}

function hashOf(told: Told): string {
  return shortHash([
    told.writes.map(({ at, text }) => [at, text]),
    told.end,
    told.virtualSeconds,
    told.executed.map((one) => describeEnd(one)),
  ]);
}
