import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { crashed, crashPoints } from './crash.ts';
import { hazards, inHazard } from './hazards.ts';
import { mutants } from './mutant-list.ts';
import { notApplicable } from './mutate.ts';
import { inWeather } from './seeds.ts';
import { storyNamed } from './stories.ts';
import { tell } from './story.ts';
import { foundOnce } from './subset.ts';
import { Worker } from './tasks.ts';
import { undisturbed } from './undisturbed.ts';

const slow = 120_000;

describe('a run in which nothing happens', () => {
  for (const name of ['bookinfo/complete', 'bookinfo/whole-back', 'mixed-labels/back', 'workload-zoo']) {
    it(`ends as its plan says: ${name}`, { timeout: slow }, async () => {
      expect(await undisturbed(storyNamed(name).spec)).toEqual([]);
    });
  }
});

describe('a crash', () => {
  // An odd step that is no multiple of three goes through all ways to crash; the whole of it is `npm run simulate`.
  for (const [name, every, offset] of [
    ['bookinfo', 67, 3],
    ['bookinfo/back', 97, 20],
    ['bookinfo/rollout', 97, 50],
    ['workload-zoo', 127, 30],
  ] as const) {
    it(`changes nothing of the end, and restarts nothing twice: ${name}`, { timeout: slow }, async () => {
      const { spec } = storyNamed(name);
      const whole = await tell(spec);
      for (const point of crashPoints(whole.writes.length, every, offset))
        expect([point, await crashed(spec, whole, point)]).toEqual([point, []]);
    });
  }
});

describe('where a run must not simply go on', () => {
  const chosen = ['cannot work together', 'is away when', 'pause', 'say what was rejected', 'somebody else takes'];
  for (const hazard of hazards.filter(({ name }) => chosen.some((part) => name.includes(part)))) {
    it(hazard.name, { timeout: slow }, async () => {
      expect(await inHazard(hazard)).toEqual([]);
    });
  }
});

describe('faults drawn from a seed', () => {
  it('break nothing that must hold, and the same seed leaves the same trace', { timeout: slow }, async () => {
    const { spec } = storyNamed('bookinfo');
    const first = await inWeather(spec, 21);
    expect(first.problems).toEqual([]);
    expect((await inWeather(spec, 21)).hash).toBe(first.hash);
    const other = await inWeather(spec, 13);
    expect(other.problems).toEqual([]);
    expect(other.hash).not.toBe(first.hash);
  });
});

describe('what was found once', () => {
  for (const [task, what] of foundOnce) {
    it(`is mended: ${what}`, { timeout: slow }, async () => {
      expect(await new Worker().run(task)).toEqual([]);
    });
  }
});

it('every broken variant still fits the source', () => {
  expect(notApplicable(fileURLToPath(new URL('../..', import.meta.url)), mutants)).toEqual([]);
});
