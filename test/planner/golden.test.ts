/**
 * The plans of the sandbox's scenarios, as a person reads them. A change of words is a change of these files:
 * GOLDEN=write npx vitest run test/planner writes them anew; then read them.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { Blocked } from '../../src/errors.ts';
import { planLines } from '../../src/planner/text.ts';
import { freeTags } from '../simulation/free-tags.ts';
import { planOn } from '../upgrade/plan.ts';
import { stage } from '../upgrade/world.ts';

const names = [
  ...['bookinfo', 'unrevisioned', 'in-place', 'mixed-labels', 'workload-zoo', 'rude', 'slow-requests'],
  'ambient',
];

async function mustRead(name: string, text: string): Promise<void> {
  const file = new URL(`./golden/${name}.txt`, import.meta.url);
  if (process.env['GOLDEN'] === 'write') await writeFile(file, text);
  expect(text).toBe(await readFile(file, 'utf8'));
}

describe('the plan of', () => {
  it.each(names)('%s reads as it was agreed', async (name) => {
    const plan = await planOn(await stage(name), '1.30.3');
    await mustRead(name, `${planLines(plan).join('\n')}\n`);
  });

  it('gateways is refused with what to do about its tags, and reads as it was agreed when that was done', async () => {
    const made = await stage('gateways');
    const refused = await planOn(made, '1.30.3').catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Blocked);
    const { message, remedy = '' } = refused as Blocked;
    await mustRead('gateways-refused', `${message}\n  ${remedy}\n`);

    freeTags(made, { release: 'istiod-1-28-6', version: '1.28.6', revision: '1-28-6', ambient: true });
    const plan = await planOn(made, '1.30.3');
    await mustRead('gateways', `${planLines(plan).join('\n')}\n`);
  });
});
