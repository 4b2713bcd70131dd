import { expect, it } from 'vitest';
import type { TrafficLine } from '../../engine/events.ts';
import { startTraffic } from '../../engine/traffic.ts';
import { systemClock } from '../../probe/clock.ts';
import { closedPort } from '../../probe/testing/servers.ts';
import { mustAnswer } from './answering.ts';

const line = (target: string, counts: Partial<TrafficLine>): TrafficLine => {
  return { target, sent: 0, failed: 0, p99Ms: 0, longestGapMs: 0, ended: {}, ...counts };
};
const options = (limitMs: number) => ({ clock: systemClock, signal: new AbortController().signal, limitMs });

it('waits for the first right answer of each target', async () => {
  let looks = 0;
  const lines = () => {
    looks += 1;
    return [line('http://a', { sent: 1 }), line('http://b', { sent: looks, failed: looks < 3 ? looks : 2 })];
  };
  await mustAnswer({ lines }, options(60_000));
  expect(looks).toBe(3);
});

it('names who does not answer', async () => {
  const lines = () => [
    line('http://fine', { sent: 5, failed: 4, ended: { abrupt: 2 } }),
    line('http://dead', { sent: 4, failed: 4, ended: { abrupt: 2 } }),
    line('http://mute', {}),
  ];
  const refused = mustAnswer({ lines }, options(1));
  await expect(refused).rejects.toThrow(
    /^No right answer came .* from http:\/\/dead, http:\/\/mute\. Nothing was written\.$/,
  );
});

it('takes no connection that was never opened for an answer, nor for more failures than requests', async () => {
  const url = `http://127.0.0.1:${await closedPort()}/`;
  const probe = { url, protocol: 'http1', rate: 2, maxFailed: 0, headers: {} } as const;
  const traffic = startTraffic([probe], { clock: systemClock, wallClock: () => Date.now() });
  try {
    await expect(mustAnswer(traffic, options(1500))).rejects.toThrow('No right answer came');
    const [dead] = traffic.lines();
    expect(dead?.ended['abrupt']).toBeGreaterThan(0);
    expect(dead?.failed).toBe(dead?.sent);
  } finally {
    await traffic.stop();
  }
});

it('can be interrupted', async () => {
  const signal = AbortSignal.abort();
  const refused = mustAnswer({ lines: () => [line('http://mute', {})] }, { ...options(60_000), signal });
  await expect(refused).rejects.toMatchObject({ errorClass: 'Aborted' });
});
