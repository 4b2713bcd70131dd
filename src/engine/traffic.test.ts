import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import { systemClock } from '../probe/clock.ts';
import { startTraffic, type RunningTraffic } from './traffic.ts';

let server: Server;
let traffic: RunningTraffic;
afterEach(async () => {
  await traffic.stop();
  server.close();
});

it('counts held connections that end with a word apart, and no failure for them', async () => {
  server = createServer((_request, response) => response.setHeader('connection', 'close').end('ok'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const probe = { url, protocol: 'http1', rate: 20, maxFailed: 0, headers: {} } as const;
  traffic = startTraffic([probe], { clock: systemClock, wallClock: () => Date.now() });
  await vi.waitFor(
    () => {
      const [line] = traffic.lines();
      expect(line?.sent).toBeGreaterThan(3);
      expect(line?.ended['told']).toBeGreaterThan(1);
    },
    { timeout: 10_000, interval: 100 },
  );
  const [line] = traffic.lines();
  expect(line?.ended['abrupt']).toBeUndefined();
  expect(line?.failed).toBe(0);
});

it('tells probes of one URL apart', async () => {
  server = createServer((request, response) => {
    response.statusCode = request.headers.host === 'bad' ? 503 : 200;
    response.end('ok');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const probe = { url, protocol: 'http1', rate: 20, maxFailed: 0, headers: {} } as const;
  const probes = [probe, { ...probe, headers: { Host: 'bad' } }];
  traffic = startTraffic(probes, { clock: systemClock, wallClock: () => Date.now() });
  await vi.waitFor(() => expect(traffic.lines().every(({ sent }) => sent > 3)).toBe(true), {
    timeout: 10_000,
    interval: 100,
  });
  const [good, bad] = traffic.lines();
  expect([good?.target, bad?.target]).toEqual([url, `${url} (probes[1])`]);
  expect(good).toMatchObject({ failed: 0 });
  expect(good?.failure).toBeUndefined();
  expect(bad?.failed).toBeGreaterThan(0);
  expect(bad?.failure).toMatch(/^status 503: /);
});
