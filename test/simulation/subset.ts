/** The part of the simulation that every broken variant is put through. */
import { crashPoints, crashed } from './crash.ts';
import { notAsPlanned } from './expected.ts';
import { hazards, inHazard } from './hazards.ts';
import { storyNamed } from './stories.ts';
import { describeEnd, tell, type StorySpec } from './story.ts';

/** One check: its name, and what it finds wrong. */
export interface Part {
  readonly name: string;
  readonly run: () => Promise<readonly string[]>;
}

/** Tells a story undisturbed and compares its end with the plan. */
export async function undisturbed(spec: StorySpec): Promise<readonly string[]> {
  const told = await tell(spec);
  const broken = told.violations.map(({ invariant, what }) => `${invariant}: ${what}`);
  const halted = told.executed.filter((one) => typeof one === 'string' || one.outcome.end === 'halted');
  return [...broken, ...halted.map((one) => `it ended ${describeEnd(one)}`), ...notAsPlanned(spec, told)];
}

function crashes(name: string, every: number): Part {
  const { spec } = storyNamed(name);
  return {
    name: `crashes of ${name}`,
    run: async () => {
      const whole = await tell(spec);
      for (const point of crashPoints(whole.writes.length, every, 1)) {
        const wrong = await crashed(spec, whole, point);
        const where = `${point.mode} write ${point.write} (${whole.writes[point.write - 1]?.text ?? ''})`;
        if (wrong.length > 0) return wrong.map((what) => `${where}: ${what}`);
      }
      return [];
    },
  };
}

/** Cheap ones first. */
export const subset: readonly Part[] = [
  ...['bookinfo/complete', 'bookinfo/whole-back', 'unrevisioned', 'workload-zoo/back'].map((name) => ({
    name,
    run: () => undisturbed(storyNamed(name).spec),
  })),
  ...hazards.map((hazard) => ({ name: hazard.name, run: () => inHazard(hazard) })),
  crashes('bookinfo', 25),
  crashes('bookinfo/rollout', 31),
  crashes('workload-zoo', 61),
];

/** Runs part after part until one finds something. @returns it, or null */
export async function firstProblem(): Promise<string | null> {
  for (const { name, run } of subset) {
    const found = await run().catch((error: unknown) => [String(error)]);
    if (found.length > 0) return `${name}: ${found[0] ?? ''}`;
  }
  return null;
}
