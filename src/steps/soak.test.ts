import { expect, it } from 'vitest';
import { quickClock } from '../engine/clock.test-helper.ts';
import { soak } from './soak.ts';
import type { Recalled, StepContext } from './step.ts';

async function soaked(earlier: Recalled | null): Promise<{ readonly ms: number; readonly left: unknown[] }> {
  const left: unknown[] = [];
  const clock = quickClock();
  const signal = new AbortController().signal;
  const rest = { clock, signal, note: () => undefined, recall: () => earlier };
  const context = { ...rest, evidence: (name: string, value: unknown) => left.push([name, value]) };
  // A soak uses nothing else of it.
  await soak.apply(context as unknown as StepContext, { kind: 'soak', seconds: 30 });
  return { ms: clock.now(), left };
}

it('is waited to its end once, and counts until something is written', async () => {
  expect(await soaked(null)).toEqual({ ms: 30_000, left: [['soaked seconds', 30]] });
  expect((await soaked({ value: 30, at: 0, undisturbed: true })).ms).toBe(0);
  expect((await soaked({ value: 30, at: 0, undisturbed: false })).ms).toBe(30_000);
  expect((await soaked({ value: 10, at: 0, undisturbed: true })).ms).toBe(30_000);
});
