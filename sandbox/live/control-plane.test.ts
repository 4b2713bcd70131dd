import { afterEach, describe, expect, test } from 'vitest';
import type { TargetReport } from '../../src/probe/report.ts';
import { resources } from '../store/resources.ts';
import {
  addressFor,
  deploy,
  liveCluster,
  podsOf,
  probing,
  quick,
  until,
  type LiveCluster,
  type Traffic,
} from './live.test-helper.ts';

let cluster: LiveCluster;
afterEach(() => cluster.close());

const pods = 3;
/** As on the testbed (5 s) half of the time after which a proxy gives a connection up: the client is the first to do so. */
const timeoutMs = 3000;
const timing = { ...quick, connectTimeoutMs: 2 * timeoutMs };

/** A caller in the mesh, three pods behind it, and a control plane that can be taken away. */
async function start() {
  const state = { answers: true };
  const listeners = new Set<() => void>();
  const onChange = (listener: () => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
  cluster = liveCluster({ timing, link: { answers: () => state.answers, onChange } });
  await deploy(cluster, { name: 'web', replicas: pods, app: { serveMs: 200 } });
  const address = await addressFor(cluster, 'mesh');
  const answer = (answers: boolean) => {
    state.answers = answers;
    for (const listener of listeners) listener();
  };
  return { address, answer };
}

/** Deletes one pod of web, and waits until its address is nobody's. */
async function losePod(): Promise<void> {
  const [pod] = podsOf(cluster, 'web');
  cluster.store.delete({ resource: resources.pods, namespace: 'shop', name: pod?.metadata.name ?? '' });
  const left = () => cluster.store.list(resources.pods, { labelSelector: 'app=web' }).items;
  await until(cluster, () => !left().some((other) => other.metadata.uid === pod?.metadata.uid));
}

/** Requests that had to leave between two times, and how many of them failed. */
function between({ bins }: TargetReport, fromMs = NaN, toMs = NaN) {
  const inside = (_: unknown, bin: number) => bin * bins.widthMs >= fromMs && (bin + 1) * bins.widthMs <= toMs;
  const sum = (counts: readonly number[]) => counts.filter(inside).reduce((total, count) => total + count, 0);
  return { intended: sum(bins.intended), failed: sum(bins.failed) };
}

describe('without a control plane', () => {
  test('nothing is lost while no pod moves', async () => {
    const { address, answer } = await start();
    answer(false);
    const { target } = await probing(address, 'http', {}, ({ more }) => more(300, 'ok'));
    expect(target.failures).toEqual([]);
    expect(target.ok).toBe(target.sender.scheduled);
  });

  test('proxies keep the address of a pod that has gone: they lose the share of requests that they send there', async () => {
    const { address, answer } = await start();
    const times: number[] = [];
    const act = async ({ counts, more }: Traffic) => {
      answer(false);
      await losePod();
      times.push(counts().atMs);
      await more(450, 'sent');
      times.push(counts().atMs);
      answer(true);
      times.push(counts().atMs);
      await more(100, 'ok');
    };
    const { target } = await probing(address, 'http', { ratePerSecond: 150, timeoutMs, connections: 200 }, act);
    const [from, to, back] = times;
    const dead = between(target, from, to);
    // What went to the dead address waits there, so of all addresses it has the most under way: a request goes to it only
    // when both draws of LEAST_REQUEST fall on it, (1/3)². Around it four standard deviations of as many draws.
    const share = 1 / pods ** 2;
    const deviation = Math.sqrt((share * (1 - share)) / dead.intended);
    expect(dead.intended).toBeGreaterThan(400);
    expect(Math.abs(dead.failed / dead.intended - share)).toBeLessThan(4 * deviation);
    // Before its address is nobody's, the sidecar of the pod still says that its application is gone.
    const names = target.failures.map(({ name }) => name);
    expect(names).toContain('timeout');
    expect(names.filter((name) => !/^(timeout|status 503 U[CF])$/.test(name))).toEqual([]);
    // It ends with the dead address, which only the control plane takes away.
    expect(between(target, back, Infinity)).toMatchObject({ failed: 0 });
    expect(between(target, back, Infinity).intended).toBeGreaterThan(50);
  });

  test('with one the same loses nothing', async () => {
    const { address } = await start();
    const act = async ({ more }: Traffic) => {
      await losePod();
      await more(300, 'ok');
    };
    const { target } = await probing(address, 'http', {}, act);
    expect(target.failures).toEqual([]);
    expect(target.ok).toBe(target.sender.scheduled);
  });
});
