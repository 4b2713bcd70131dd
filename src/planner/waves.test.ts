import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultPolicy, type Policy } from '../policy/policy.ts';
import type { Move } from './classify.ts';
import { wavesOf } from './waves.ts';

function move(
  name: string,
  group = '',
  more: { readonly risk?: number; readonly replicas?: number; readonly namespace?: string } = {},
): Move {
  const { risk = 0, replicas = 1, namespace = 'shop' } = more;
  return {
    spec: {
      ...{ kind: 'renew-workload', namespace, workload: 'Deployment', name, role: 'sidecar', method: 'rollout' },
      ...{ revision: '', version: '', replicas, width: 1, labels: {}, before: {}, serviceLabel: '' },
      ...{ readyMs: 1, drainMs: 1 },
    },
    ...{ route: { by: 'namespace' }, reason: '', group, risk, surge: { cpuMillis: 0, memoryBytes: 0 } },
  };
}

const policy = (waves: Partial<Policy['waves']> = {}): Policy => ({
  ...defaultPolicy,
  waves: { ...defaultPolicy.waves, ...waves },
});
const names = (moves: readonly Move[], waves?: Partial<Policy['waves']>): string[] =>
  wavesOf(moves, policy(waves)).map((wave) => wave.map(({ spec }) => spec.name).join(' '));
const many = (count: number, group = '', prefix = 'w'): Move[] =>
  Array.from({ length: count }, (_none, index) => move(`${prefix}${String(index).padStart(4, '0')}`, group));
const sizes = (moves: readonly Move[], waves?: Partial<Policy['waves']>): number[] =>
  wavesOf(moves, policy(waves)).map(({ length }) => length);

describe('wavesOf', () => {
  it('begins with one workload, then 1 %, 5 %, 25 %, and the rest', () => {
    expect(sizes(many(1000))).toEqual([1, 10, 50, 250, 689]);
    expect(sizes(many(100))).toEqual([1, 1, 5, 25, 68]);
  });

  it('makes no wave of a share of less than one workload', () => {
    expect(sizes(many(10))).toEqual([1, 2, 7]);
    expect(sizes(many(3))).toEqual([1, 2]);
    expect(sizes(many(1))).toEqual([1]);
    expect(sizes([])).toEqual([]);
  });

  it('takes other shares of the policy', () => {
    expect(sizes(many(10), { shares: [] })).toEqual([1, 9]);
    expect(sizes(many(10), { shares: [50, 100] })).toEqual([1, 5, 4]);
  });

  it('never lets two groups share a wave', () => {
    expect(names([move('a', 'x'), move('b', 'y'), move('c', 'y'), move('d', 'z')], { shares: [] })).toEqual([
      'a',
      'd',
      'b c',
    ]);
  });

  it('moves named groups first, in the order of the policy, the others by the number of their pods', () => {
    const moves = [
      move('big', 'big', { replicas: 9 }),
      move('small', 'small', { replicas: 2 }),
      move('two', 'two', { replicas: 50 }),
      move('one', 'one', { replicas: 90 }),
    ];
    expect(names(moves, { groups: ['one', 'two', 'unknown'], shares: [] })).toEqual(['one', 'two', 'small', 'big']);
  });

  it('tells groups of the same size apart by name', () => {
    expect(names([move('1', 'b'), move('2', 'a'), move('3', 'b'), move('4', 'a')], { shares: [] })).toEqual([
      '2',
      '4',
      '1 3',
    ]);
  });

  it('moves the least risk first in a group, then by namespace and name', () => {
    const moves = [move('risky', '', { risk: 5 }), move('b'), move('a'), move('z', '', { namespace: 'alpha' })];
    expect(names(moves, { shares: [] })).toEqual(['z', 'a b risky']);
  });

  it('forgets nobody, takes nobody twice, and does not depend on the order it is given', () => {
    const one = fc.record({
      name: fc.stringMatching(/^[a-f]{1,4}$/),
      group: fc.constantFrom('', 'a', 'b', 'c'),
      replicas: fc.integer({ min: 1, max: 9 }),
      risk: fc.integer({ min: 0, max: 3 }),
    });
    const some = fc.uniqueArray(one, { selector: ({ name }) => name, maxLength: 60 });
    const groups = fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { maxLength: 3 });
    fc.assert(
      fc.property(some, groups, fc.array(fc.integer({ min: 1, max: 100 }), { maxLength: 4 }), (list, named, shares) => {
        const moves = list.map(({ name, group, replicas, risk }) => move(name, group, { replicas, risk }));
        const given = policy({ groups: named, shares: shares.sort((a, b) => a - b) });
        const waves = wavesOf(moves, given);
        expect(
          waves
            .flat()
            .map(({ spec }) => spec.name)
            .sort(),
        ).toEqual(moves.map(({ spec }) => spec.name).sort());
        for (const wave of waves) expect(new Set(wave.map(({ group }) => group)).size).toBe(1);
        if (waves.length > 0) expect(waves[0]).toHaveLength(1);
        expect(wavesOf([...moves].reverse(), given)).toEqual(waves);
      }),
    );
  });
});
