import { describe, expect, test } from 'vitest';
import type { RenewWorkload } from '../../src/steps/spec.ts';
import type { WorkloadSpec } from '../../sandbox/scenarios/types.ts';
import { Killed, madeFor, podsOf, renew, renewal, shop, type Crash } from './world.ts';

const crashes: readonly Crash[] = ['before', 'after', 'lost'];
const target = '1-30-3 1.30.3 ready';

interface Case {
  readonly name: string;
  readonly workload: WorkloadSpec;
  readonly spec: Partial<RenewWorkload>;
  /** Writes of an undisturbed renewal. */
  readonly writes: number;
}

const cases: readonly Case[] = [
  { name: 'rollout', workload: { name: 'web', replicas: 2 }, spec: { method: 'rollout' }, writes: 1 },
  {
    name: 'rollout of a StatefulSet',
    workload: { name: 'web', kind: 'StatefulSet', replicas: 2 },
    spec: { method: 'rollout', workload: 'StatefulSet' },
    writes: 1,
  },
  {
    name: 'pod by pod',
    workload: { name: 'web', kind: 'StatefulSet', replicas: 3, strategy: { type: 'OnDelete' } },
    spec: { method: 'by-pod', workload: 'StatefulSet' },
    writes: 3,
  },
  { name: 'hand-over', workload: { name: 'web', replicas: 2 }, spec: { method: 'hand-over' }, writes: 8 },
  {
    name: 'hand-over, two at a time',
    workload: { name: 'web', replicas: 2 },
    spec: { method: 'hand-over', width: 2 },
    writes: 8,
  },
  {
    name: 'hand-over without Service',
    workload: { name: 'web', replicas: 2, service: false },
    spec: { method: 'hand-over', serviceLabel: '' },
    writes: 4,
  },
];

describe.each(cases)('killed at a write: $name', ({ workload, spec, writes }) => {
  const { replicas = 1 } = workload;
  const asked = renewal({ name: 'web', ...spec });

  test('an answer that is lost is no reason to stop, or to write again', async () => {
    for (let number = 0; number < writes; number += 1) {
      const world = await shop(workload);
      world.crashAt = { number, how: 'unanswered' };
      await renew(world, asked);
      world.clock.advance(60_000);
      expect(podsOf(world, 'shop', 'web')).toEqual(Array(replicas).fill(target));
      expect([madeFor(world, 'web').length, world.writes.length]).toEqual([replicas, writes]);
      world.cluster.close();
    }
  });

  test.each(Array.from({ length: writes }, (_, number) => number))('number %i', async (number) => {
    for (const how of crashes) {
      const world = await shop(workload);
      world.crashAt = { number, how };
      await expect(renew(world, asked)).rejects.toThrow(Killed);
      world.crashAt = null;
      await renew(world, asked);
      world.clock.advance(60_000);
      expect(podsOf(world, 'shop', 'web')).toEqual(Array(replicas).fill(target));
      // Each pod once, and no write twice.
      expect(madeFor(world, 'web')).toHaveLength(replicas);
      expect(world.writes).toHaveLength(writes);
      world.cluster.close();
    }
  });
});
