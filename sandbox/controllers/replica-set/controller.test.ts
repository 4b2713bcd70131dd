import { expect, test } from 'vitest';
import { at } from '../../store/json.ts';
import { resources } from '../../store/resources.ts';
import { burst } from '../base/pod-control.ts';
import { testCluster, timed } from '../testing.ts';

const { pods, replicaSets } = resources;
const labels = { app: 'web' };
const quick = timed({ '*': { pullMs: 0, createMs: 100, startMs: 0, readyMs: 0, stopMs: 100 } });

function spec(replicas: number, more: object = {}) {
  const containers = [{ name: 'app', image: 'app:1' }];
  return { replicas, selector: { matchLabels: labels }, template: { metadata: quick, spec: { containers } }, ...more };
}

test('makes what one turn may not make in the next, also when nothing happens to its pods', () => {
  const world = testCluster({ nodes: [] });
  world.create(replicaSets, 'web', { spec: spec(burst + 1) });
  world.clock.advance(10_000);
  expect(world.list(pods)).toHaveLength(burst + 1);
});

test('counts a pod as available when it has been ready long enough, though nothing else happens then', () => {
  const world = testCluster();
  world.create(replicaSets, 'web', { spec: spec(1, { minReadySeconds: 30 }) });
  const count = (field: string) => at(world.get(replicaSets, 'web'), 'status', field);
  world.until('ready', () => count('readyReplicas') === 1);
  expect(count('availableReplicas')).toBeUndefined();
  world.clock.advance(32_000);
  expect(count('availableReplicas')).toBe(1);
});

test('does its work again when it was done and somebody undoes it', () => {
  const world = testCluster();
  world.create(replicaSets, 'web', { spec: spec(2) });
  const count = (field: string) => at(world.get(replicaSets, 'web'), 'status', field);
  world.until('ready', () => count('readyReplicas') === 2);
  world.clock.advance(10_000);
  const name = world.list(pods)[0]?.metadata.name ?? '';
  world.store.patch(world.ref(pods, name), 'merge', { metadata: { labels: { app: 'other' } } });
  world.clock.advance(10_000);
  expect(world.list(pods)).toHaveLength(3);
  world.store.patch(
    world.ref(replicaSets, 'web'),
    'merge',
    { status: { readyReplicas: 7 } },
    { subresource: 'status' },
  );
  world.clock.advance(1000);
  expect(count('readyReplicas')).toBe(2);
});
