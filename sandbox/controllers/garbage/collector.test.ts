import { expect, test } from 'vitest';
import { objectAt } from '../../store/json.ts';
import { resources } from '../../store/resources.ts';
import { testCluster, timed, type TestCluster } from '../testing.ts';

const { deployments, replicaSets, pods, configMaps } = resources;
const timing = { '*': { pullMs: 0, createMs: 0, startMs: 0, readyMs: 0, stopMs: 5000 } };

function rolledOut(): TestCluster {
  const world = testCluster();
  const template = { metadata: timed(timing), spec: { containers: [{ name: 'app', image: 'app:1' }] } };
  world.create(deployments, 'web', { spec: { replicas: 2, selector: { matchLabels: { app: 'web' } }, template } });
  world.until('available', () => objectAt(world.get(deployments, 'web'), 'status')?.['availableReplicas'] === 2);
  return world;
}

test('in the background the owner goes first', () => {
  const world = rolledOut();
  world.store.delete(world.ref(deployments, 'web'), { propagation: 'Background' });
  expect(world.list(deployments)).toEqual([]);
  world.clock.advance(1000);
  expect(world.list(replicaSets)).toEqual([]);
  expect(world.list(pods).every((pod) => pod.metadata.deletionTimestamp !== undefined)).toBe(true);
  world.clock.advance(6000);
  expect(world.list(pods)).toEqual([]);
});

test('in the foreground the owner goes last, after what its dependents own', () => {
  const world = rolledOut();
  world.store.delete(world.ref(deployments, 'web'), { propagation: 'Foreground' });
  world.clock.advance(4000);
  expect(world.list(deployments)).toHaveLength(1);
  expect(world.list(replicaSets)).toHaveLength(1);
  expect(world.list(pods)).toHaveLength(2);
  world.clock.advance(3000);
  expect([...world.list(pods), ...world.list(replicaSets), ...world.list(deployments)]).toEqual([]);
});

test('orphans are left without the reference to their owner', () => {
  const world = rolledOut();
  world.store.delete(world.ref(deployments, 'web'), { propagation: 'Orphan' });
  world.clock.advance(10_000);
  expect(world.list(deployments)).toEqual([]);
  expect(world.list(replicaSets).map((set) => set.metadata.ownerReferences)).toEqual([undefined]);
  expect(world.list(pods)).toHaveLength(2);
});

test('an owner of a kind that is not served counts as there', () => {
  const world = testCluster();
  const owner = { apiVersion: 'example.com/v1', kind: 'Unknown', name: 'x', uid: 'u-1' };
  world.create(configMaps, 'kept', { metadata: { ownerReferences: [owner] } });
  world.create(configMaps, 'lost', { metadata: { ownerReferences: [{ ...owner, apiVersion: 'v1', kind: 'Secret' }] } });
  world.clock.advance(10_000);
  expect(world.list(configMaps).map((map) => map.metadata.name)).toEqual(['kept', 'kube-root-ca.crt']);
});
