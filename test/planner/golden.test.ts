/**
 * The plans of the sandbox's scenarios, as a person reads them. A change of words is a change of these files:
 * GOLDEN=write npx vitest run test/planner writes them anew; then read them.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { planLines } from '../../src/planner/text.ts';
import { planOn } from '../upgrade/plan.ts';
import { stage } from '../upgrade/world.ts';

const names = [
  ...['bookinfo', 'unrevisioned', 'in-place', 'mixed-labels', 'workload-zoo', 'gateways', 'rude', 'slow-requests'],
  'ambient',
];

describe('the plan of', () => {
  it.each(names)('%s reads as it was agreed', async (name) => {
    const plan = await planOn(await stage(name), '1.30.3');
    const text = `${planLines(plan).join('\n')}\n`;
    const file = new URL(`./golden/${name}.txt`, import.meta.url);
    if (process.env['GOLDEN'] === 'write') await writeFile(file, text);
    expect(text).toBe(await readFile(file, 'utf8'));
  });
});
