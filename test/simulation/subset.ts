/** The part of the simulation that every broken variant is put through. */
import { crashPoints, crashed } from './crash.ts';
import { hazards, inHazard } from './hazards.ts';
import { storyNamed } from './stories.ts';
import { tell } from './story.ts';
import { Worker } from './tasks.ts';
import { undisturbed } from './undisturbed.ts';

/** One check: its name, and what it finds wrong. */
export interface Part {
  readonly name: string;
  readonly run: () => Promise<readonly string[]>;
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

/** Tasks that have found something, and what it was. */
export const foundOnce = [
  ['crash gateways before 81', 'a label that a later step has replaced is written again by a resume'],
  ['seed bookinfo/back 250', 'a control plane goes while the namespace of its proof is still ending'],
  ['seed unrevisioned/back 96', 'an istiod goes while a write is on its way'],
] as const;

/** Cheap ones first. */
export const subset: readonly Part[] = [
  ...['bookinfo/complete', 'bookinfo/whole-back', 'unrevisioned', 'workload-zoo/back'].map((name) => ({
    name,
    run: () => undisturbed(storyNamed(name).spec),
  })),
  ...foundOnce.map(([name]) => ({ name, run: () => new Worker().run(name) })),
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
