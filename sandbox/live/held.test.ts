import { afterEach, describe, expect, test } from 'vitest';
import { addressFor, deploy, liveCluster, probing, restart, type LiveCluster } from './live.test-helper.ts';

let cluster: LiveCluster;
afterEach(() => cluster.close());

/** Holds connections through a restart of both pods, with few requests beside. */
async function holding(scheme: string, onTerm: 'exit' | 'serve') {
  cluster = liveCluster();
  await deploy(cluster, { name: 'web', app: { onTerm, serveMs: 300 } });
  // A process that dies with a sign of life unread lets the kernel cut the connection: few of them when it is the FIN that counts.
  const holdIntervalMs = onTerm === 'exit' ? 1000 : 50;
  const shape = { ratePerSecond: 10, connections: 1, hold: 6, holdIntervalMs, maxFailed: 1000 };
  const address = await addressFor(cluster, 'plain');
  const { target } = await probing(address, scheme, shape, () => restart(cluster, 'web'));
  const { held } = target;
  if (!held) throw new Error('nothing was held');
  return held;
}

describe('each end of a held connection is accounted for', () => {
  test.each([
    ['http', 'serve', 'connection-close', true],
    ['h2c', 'serve', 'goaway', true],
    ['grpc', 'serve', 'goaway', true],
    ['ws', 'serve', 'close-frame', true],
    ['ws', 'exit', 'fin', false],
    ['tcp', 'serve', 'fin', undefined],
    ['tcp', 'exit', 'fin', undefined],
  ] as const)('%s, at SIGTERM %s: %s', async (scheme, onTerm, how, graceful) => {
    const held = await holding(scheme, onTerm);
    // The six connections of the first pods, and those that landed on the second old pod in between.
    expect(held.ends.length).toBeGreaterThanOrEqual(6);
    expect(held.graceful + held.abrupt).toBe(held.ends.length);
    // A new connection may meet a sidecar whose application is dead already.
    const ends = held.ends.filter((end) => onTerm === 'serve' || end.how !== 'not-opened');
    expect(held.opened).toBe(ends.length + held.open);
    expect([...new Set(ends.map((end) => end.how))]).toEqual([how]);
    if (graceful !== undefined) expect(ends.every((end) => end.graceful === graceful)).toBe(true);
  });
});
