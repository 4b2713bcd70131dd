import { expect, test } from 'vitest';
import { numberAt, objectsAt, textAt } from '../../store/json.ts';
import { resources } from '../../store/resources.ts';
import { isTrue } from '../base/conditions.ts';
import { testCluster, timed } from '../testing.ts';

const { jobs, cronJobs, pods } = resources;
const quick = { pullMs: 0, createMs: 100, startMs: 0, readyMs: 0, stopMs: 300 };
const work = { name: 'work', image: 'work:1' };
const podSpec = { restartPolicy: 'Never', containers: [work] };

test('completes with as many successes as wanted, so many at a time', () => {
  const world = testCluster();
  const template = { metadata: timed({ '*': { ...quick, runMs: 2000 } }), spec: podSpec };
  world.create(jobs, 'a', { spec: { completions: 5, parallelism: 2, template } });
  let most = 0;
  world.until('complete', () => {
    most = Math.max(most, numberAt(world.get(jobs, 'a'), 'status', 'active') ?? 0);
    return isTrue(world.get(jobs, 'a'), 'Complete');
  });
  expect(most).toBe(2);
  expect(world.get(jobs, 'a')['status']).toMatchObject({ succeeded: 5, ready: 0, uncountedTerminatedPods: {} });
  expect(world.list(pods)).toHaveLength(5);
  expect(world.list(pods).every((pod) => pod.metadata['finalizers'] === undefined)).toBe(true);
});

test('completes although the pod has a native sidecar, which ends with it', () => {
  const world = testCluster();
  const initContainers = [{ name: 'proxy', image: 'proxy:1', restartPolicy: 'Always' }];
  const template = { metadata: timed({ '*': quick, work: { runMs: 2000 } }), spec: { ...podSpec, initContainers } };
  world.create(jobs, 'a', { spec: { template } });
  world.until('complete', () => isTrue(world.get(jobs, 'a'), 'Complete'));
  expect(textAt(world.list(pods)[0], 'status', 'phase')).toBe('Succeeded');
});

test('never completes with a sidecar that is an ordinary container', () => {
  const world = testCluster();
  const containers = [work, { name: 'proxy', image: 'proxy:1' }];
  const template = { metadata: timed({ '*': quick, work: { runMs: 2000 } }), spec: { ...podSpec, containers } };
  world.create(jobs, 'a', { spec: { template } });
  world.clock.advance(300_000);
  expect(isTrue(world.get(jobs, 'a'), 'Complete')).toBe(false);
  expect(textAt(world.list(pods)[0], 'status', 'phase')).toBe('Running');
});

test('fails after backoffLimit failures, waiting longer before each new pod', () => {
  const world = testCluster();
  const template = { metadata: timed({ '*': { ...quick, runMs: 1000, exitCode: 1 } }), spec: podSpec };
  world.create(jobs, 'a', { spec: { backoffLimit: 2, template } });
  world.until('failed', () => isTrue(world.get(jobs, 'a'), 'Failed'));
  expect(numberAt(world.get(jobs, 'a'), 'status', 'failed')).toBe(3);
  const created = world
    .list(pods)
    .map((pod) => Date.parse(pod.metadata.creationTimestamp ?? ''))
    .sort((a, b) => a - b);
  const waits = created.slice(1).map((time, index) => time - (created[index] ?? 0));
  // 10 and 20 s after the failure a second later; times are kept to the second.
  expect(waits.map((wait) => Math.round(wait / 1000))).toEqual([11, 21]);
});

test('a pod deleted before it succeeded counts as failed and is replaced', () => {
  const world = testCluster();
  const template = { metadata: timed({ '*': { ...quick, runMs: 20_000 } }), spec: podSpec };
  world.create(jobs, 'a', { spec: { template } });
  world.until('running', () => textAt(world.list(pods)[0], 'status', 'phase') === 'Running');
  const [pod] = world.list(pods);
  world.store.delete(world.ref(pods, pod?.metadata.name ?? ''));
  world.until('complete', () => isTrue(world.get(jobs, 'a'), 'Complete'));
  expect(world.get(jobs, 'a')['status']).toMatchObject({ succeeded: 1 });
  expect(world.list(pods).some((other) => other.metadata.uid === pod?.metadata.uid)).toBe(false);
});

test('makes Jobs by the schedule and keeps three that succeeded', () => {
  const world = testCluster();
  const template = { metadata: timed({ '*': { ...quick, runMs: 1000 } }), spec: podSpec };
  world.create(cronJobs, 'tick', { spec: { schedule: '*/5 * * * *', jobTemplate: { spec: { template } } } });
  world.clock.advance(5 * 60_000 - 1000);
  expect(world.list(jobs)).toEqual([]);
  world.clock.advance(20 * 60_000 + 2000);
  const minutes = world.list(jobs).map((job) => new Date(Number(job.metadata.name.slice(5)) * 60_000).getUTCMinutes());
  expect(minutes).toEqual([10, 15, 20, 25].slice(-minutes.length));
  world.clock.advance(10_000);
  expect(world.list(jobs)).toHaveLength(3);
  expect(textAt(world.get(cronJobs, 'tick'), 'status', 'lastScheduleTime')).toBe('2026-01-01T00:25:00Z');
  expect(objectsAt(world.get(cronJobs, 'tick'), 'status', 'active')).toEqual([]);
});
