import { describe, expect, it } from 'vitest';
import { stepKindOf } from '../../src/steps/kinds.ts';
import { cases, summary, type Case } from './cases.ts';
import { labOf, mustJudge, type Lab } from './lab.ts';

async function started({ scenario, before }: Case): Promise<Lab> {
  const lab = await labOf(scenario);
  for (const spec of before) await lab.apply(spec);
  lab.writes.length = 0;
  lab.dryRuns.length = 0;
  lab.clock.advance(5000);
  lab.watch = () => mustJudge(lab);
  return lab;
}

/** Lets pods of gateways and removed control planes follow. */
async function untilPassed(lab: Lab, spec: Case['spec']) {
  for (let seconds = 0; seconds < 120; seconds += 5) {
    const verdict = await lab.verify(spec);
    if (verdict.state !== 'waiting') return verdict;
    lab.clock.advance(5000);
  }
  return lab.verify(spec);
}

describe.each(cases)('$name', (one) => {
  it('is applied, seen as done, verified, and changes nothing when it is applied again', async () => {
    const lab = await started(one);
    expect(await lab.observe(one.spec)).toEqual({ state: 'ready' });
    await lab.apply(one.spec);
    expect(await untilPassed(lab, one.spec)).toEqual({ state: 'passed' });
    expect(await lab.observe(one.spec)).toEqual({ state: 'done' });
    const after = await summary(lab);
    lab.writes.length = 0;
    await lab.apply(one.spec);
    expect(lab.writes).toEqual([]);
    expect(await summary(lab)).toEqual(after);
  });

  it('writes what it said that it would', async () => {
    const lab = await started(one);
    await lab.apply(one.spec);
    const said = stepKindOf(one.spec).writes(one.spec);
    const byTool = said.some(({ verb }) => verb === 'tool');
    const own = lab.writes.filter((write) => !(byTool && write.includes('Installation ')));
    const names = said.map(({ namespace, name }) => (namespace === '' ? name : `${namespace}/${name}`));
    for (const write of [...own, ...lab.dryRuns.map((object) => `dry-run ${object}`)]) {
      expect(names).toContain(write.split(' ').at(-1));
    }
  });

  if (one.oneWay) return;
  it('is undone by its own steps', async () => {
    const lab = await started(one);
    const before = await summary(lab);
    await lab.apply(one.spec);
    const back = stepKindOf(one.spec).undo(one.spec);
    if (back.length === 0) return expect(one.name).toMatch(/^(upgrade-base|remove-control-plane)/);
    for (const step of back) await lab.apply(step);
    for (const step of back) expect(await untilPassed(lab, step)).toEqual({ state: 'passed' });
    lab.clock.advance(30_000);
    const after = await summary(lab);
    for (const part of one.differs ?? []) Reflect.deleteProperty(after, part);
    expect(before).toMatchObject(after);
  });
});

const crashes = ['before', 'after', 'lost'] as const;

describe.each(cases)('$name, killed at every write', { timeout: 120_000 }, (one) => {
  it('ends where it would have ended', async () => {
    const clean = await started(one);
    await clean.apply(one.spec);
    await untilPassed(clean, one.spec);
    clean.clock.advance(30_000);
    const end = await summary(clean);
    expect(clean.writes.length).toBeGreaterThan(0);
    for (const number of clean.writes.keys()) {
      for (const how of crashes) {
        const lab = await started(one);
        lab.crashAt = { number, how };
        await expect(lab.apply(one.spec)).rejects.toThrow();
        await lab.apply(one.spec);
        expect(await untilPassed(lab, one.spec)).toEqual({ state: 'passed' });
        lab.clock.advance(30_000);
        expect(await summary(lab)).toEqual(end);
      }
    }
  });
});
