import { afterEach, describe, expect, test } from 'vitest';
import {
  addressFor,
  deploy,
  liveCluster,
  probing,
  restart,
  type LiveCluster,
  type Workload,
} from './live.test-helper.ts';

let cluster: LiveCluster;
afterEach(() => cluster.close());

async function start(workload: Partial<Workload>): Promise<void> {
  cluster = liveCluster();
  await deploy(cluster, { name: 'web', ...workload });
}

describe('without a change nothing fails', () => {
  test.each(['http', 'h2c', 'grpc', 'tcp', 'ws'])('%s', async (scheme) => {
    await start({});
    const { target } = await probing(await addressFor(cluster, 'plain'), scheme, {}, ({ more }) => more(120, 'ok'));
    expect(target.failures).toEqual([]);
    expect(target.ok).toBe(target.sender.scheduled);
  });
});

describe('a rolling restart of an application that shuts down gracefully loses nothing', () => {
  test.each([
    ['http', 'none', 'plain'],
    ['http', 'native', 'plain'],
    ['http', 'native', 'mesh'],
    ['http', 'classic', 'mesh'],
    ['h2c', 'native', 'plain'],
    ['h2c', 'native', 'mesh'],
    ['grpc', 'none', 'plain'],
    ['grpc', 'native', 'mesh'],
  ] as const)('%s, sidecar %s, caller %s', async (scheme, proxy, caller) => {
    const annotations = { 'proxy.istio.io/config': 'terminationDrainDuration: 1s' };
    await start({ proxy, app: { serveMs: 400, answerMs: 20 }, annotations });
    const { target } = await probing(await addressFor(cluster, caller), scheme, {}, () => restart(cluster, 'web'));
    expect(target.failures).toEqual([]);
    expect(target.ok).toBeGreaterThan(200);
  });
});
