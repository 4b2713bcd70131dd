/** The whole simulation as a list of single tasks, each of which a line of text names: any process can do any of them. */
import { crashed, crashModes, crashPoints, type CrashMode } from './crash.ts';
import { hazards, inHazard } from './hazards.ts';
import { inWeather } from './seeds.ts';
import { stories, storyNamed } from './stories.ts';
import { tell, type Told } from './story.ts';
import { undisturbed } from './undisturbed.ts';

/** Which tasks. */
export interface Choice {
  /** Names of stories; all when left out. */
  readonly scenarios?: readonly string[];
  readonly seeds: number;
  /** First seed. */
  readonly from: number;
}

/** Stories that are told in the weather of seeds, and how many of a hundred seeds go to each. */
const seeded: readonly (readonly [string, number])[] = [
  ['bookinfo', 40],
  ['bookinfo/back', 20],
  ['mixed-labels', 15],
  ['workload-zoo', 15],
  ['unrevisioned/back', 10],
];

/**
 * All tasks of a choice: 'end STORY', 'crash STORY MODE WRITE', 'hazard NAME', 'seed STORY SEED'.
 * Throws when a scenario has no story: a run without tasks would look like one that found nothing.
 */
export async function tasksOf({ scenarios, seeds, from }: Choice): Promise<readonly string[]> {
  for (const name of scenarios ?? []) storyNamed(name);
  const chosen = stories.filter(({ name }) => scenarios === undefined || scenarios.includes(name));
  const crashes: string[] = [];
  for (const { name, spec, every } of chosen) {
    const { writes } = await tell(spec);
    crashes.push(
      `end ${name}`,
      ...crashPoints(writes.length, every).map((point) => `crash ${name} ${point.mode} ${point.write}`),
    );
  }
  const weathers = Array.from({ length: seeds }, (_none, index) => {
    const seed = from + index;
    return `seed ${scenarios?.[0] ?? storyOf(seed)} ${seed}`;
  });
  const all = scenarios === undefined ? hazards.map(({ name }) => `hazard ${name}`) : [];
  return [...all, ...crashes, ...weathers];
}

function storyOf(seed: number): string {
  let left = seed % 100;
  for (const [name, share] of seeded) {
    if (left < share) return name;
    left -= share;
  }
  return 'bookinfo';
}

/** Does tasks one after the other; remembers how stories end undisturbed. */
export class Worker {
  readonly #whole = new Map<string, Told>();

  /** @returns what is wrong; empty: nothing */
  async run(task: string): Promise<readonly string[]> {
    const [kind = '', ...rest] = task.split(' ');
    try {
      return await this.#run(kind, rest);
    } catch (error) {
      return [`it threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`];
    }
  }

  async #run(kind: string, rest: readonly string[]): Promise<readonly string[]> {
    const [name = '', second = '', third = ''] = rest;
    if (kind === 'end') return undisturbed(storyNamed(name).spec);
    if (kind === 'crash')
      return crashed(storyNamed(name).spec, await this.#wholeOf(name), {
        mode: modeNamed(second),
        write: Number(third),
      });
    if (kind === 'seed') return this.#seed(name, Number(second));
    const hazard = hazards.find((one) => one.name === rest.join(' '));
    if (kind !== 'hazard' || hazard === undefined) throw new Error(`no such task: ${kind} ${rest.join(' ')}`);
    return inHazard(hazard);
  }

  /** Every fiftieth seed twice: the same must come of it. */
  async #seed(name: string, seed: number): Promise<readonly string[]> {
    const { spec } = storyNamed(name);
    const { problems, weather, hash } = await inWeather(spec, seed);
    const said = problems.map((problem) => `${problem} [${weather.what.join('; ') || 'calm'}]`);
    const again = seed % 50 === 0 ? (await inWeather(spec, seed)).hash : hash;
    return again === hash ? said : [...said, `the same seed gave traces ${hash} and ${again}`];
  }

  async #wholeOf(name: string): Promise<Told> {
    const known = this.#whole.get(name) ?? (await tell(storyNamed(name).spec));
    this.#whole.set(name, known);
    return known;
  }
}

function modeNamed(name: string): CrashMode {
  const found = crashModes.find((mode) => mode === name);
  if (found === undefined) throw new Error(`no way to crash is called ${name}`);
  return found;
}
