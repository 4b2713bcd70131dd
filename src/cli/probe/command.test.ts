import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommanderError } from 'commander';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InvalidInput } from '../../errors.ts';
import type { ProbeReport } from '../../probe/report.ts';
import { loopbackCert } from '../../probe/testing/certificate.ts';
import { closedPort, http1Server, https1Server, tcpServer, type LoopbackServer } from '../../probe/testing/servers.ts';
import { testIo, type TestIo } from '../io.test-helper.ts';
import { probeCommand } from './flags.ts';

let folder = '';
let server: LoopbackServer;
let url = '';
let asked: string[] = [];
let status = 200;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'probe-'));
  asked = [];
  status = 200;
  server = await http1Server((request, response) => {
    asked.push(`${request.method} ${request.headers['x-team']} ${request.headers.host}`);
    response.writeHead(status).end('fine');
  });
  url = `http://127.0.0.1:${server.port}/shop`;
});

afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

async function run(args: readonly string[], world: TestIo = testIo()): Promise<{ code: number; world: TestIo }> {
  let code = -1;
  const command = probeCommand(world.io, (result) => (code = result)).exitOverride();
  command.configureOutput({ writeErr: (text) => world.io.stderr(text) });
  await command.parseAsync([...args], { from: 'user' });
  return { code, world };
}

describe('meshlift probe', () => {
  it('prints a table and ends with 0 when all is answered', async () => {
    const { code, world } = await run([
      url,
      '--duration',
      '100ms',
      '--header',
      'X-Team: mesh',
      '--host',
      'shop.example',
    ]);
    expect(code).toBe(0);
    expect(world.out()).toMatch(/TARGET +PROTOCOL +DUE +OK +FAILED/);
    expect(world.out()).toMatch(new RegExp(`${url} +http1 +10 +10 +0 `));
    expect(world.out()).toContain('PASS: Failure rate below 30.00 % with 95 % confidence.');
    expect(asked).toEqual(Array.from({ length: 10 }, () => 'GET mesh shop.example'));
  });

  it('prints the document with -o json', async () => {
    const { code, world } = await run([url, '--duration', '100ms', '-o', 'json']);
    const report = JSON.parse(world.out()) as ProbeReport;
    expect(code).toBe(0);
    expect(report).toMatchObject({
      apiVersion: 'meshlift.dev/v1alpha1',
      kind: 'ProbeReport',
      verdict: { outcome: 'pass' },
    });
    expect(report.startedAt).toBe('2026-01-02T03:04:05.000Z');
  });

  it('ends with 1 above the budget and with 0 within it', async () => {
    status = 503;
    const { code, world } = await run([url, '--duration', '100ms', '--max-failed', '9']);
    expect(code).toBe(1);
    expect(world.out()).toContain('10x status 503');
    expect(world.out()).toContain('FAIL:');
    expect((await run([url, '--duration', '100ms', '--max-failed', '10'])).code).toBe(0);
  });

  it('measures a target that is not there, and says so', async () => {
    const { code, world } = await run([`http://127.0.0.1:${await closedPort()}`, '--duration', '100ms']);
    expect(code).toBe(1);
    expect(world.out()).toContain('target never answered');
    expect(world.out()).toContain('10x refused');
  });

  it('writes JSON and HTML files whole', async () => {
    const [json, html] = [join(folder, 'report.json'), join(folder, 'report.html')];
    await run([url, '--duration', '100ms', '--out', json, '--html', html]);
    expect((JSON.parse(await readFile(json, 'utf8')) as ProbeReport).targets[0]?.ok).toBe(10);
    expect(await readFile(html, 'utf8')).toMatch(/^<!doctype html>[^]*<\/html>\n$/);
    expect((await readdir(folder)).sort()).toEqual(['report.html', 'report.json']);
  });

  it('still writes the report at Ctrl-C, and the budget decides', async () => {
    const out = join(folder, 'report.json');
    const world = testIo({ tty: true });
    const running = run([url, '--out', out], world);
    await expect.poll(() => asked.length, { timeout: 5000 }).toBeGreaterThan(3);
    world.interrupt();
    expect((await running).code).toBe(0);
    const report = JSON.parse(await readFile(out, 'utf8')) as ProbeReport;
    expect(report.stoppedEarly).toBe(true);
    expect(report.targets[0]?.ok).toBeGreaterThan(3);
  });

  it('ends with 6 when it is stopped before anything was answered', async () => {
    const silent = await tcpServer((socket) => {
      socket.resume();
      world.interrupt();
    });
    const world = testIo();
    const { code } = await run([`http://127.0.0.1:${silent.port}`], world);
    expect(code).toBe(6);
    expect(world.out()).toContain('Nothing was measured.');
    await silent.close();
  });

  it('repaints its progress on a terminal', async () => {
    const { world } = await run([url, '--duration', '1100ms'], testIo({ tty: true }));
    expect(world.err()).toMatch(/\r\u001b\[2K1 s {2}\d+ answers\/s {2}failed 0 {2}p99 /);
  });

  it('trusts the authority it is given', async () => {
    const secure = await https1Server((_request, response) => response.end());
    const ca = join(folder, 'ca.pem');
    await writeFile(ca, loopbackCert);
    const args = [`https://127.0.0.1:${secure.port}`, '--duration', '100ms'];
    expect((await run([...args, '--ca', ca])).code).toBe(0);
    expect((await run(args)).world.out()).toContain('10x tls');
    await secure.close();
  });
});

describe('wrong input sends nothing', () => {
  it.each([
    [['http://'], 'http://'],
    [['gopher://a'], 'gopher'],
    [['URL', '--protocol', 'quic'], 'quic'],
    [['URL', '--header', 'nocolon'], 'no "name: value"'],
    [['URL', '--ca', '/nonexistent/ca.pem'], "can't be read"],
    [['URL', '--out', '/nonexistent/report.json'], "can't be written"],
    [['URL', '--rate', '1001'], 'heavy'],
    [['URL', '--duration', '61m'], 'heavy'],
    [['URL', '--rate', '0'], 'rate'],
    [['URL', '--connections', '0'], 'connections'],
  ])('%j', async (args, message) => {
    const running = run(args.map((arg) => (arg === 'URL' ? url : arg)));
    await expect(running).rejects.toThrow(InvalidInput);
    await expect(running).rejects.toThrow(message);
    expect(asked).toEqual([]);
  });

  it('a file that is not PEM', async () => {
    const path = join(folder, 'ca.pem');
    await writeFile(path, 'binary');
    await expect(run([url, '--ca', path])).rejects.toThrow('is not PEM');
  });

  it.each([
    [[]],
    [['URL', '--expect-status', '99']],
    [['URL', '--rate', 'fast']],
    [['URL', '--duration', '0s']],
    [['URL', '--method', 'BREW']],
  ])('%j', async (args) => {
    await expect(run(args.map((arg) => (arg === 'URL' ? url : arg)))).rejects.toThrow(CommanderError);
    expect(asked).toEqual([]);
  });

  it('runs when a heavy probe is meant', async () => {
    expect((await run([url, '--rate', '2000', '--duration', '50ms', '--yes-really'])).code).toBeOneOf([0, 6]);
    expect(asked).toHaveLength(100);
  });
});
