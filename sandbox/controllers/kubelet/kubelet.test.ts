import { expect, test } from 'vitest';
import { numberAt, objectsAt, textAt } from '../../store/json.ts';
import { resources } from '../../store/resources.ts';
import { conditionOf, isTrue } from '../base/conditions.ts';
import { containerStates, testCluster, timed } from '../testing.ts';

const { pods } = resources;
const quick = { pullMs: 0, createMs: 100, startMs: 0, readyMs: 0, stopMs: 1000 };
const app = { name: 'app', image: 'app:1' };
const proxy = { name: 'proxy', image: 'proxy:1', restartPolicy: 'Always' };

test('runs init containers in order, sidecars from their turn on, then all others', () => {
  const world = testCluster();
  const timing = { '*': quick, setup: { runMs: 1000 }, proxy: { startMs: 2000 } };
  const initContainers = [{ name: 'setup', image: 'setup:1' }, proxy];
  world.create(pods, 'a', { metadata: timed(timing), spec: { initContainers, containers: [app] } });
  const seen = new Set<string>();
  world.store.watch(pods, {}, (event) => {
    if (event.type === 'MODIFIED') seen.add(Object.entries(containerStates(event.object)).flat().join(' '));
  });
  world.until('ready', () => isTrue(world.get(pods, 'a'), 'Ready'));
  expect([...seen].filter(Boolean)).toEqual([
    'setup waiting PodInitializing proxy waiting PodInitializing app waiting PodInitializing',
    'setup running proxy waiting PodInitializing app waiting PodInitializing',
    'setup terminated Completed proxy waiting PodInitializing app waiting PodInitializing',
    'setup terminated Completed proxy running app waiting PodInitializing',
    'setup terminated Completed proxy running app running',
  ]);
  const pod = world.get(pods, 'a');
  expect(pod['status']).toMatchObject({ phase: 'Running', hostIP: '10.10.0.1', podIP: '10.244.0.1' });
  // 100 ms for each of three containers, 1 s of setup, 2 s until the proxy has started.
  const elapsed = world.clock.now() - Date.UTC(2026, 0, 1);
  expect(elapsed).toBeGreaterThanOrEqual(3300);
  expect(elapsed).toBeLessThan(3400);
});

test('is ready only with its readiness gates', () => {
  const world = testCluster();
  const readinessGates = [{ conditionType: 'example.com/gate' }];
  world.create(pods, 'a', { metadata: timed({ '*': quick }), spec: { containers: [app], readinessGates } });
  world.until('containers ready', () => isTrue(world.get(pods, 'a'), 'ContainersReady'));
  expect(conditionOf(world.get(pods, 'a'), 'Ready')).toMatchObject({
    status: 'False',
    reason: 'ReadinessGatesNotReady',
  });
  const conditions = [{ type: 'example.com/gate', status: 'True' }];
  world.store.patch(world.ref(pods, 'a'), 'strategic', { status: { conditions } }, { subresource: 'status' });
  world.clock.advance(100);
  expect(isTrue(world.get(pods, 'a'), 'Ready')).toBe(true);
});

test('tells the image that the spec names by now', () => {
  const world = testCluster();
  const readinessGates = [{ conditionType: 'example.com/gate' }];
  world.create(pods, 'a', { metadata: timed({ '*': quick }), spec: { containers: [app], readinessGates } });
  world.until('containers ready', () => isTrue(world.get(pods, 'a'), 'ContainersReady'));
  world.store.patch(world.ref(pods, 'a'), 'strategic', { spec: { containers: [{ name: 'app', image: 'app:2' }] } });
  world.clock.advance(100);
  expect(objectsAt(world.get(pods, 'a'), 'status', 'containerStatuses')).toMatchObject([{ image: 'app:2' }]);
});

/** Milliseconds from the deletion of a running pod until it is gone. */
function timeToGo(timing: Record<string, object>, spec: Record<string, unknown>): number {
  const world = testCluster({ latencyMs: 0 });
  world.create(pods, 'a', { metadata: timed(timing), spec: { containers: [app], ...spec } });
  world.until('running', () => textAt(world.get(pods, 'a'), 'status', 'phase') === 'Running');
  world.clock.advance(5000);
  const start = world.clock.now();
  world.store.delete(world.ref(pods, 'a'));
  expect(world.list(pods)).toHaveLength(1);
  world.until('gone', () => world.list(pods).length === 0);
  return world.clock.now() - start;
}

test('ends the application first, then its native sidecar', () => {
  const timing = { '*': quick, app: { stopMs: 5000 }, proxy: { stopMs: 1600 } };
  expect(timeToGo(timing, { initContainers: [proxy] })).toBe(6600);
});

test('adds the sleep of a preStop hook', () => {
  const lifecycle = { preStop: { sleep: { seconds: 4 } } };
  expect(timeToGo({ '*': quick }, { containers: [{ ...app, lifecycle }] })).toBe(5000);
});

test('kills what has not ended when the grace period is over', () => {
  const timing = { '*': quick, app: { stopMs: 60_000 } };
  expect(timeToGo(timing, { terminationGracePeriodSeconds: 7, initContainers: [proxy] })).toBe(7000);
});

test('ends sooner when it is deleted again with a shorter grace period', () => {
  const world = testCluster({ latencyMs: 0 });
  world.create(pods, 'a', { metadata: timed({ '*': { ...quick, stopMs: 60_000 } }), spec: { containers: [app] } });
  world.until('running', () => textAt(world.get(pods, 'a'), 'status', 'phase') === 'Running');
  const start = world.clock.now();
  world.store.delete(world.ref(pods, 'a'));
  world.clock.advance(1000);
  world.store.delete(world.ref(pods, 'a'), { gracePeriodSeconds: 2 });
  world.until('gone', () => world.list(pods).length === 0);
  expect(world.clock.now() - start).toBe(3000);
});

test('says why an image cannot be pulled, and tries again with back-off', () => {
  const world = testCluster();
  const timing = { '*': { ...quick, pullError: 'not found' } };
  world.create(pods, 'a', { metadata: timed(timing), spec: { containers: [app] } });
  const states: string[] = [];
  world.store.watch(pods, {}, ({ type, ...event }) => {
    if (type === 'MODIFIED' && 'object' in event) states.push(containerStates(event.object)['app'] ?? '');
  });
  world.clock.advance(40_000);
  expect(states.filter((state) => state.includes('Pull'))).toEqual([
    'waiting ErrImagePull',
    'waiting ImagePullBackOff',
    'waiting ErrImagePull',
    'waiting ImagePullBackOff',
    'waiting ErrImagePull',
    'waiting ImagePullBackOff',
  ]);
  const pod = world.get(pods, 'a');
  expect(textAt(pod, 'status', 'phase')).toBe('Pending');
  const [status] = objectsAt(pod, 'status', 'containerStatuses');
  expect(textAt(status, 'state', 'waiting', 'message')).toBe('Back-off pulling image "app:1": ErrImagePull: not found');
});

test('restarts a container that ends: at once, then after 10, 20, 40 s', () => {
  const world = testCluster({ latencyMs: 0 });
  const timing = { '*': { ...quick, createMs: 0, runMs: 1000, exitCode: 1 } };
  world.create(pods, 'a', { metadata: timed(timing), spec: { containers: [app] } });
  const restarts = () =>
    numberAt(objectsAt(world.get(pods, 'a'), 'status', 'containerStatuses')[0], 'restartCount') ?? 0;
  const times = [1, 2, 3, 4].map((count) => {
    world.until(`restart ${count}`, () => restarts() === count);
    return world.clock.now() - Date.UTC(2026, 0, 1);
  });
  expect(times).toEqual([1000, 12_000, 33_000, 74_000]);
  world.clock.advance(1500);
  expect(containerStates(world.get(pods, 'a'))).toEqual({ app: 'waiting CrashLoopBackOff' });
});

test('has failed when an init container fails and nothing may be restarted', () => {
  const world = testCluster();
  const timing = { '*': quick, setup: { runMs: 500, exitCode: 3 } };
  const spec = { restartPolicy: 'Never', initContainers: [{ name: 'setup', image: 'setup:1' }], containers: [app] };
  world.create(pods, 'a', { metadata: timed(timing), spec });
  world.until('failed', () => textAt(world.get(pods, 'a'), 'status', 'phase') === 'Failed');
  expect(containerStates(world.get(pods, 'a'))).toMatchObject({ setup: 'terminated Error' });
});

test('does not start a pod whose timing cannot be read, and says so', () => {
  const world = testCluster();
  const annotations = { 'sandbox.meshlift.dev/timing': '{' };
  world.create(pods, 'a', { metadata: { annotations }, spec: { containers: [app] } });
  world.until('told', () => containerStates(world.get(pods, 'a'))['app'] === 'waiting ErrImagePull');
  const [status] = objectsAt(world.get(pods, 'a'), 'status', 'containerStatuses');
  expect(textAt(status, 'state', 'waiting', 'message')).toContain('is no JSON object: {');
});

test('takes over pods that run already, as they are', () => {
  const first = testCluster();
  first.create(pods, 'a', { metadata: timed({ '*': quick }), spec: { containers: [app], initContainers: [proxy] } });
  first.until('ready', () => isTrue(first.get(pods, 'a'), 'Ready'));
  const recorded = first.get(pods, 'a');
  const second = testCluster();
  second.store.restore([recorded]);
  second.clock.advance(60_000);
  expect(second.get(pods, 'a')['status']).toEqual(recorded['status']);
  second.store.delete(second.ref(pods, 'a'));
  second.until('gone', () => second.list(pods).length === 0);
});
