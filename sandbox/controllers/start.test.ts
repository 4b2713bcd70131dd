import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { numberAt, objectsAt, textAt } from '../store/json.ts';
import { resources } from '../store/resources.ts';
import type { WebhookAnswer } from '../store/types.ts';
import { conditionOf, isTrue } from './base/conditions.ts';
import { testCluster, timed, type TestCluster } from './testing.ts';

const { deployments, replicaSets, pods, nodes, daemonSets, autoscalers, services, events } = resources;
const quick = { '*': { pullMs: 0, createMs: 500, startMs: 0, readyMs: 500, stopMs: 500 } };
const template = { metadata: timed(quick), spec: { containers: [{ name: 'app', image: 'app:1' }] } };
const selector = { matchLabels: { app: 'web' } };

const available = (world: TestCluster) => numberAt(world.get(deployments, 'web'), 'status', 'availableReplicas') ?? 0;

function createDeployment(world: TestCluster, replicas: number): void {
  world.create(deployments, 'web', { spec: { replicas, selector, template } });
  world.until('available', () => available(world) === replicas);
}

/** All changes of a rollout, as one hash. */
function trace(seed: number): string {
  const world = testCluster({ seed, nodes: ['a', 'b', 'c'] });
  const hash = createHash('sha256');
  for (const resource of [deployments, replicaSets, pods, events]) {
    world.store.watch(resource, {}, (event) => hash.update(`${world.clock.now()} ${JSON.stringify(event)}\n`));
  }
  const random = { ...template, metadata: { labels: { app: 'web' } } };
  world.create(deployments, 'web', { spec: { replicas: 10, selector, template: random } });
  world.until('available', () => available(world) === 10);
  world.store.patch(world.ref(deployments, 'web'), 'merge', {
    spec: { template: { metadata: { annotations: { again: 'yes' } } } },
  });
  world.clock.advance(60_000);
  expect(numberAt(world.get(deployments, 'web'), 'status', 'updatedReplicas')).toBe(10);
  return hash.digest('hex');
}

test('the same seed gives the same history, another one another', () => {
  expect(trace(5)).toBe(trace(5));
  expect(trace(5)).not.toBe(trace(6));
});

/** A cluster whose sidecar injector can be switched off. */
function withInjector() {
  let up = true;
  const fine: WebhookAnswer = { kind: 'answered', allowed: true };
  const dead: WebhookAnswer = { kind: 'unreachable', error: 'service "istiod" not found' };
  const world = testCluster({ webhooks: { call: () => (up ? fine : dead) } });
  world.store.create(resources.mutatingWebhooks, {
    metadata: { name: 'injector' },
    webhooks: [
      {
        name: 'rev.injector.example.com',
        clientConfig: { service: { name: 'istiod', namespace: 'istio-system', path: '/inject' } },
        rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }],
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
      },
    ],
  });
  return { world, turn: (on: boolean) => (up = on) };
}

test('a dead webhook shows as ReplicaFailure, while the rollout says that it progresses', () => {
  const { world, turn } = withInjector();
  createDeployment(world, 3);
  turn(false);
  const [pod] = world.list(pods);
  world.store.delete(world.ref(pods, pod?.metadata.name ?? ''));
  world.clock.advance(5000);
  const deployment = world.get(deployments, 'web');
  const why =
    'Internal error occurred: failed calling webhook "rev.injector.example.com": failed to call webhook: Post ' +
    '"https://istiod.istio-system.svc:443/inject?timeout=10s": service "istiod" not found';
  expect(conditionOf(deployment, 'ReplicaFailure')).toMatchObject({
    status: 'True',
    reason: 'FailedCreate',
    message: why,
  });
  expect(conditionOf(deployment, 'Progressing')?.['status']).toBe('True');
  const warnings = world.list(events).filter((event) => event['reason'] === 'FailedCreate');
  expect(warnings.map((event) => event['message'])).toEqual([`Error creating: ${why}`]);
});

test.each([
  [18, 20.5],
  [26, 41],
  [54, 82],
])(
  'after a webhook was dead for %i s the lost pod is made by the back-off, about %d s after its loss',
  (away, expected) => {
    const { world, turn } = withInjector();
    createDeployment(world, 3);
    turn(false);
    const [pod] = world.list(pods);
    world.store.delete(world.ref(pods, pod?.metadata.name ?? ''));
    const lost = world.clock.now();
    world.clock.advance(away * 1000);
    turn(true);
    world.until('all pods there', () => world.list(pods).length === 3);
    // 5 ms doubled with each failure: 5 · (2ⁿ - 1) ms after the first. Attempts that events cause besides shift it a little.
    const seconds = (world.clock.now() - lost) / 1000;
    expect(seconds).toBeGreaterThan(expected - 1.5);
    expect(seconds).toBeLessThan(expected + 1.5);
  },
);

test('a DaemonSet runs on cordoned nodes too, and on a new node at once', () => {
  const world = testCluster({ nodes: ['a', 'b'] });
  world.store.patch({ resource: nodes, name: 'a' }, 'merge', { spec: { unschedulable: true } });
  world.create(daemonSets, 'agent', { spec: { selector, template } });
  const ready = () => numberAt(world.get(daemonSets, 'agent'), 'status', 'numberReady');
  world.until('two', () => ready() === 2);
  world.store.create(nodes, { metadata: { name: 'c' }, status: {} });
  world.until('three', () => ready() === 3);
  expect(
    world
      .list(pods)
      .map((pod) => textAt(pod, 'spec', 'nodeName'))
      .sort(),
  ).toEqual(['a', 'b', 'c']);
});

test('an autoscaler keeps its bounds without metrics, and follows a fixed target', () => {
  const world = testCluster();
  createDeployment(world, 1);
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
  world.create(autoscalers, 'web', { spec: { scaleTargetRef, minReplicas: 2, maxReplicas: 5 } });
  world.until('two', () => available(world) === 2);
  expect(conditionOf(world.get(autoscalers, 'web'), 'ScalingActive')).toMatchObject({
    status: 'False',
    reason: 'FailedGetResourceMetric',
  });
  const annotations = { 'sandbox.meshlift.dev/desired-replicas': '9' };
  world.store.patch(world.ref(autoscalers, 'web'), 'merge', { metadata: { annotations } });
  world.until('five', () => available(world) === 5);
  expect(isTrue(world.get(autoscalers, 'web'), 'ScalingActive')).toBe(true);
});

test('a Service of type LoadBalancer gets an address', () => {
  const world = testCluster();
  world.create(services, 'web', { spec: { type: 'LoadBalancer', selector: { app: 'web' }, ports: [{ port: 80 }] } });
  world.clock.advance(100);
  expect(objectsAt(world.get(services, 'web'), 'status', 'loadBalancer', 'ingress')).toEqual([
    { ip: '198.18.0.1', ipMode: 'VIP' },
  ]);
});

test('nothing happens any more after a stop', () => {
  const world = testCluster();
  createDeployment(world, 2);
  world.stop();
  const before = world.store.resourceVersion;
  world.store.patch(world.ref(deployments, 'web'), 'merge', { spec: { replicas: 5 } });
  world.clock.advance(60_000);
  expect(Number(world.store.resourceVersion)).toBe(Number(before) + 1);
});
