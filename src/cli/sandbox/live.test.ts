import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { ProbeReport } from '../../probe/report.ts';
import type { Processes } from '../io.ts';
import { testIo } from '../io.test-helper.ts';
import { main } from '../main.ts';
import type { SandboxStatus } from './text.ts';

const recorded = fileURLToPath(new URL('../../../test/fixtures/recorded/canary/', import.meta.url));
let directory = '';
let state = '';
let end: () => Promise<{ code: number; out: string; err: string }>;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'meshlift-live-'));
  state = join(directory, 'meshlift', 'sandbox');
});
afterEach(() => rm(directory, { recursive: true }));

const alone: Processes = {
  own: process.pid,
  spawnSelf: () => Promise.reject(new Error('nothing may be started')),
  alive: (pid) => pid === process.pid,
  end: () => undefined,
};

/** A world whose time goes on: servers answer in real time. */
function world() {
  const made = testIo({ home: directory, env: { XDG_STATE_HOME: directory }, processes: alone });
  return { ...made, io: { ...made.io, now: () => Date.now() } };
}

async function run(...argv: string[]) {
  const { io, out, err } = world();
  return { code: await main(argv, io), out: out(), err: err() };
}

/** Serves in the foreground until `end`. */
async function served(...argv: string[]): Promise<void> {
  const { io, out, err, interrupt } = world();
  const code = main(['sandbox', 'start', '--foreground', '--live', ...argv], io);
  await vi.waitFor(() => readFile(join(state, 'running.json')), { timeout: 20_000, interval: 20 });
  end = async () => {
    interrupt();
    return { code: await code, out: out(), err: err() };
  };
}

async function services(): Promise<NonNullable<SandboxStatus['services']>> {
  const { out } = await run('sandbox', 'status', '-o', 'json');
  const { services: found } = JSON.parse(out) as SandboxStatus;
  return found ?? [];
}

it('every protocol of bookinfo answers a probe; at the end nothing is left', { timeout: 30_000 }, async () => {
  await served();
  const found = await services();
  const urls = found.flatMap((service) => service.urls.map(({ url }) => url));
  const probe = await run('probe', ...urls, '--rate', '20', '--duration', '500ms', '-o', 'json');
  const { code, out, err } = await end();

  const { targets } = JSON.parse(probe.out) as ProbeReport;
  expect(new Set(targets.map(({ protocol }) => protocol))).toEqual(new Set(['http1', 'h2', 'grpc', 'tcp', 'ws']));
  expect(targets.map(({ ok, failed }) => [ok, failed])).toEqual(urls.map(() => [10, 0]));
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toContain('The sandbox runs: scenario bookinfo, live.');
  for (const url of urls) expect(out).toContain(url);
  expect(await readdir(state)).toEqual([]);
  await expect(fetch(urls.find((url) => url.startsWith('http:')) ?? '')).rejects.toThrow('fetch failed');
});

it('a recorded cluster serves too, with pods of the same names', { timeout: 30_000 }, async () => {
  await served('--snapshot', join(recorded, '00-before.json.gz'));
  const found = await services();
  const urls = found.flatMap((service) => service.urls);
  const http = urls.find(({ protocol, host }) => protocol === 'http1' && host === undefined)?.url ?? 'none';
  const answer = await (await fetch(http)).text();
  const { code } = await end();

  expect(code).toBe(0);
  const pods = await readFile(join(recorded, '00-before.json.gz'));
  expect(await inflated(pods)).toContain(JSON.stringify(answer.trim()));
});

async function inflated(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).text();
}

it('without live pods the status says so, and so does its JSON', { timeout: 30_000 }, async () => {
  await served('--scenario', 'gateways');
  const text = await run('sandbox', 'status');
  const found = await services();
  await end();

  expect(text.out).toContain('No Service leads to a real server');
  expect(found).toEqual([]);
  const { code, out } = await run('sandbox', 'status', '-o', 'json');
  const document = { apiVersion: 'meshlift.dev/v1alpha1', kind: 'SandboxStatus', running: false };
  expect({ code, document: JSON.parse(out) as unknown }).toEqual({ code: 1, document });
});

it('a port in use', { timeout: 30_000 }, async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const { code, err } = await run('sandbox', 'start', '--foreground', '--live', '--port', String(port));
  server.close();

  expect(code).toBe(2);
  expect(err).toContain(`127.0.0.1 port ${port}: the port is in use`);
});
