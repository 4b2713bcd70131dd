import { expect, test } from 'vitest';
import { textAt } from '../../store/json.ts';
import { resources } from '../../store/resources.ts';
import { conditionOf } from '../base/conditions.ts';
import { testCluster, type TestCluster } from '../testing.ts';
import { quantity } from './quantity.ts';

const { pods, nodes, deployments } = resources;
const app = { name: 'app', image: 'app:1' };

const placesOf = (world: TestCluster) =>
  world
    .list(pods)
    .map((pod) => textAt(pod, 'spec', 'nodeName') ?? '')
    .sort();

function createDeployment(world: TestCluster, replicas: number, spec: object = {}): void {
  const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [app], ...spec } };
  world.create(deployments, 'web', { spec: { replicas, selector: { matchLabels: { app: 'web' } }, template } });
  world.clock.advance(5000);
}

function cordon(world: TestCluster, name: string, unschedulable: boolean): void {
  world.store.patch({ resource: nodes, name }, 'merge', { spec: { unschedulable } });
}

test('spreads the pods of a workload over the nodes', () => {
  const world = testCluster({ nodes: ['a', 'b', 'c'] });
  createDeployment(world, 6);
  expect(placesOf(world)).toEqual(['a', 'a', 'b', 'b', 'c', 'c']);
});

test('keeps off cordoned nodes, says why nothing fits, and goes on when a node is opened', () => {
  const world = testCluster({ nodes: ['a', 'b'] });
  cordon(world, 'a', true);
  cordon(world, 'b', true);
  createDeployment(world, 2);
  const [pod] = world.list(pods);
  expect(pod && conditionOf(pod, 'PodScheduled')).toMatchObject({
    status: 'False',
    reason: 'Unschedulable',
    message: '0/2 nodes are available: 2 node(s) were unschedulable.',
  });
  expect(textAt(pod, 'status', 'phase')).toBe('Pending');
  cordon(world, 'b', false);
  world.clock.advance(5000);
  expect(placesOf(world)).toEqual(['b', 'b']);
});

test('stays within what nodes have, and uses room that becomes free', () => {
  const world = testCluster();
  createDeployment(world, 4, { containers: [{ ...app, resources: { requests: { cpu: '2500m' } } }] });
  expect(placesOf(world)).toEqual(['', 'node-1', 'node-1', 'node-1']);
  const waiting = world.list(pods).find((pod) => !textAt(pod, 'spec', 'nodeName'));
  const message = waiting && conditionOf(waiting, 'PodScheduled')?.['message'];
  expect(message).toBe('0/1 nodes are available: 1 Insufficient cpu.');
  world.store.patch(world.ref(deployments, 'web'), 'merge', { spec: { replicas: 3 } });
  world.clock.advance(5000);
  world.store.patch(world.ref(deployments, 'web'), 'merge', { spec: { replicas: 4 } });
  const placed = world.list(pods).find((pod) => textAt(pod, 'spec', 'nodeName'));
  world.clock.advance(1000);
  world.store.delete(world.ref(pods, placed?.metadata.name ?? ''));
  world.clock.advance(5000);
  expect(placesOf(world)).toEqual(['', 'node-1', 'node-1', 'node-1']);
});

test('obeys node selectors, taints and required anti-affinity', () => {
  const world = testCluster({ nodes: ['a', 'b'] });
  const label = { metadata: { labels: { 'kubernetes.io/hostname': 'a' } } };
  world.store.patch({ resource: nodes, name: 'a' }, 'merge', label);
  const labelSelector = { matchLabels: { app: 'web' } };
  const term = { labelSelector, topologyKey: 'kubernetes.io/hostname' };
  const podAntiAffinity = { requiredDuringSchedulingIgnoredDuringExecution: [term] };
  const nodeSelector = { 'kubernetes.io/hostname': 'a' };
  createDeployment(world, 2, { affinity: { podAntiAffinity }, nodeSelector });
  expect(placesOf(world)).toEqual(['', 'a']);
  const waiting = world.list(pods).find((pod) => !textAt(pod, 'spec', 'nodeName'));
  expect(waiting && conditionOf(waiting, 'PodScheduled')?.['message']).toBe(
    "0/2 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, " +
      "1 node(s) didn't match pod anti-affinity rules.",
  );
});

test.each([
  ['250m', 0.25],
  ['1.5Gi', 1.5 * 2 ** 30],
  [2, 2],
  ['1e3', 1000],
  ['much', undefined],
])('quantity %s is %s', (text, number) => {
  expect(quantity(text)).toBe(number);
});
