import { describe, expect, it } from 'vitest';
import { facts, kinds, plan } from '../../test/planner/mesh.ts';
import { planOf, request } from '../../test/planner/request.ts';
import type { JournalEntry, JournalEvent } from '../journal/entry.ts';
import type { BreachAction } from '../policy/policy.ts';
import { planBack } from './back.ts';
import { breachLines, returned, underWay } from './breach.ts';

const asked = (onBreach: BreachAction) => ({ ...plan, policy: { ...plan.policy, onBreach } });

const journal = (...steps: readonly (readonly [string, 'started' | 'done' | 'skipped' | 'failed'])[]) =>
  steps.map(([step, what], index): JournalEntry => {
    const event: JournalEvent = { type: 'step', step, what, detail: '' };
    return { event, seq: index } as unknown as JournalEntry;
  });

/** A stage of two workloads that a tag and a namespace label lead. */
const two = {
  ...asked('return-workload'),
  stages: [
    {
      ...({ id: 'wave-1', kind: 'wave', title: '', gate: [] } as const),
      steps: plan.stages.flatMap(({ steps }) => steps).filter(({ id }) => /^(move-tag|label\/direct|renew)/.test(id)),
    },
  ],
};

describe('steps under way', () => {
  it('are those whose last word is that they began, or failed', () => {
    const entries = journal(
      ...([
        ['a', 'started'],
        ['b', 'started'],
        ['c', 'skipped'],
        ['d', 'started'],
      ] as const),
      ...([
        ['a', 'done'],
        ['d', 'failed'],
      ] as const),
    );
    expect([...underWay(entries)]).toEqual(['b', 'd']);
    expect([...underWay(journal(['a', 'failed'], ['a', 'started'], ['a', 'done']))]).toEqual([]);
  });
});

describe('what goes back after a breach', () => {
  const under = new Set(['renew/Deployment/direct/api']);

  it('is the workload that was under way, with what leads it and nothing else', () => {
    const only = returned(two, 'wave-1', under);
    expect([...only]).toEqual(['renew/Deployment/direct/api']);
    const back = planBack(two, kinds, { only }).flatMap(({ steps }) => steps.map(({ id }) => id));
    expect(back).toEqual(['label/direct', 'renew/Deployment/direct/api']);
  });

  it('is the whole stage when none was under way, or the policy says so', () => {
    const all = two.stages[0]?.steps.map(({ id }) => id).filter((id) => id.startsWith('renew/'));
    expect([...returned(two, 'wave-1', new Set())]).toEqual(all);
    expect([...returned(two, 'wave-1', new Set(['renew/Deployment/other/x']))]).toEqual(all);
    expect([...returned({ ...two, ...{ policy: asked('return-wave').policy } }, 'wave-1', under)]).toEqual(all);
    expect(all).toHaveLength(3);
  });

  it('is nothing for a stage that moved nothing', () => {
    expect([...returned(plan, 'install', new Set())]).toEqual([]);
  });
});

describe('the words for it', () => {
  it.each<[BreachAction, RegExp]>([
    ['pause', /^The run stands still/],
    ['rollback', /^Everything goes back by itself/],
    ['return-wave', /^The workloads of the stage that is running go back to control plane 1-29-6; then/],
    ['return-workload', /^The workloads that are being renewed at that moment go back to control plane 1-29-6, or all/],
  ])('of %s', (action, words) => {
    expect(breachLines(asked(action))[0]).toMatch(words);
  });

  it('name every tag and namespace that goes back with them, and no other', () => {
    const [, leaders = ''] = breachLines(planOf(request(facts, { onBreach: 'return-workload' })));
    expect(leaders).toContain('(the labels of namespace direct, tag prod)');
    expect(breachLines(asked('pause'))).toHaveLength(1);
  });
});
