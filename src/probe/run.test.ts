import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from './clock.ts';
import type { ProbeProgress } from './spec.ts';
import { runProbe, startProbe } from './run.ts';
import { probeSpec } from './spec.ts';
import { parseTarget } from './target.ts';
import { http1Server, tcpServer } from './testing/servers.ts';
import type { LoopbackServer } from './testing/servers.ts';

let servers: LoopbackServer[] = [];
let children: ChildProcess[] = [];

afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()));
  children.forEach((child) => child.kill('SIGKILL'));
  servers = [];
  children = [];
});

const deps = { clock: systemClock, wallClock: () => Date.UTC(2026, 0, 1) };

async function fineServer(): Promise<string> {
  const server = await http1Server((_request, response) => response.end('fine'));
  servers.push(server);
  return `http://127.0.0.1:${server.port}/`;
}

// The server also counts how often a bare timer on a schedule of 2 ms is late in a process that does little else.
const childSource = `
let ticks = 0, late = 0, start = performance.now();
setInterval(() => {
  const now = performance.now();
  for (; start + ticks * 2 <= now; ticks += 1) if (now - start - ticks * 2 > 20) late += 1;
}, 1);
require('node:http').createServer((request, response) => response.end(request.url === '/late' ? String(late / ticks) : ''))
  .listen(0, '127.0.0.1', function () { process.stdout.write(String(this.address().port)); });`;

/** A server in a process of its own, so that it can be frozen while the probe runs on. */
async function childServer(): Promise<{ readonly url: string; readonly process: ChildProcess }> {
  const child = spawn(process.execPath, ['-e', childSource], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const [port] = await once(child.stdout, 'data');
  return { url: `http://127.0.0.1:${String(port)}/`, process: child };
}

const after = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

describe('runProbe', () => {
  it(
    'reports a server that froze for 2 s as a gap of 2 s, and its latency from the intended time',
    { retry: 2 },
    async () => {
      const server = await childServer();
      const running = runProbe(
        probeSpec({ targets: [parseTarget(server.url)], ratePerSecond: 100, durationMs: 3500 }),
        deps,
      );
      await after(700);
      server.process.kill('SIGSTOP');
      const stoppedAt = performance.now();
      await after(2000);
      server.process.kill('SIGCONT');
      const frozenMs = performance.now() - stoppedAt;
      const report = await running;
      const [target] = report.targets;
      const gap = target?.gaps.longest.ms ?? 0;
      expect(Math.abs(gap - frozenMs) / frozenMs).toBeLessThan(0.05);
      expect(target?.failed).toBe(0);
      // 200 of the 350 requests fell into the freeze; a closed loop would have seen as many as it has connections.
      const slow =
        target?.histogram.filter(([micros]) => micros > 100_000).reduce((sum, [, count]) => sum + count, 0) ?? 0;
      expect(slow).toBeGreaterThan(150);
      expect(slow).toBeLessThan(230);
      expect(target?.bins.answered.filter((count, bin) => bin >= 8 && bin < 26 && count > 0)).toEqual([]);
      expect(target?.bins.intended.reduce((sum, count) => sum + count, 0)).toBe(350);
    },
  );

  it('sends 500 a second for 3 s without a failure, at least 99 % within 20 ms of schedule', { retry: 2 }, async () => {
    const server = await childServer();
    const spec = probeSpec({ targets: [parseTarget(server.url)], ratePerSecond: 500, durationMs: 3000 });
    const report = await runProbe(spec, deps);
    expect(report.targets[0]).toMatchObject({ ok: 1500, failed: 0, unfinished: 0, neverAnswered: false });
    expect(report.sender).toMatchObject({ scheduled: 1500, localErrors: 0 });
    expect(report.verdict).toMatchObject({ failed: 0, failureRateBelow: 0.002 });
    expect(report.startedAt).toBe('2026-01-01T00:00:00.000Z');
    const perBin = report.targets[0]?.bins.intended ?? [];
    expect(perBin.slice(0, 30)).toEqual(Array.from({ length: 30 }, () => 50));
    // On a starved machine nobody keeps a schedule: then the probe must do about as well as a bare timer.
    const starvation = Number(await (await fetch(`${server.url}late`)).text());
    expect(1 - report.sender.onScheduleShare).toBeLessThanOrEqual(Math.max(0.01, 3 * starvation));
  });

  it('blames itself when it was late, not the server', async () => {
    const url = await fineServer();
    // Answers are outstanding in the blocked time too: with a time-out of 150 ms they would look lost.
    const spec = probeSpec({ targets: [parseTarget(url)], ratePerSecond: 100, durationMs: 1000, timeoutMs: 150 });
    const running = runProbe(spec, deps);
    setTimeout(() => block(400), 300);
    const report = await running;
    expect(report.targets[0]).toMatchObject({ ok: 100, failed: 0, failures: [] });
    expect(report.sender.senderLate).toBeGreaterThan(30);
    expect(report.sender.senderLate).toBeLessThan(100);
    expect(report.sender.maxLateMs).toBeGreaterThan(350);
    expect(report.targets[0]?.latency.count).toBe(100 - report.sender.senderLate);
    expect(report.verdict).toMatchObject({ outcome: 'schedule-not-kept', scheduleKept: false });
    expect(report.verdict.reasons.join()).toContain('did not keep its own schedule');
  });

  it('gives each target the full rate, in turns', async () => {
    const targets = [parseTarget(await fineServer()), parseTarget(await fineServer()), parseTarget(await fineServer())];
    const report = await runProbe(probeSpec({ targets, ratePerSecond: 50, durationMs: 400 }), deps);
    expect(report.targets.map((target) => target.ok)).toEqual([20, 20, 20]);
    expect(report.sender.scheduled).toBe(60);
  });

  it('allows as many failures as the budget says', async () => {
    let count = 0;
    const server = await http1Server((_request, response) => response.writeHead((count += 1) <= 2 ? 500 : 200).end());
    servers.push(server);
    const targets = [parseTarget(`http://127.0.0.1:${server.port}`)];
    const run = (maxFailed: number) => {
      count = 0;
      return runProbe(probeSpec({ targets, durationMs: 100, maxFailed }), deps);
    };
    expect((await run(2)).verdict).toMatchObject({ outcome: 'pass', failed: 2, maxFailed: 2 });
    expect((await run(1)).verdict).toMatchObject({ outcome: 'fail', failed: 2, maxFailed: 1 });
  });

  it('ends early on a signal and still reports; what is unanswered then is neither right nor failed', async () => {
    const silent = await tcpServer((socket) => socket.resume());
    servers.push(silent);
    const targets = [parseTarget(await fineServer()), parseTarget(`http://127.0.0.1:${silent.port}`)];
    const interrupt = new AbortController();
    const running = runProbe(probeSpec({ targets, durationMs: 60_000 }), { ...deps, signal: interrupt.signal });
    setTimeout(() => interrupt.abort(), 200);
    const report = await running;
    expect(report.stoppedEarly).toBe(true);
    expect(report.durationMs).toBeLessThan(10_000);
    const [fine, stuck] = report.targets;
    expect(fine?.ok).toBe(fine?.sender.scheduled);
    expect(stuck).toMatchObject({ ok: 0, failed: 0, unfinished: stuck?.sender.scheduled });
  });

  it('reports nothing measured when it is stopped before the start', async () => {
    const targets = [parseTarget(await fineServer())];
    const report = await runProbe(probeSpec({ targets }), { ...deps, signal: AbortSignal.abort() });
    expect(report.sender.scheduled).toBe(0);
    expect(report.verdict.outcome).toBe('nothing-measured');
  });

  it('tells its progress', async () => {
    const seen: ProbeProgress[] = [];
    const targets = [parseTarget(await fineServer())];
    await runProbe(probeSpec({ targets, durationMs: 1200 }), {
      ...deps,
      onProgress: (progress) => seen.push(progress),
    });
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ failed: 0 });
    expect(seen[0]?.answersPerSecond).toBeGreaterThan(50);
    expect(seen[0]?.answersPerSecond).toBeLessThan(150);
  });
});

describe('startProbe', () => {
  it('answers what happened since the last look, and the windows add up to the report', async () => {
    const targets = [parseTarget(await fineServer())];
    const handle = startProbe(probeSpec({ targets, durationMs: Infinity, reallyHeavy: true, hold: 1 }), deps);
    expect(handle.snapshot()).toEqual({ fromMs: 0, toMs: 0, targets: [] });
    await after(150);
    const first = handle.snapshot();
    await after(150);
    const second = handle.snapshot();
    const report = await handle.stop();
    const last = handle.snapshot();
    expect([first.fromMs, second.fromMs, last.fromMs]).toEqual([0, first.toMs, second.toMs]);
    const ok = [first, second, last].map((window) => window.targets[0]?.ok ?? NaN);
    expect(ok[0]).toBeGreaterThan(5);
    expect(ok[1]).toBeGreaterThan(5);
    expect(ok.reduce((sum, count) => sum + count, 0)).toBe(report.targets[0]?.ok);
    expect(first.targets[0]).toMatchObject({ target: targets[0]?.name, failed: 0, heldAbrupt: 0 });
    expect(report.targets[0]?.held).toMatchObject({ wanted: 1, open: 1, abrupt: 0 });
    expect(report.settings.durationMs).toBeNull();
  });

  it('shows in the window that a server went silent', async () => {
    const server = await http1Server((_request, response) => response.end());
    const targets = [parseTarget(`http://127.0.0.1:${server.port}`)];
    const handle = startProbe(probeSpec({ targets, durationMs: 5000 }), deps);
    await after(150);
    handle.snapshot();
    await server.close();
    await after(200);
    const [window] = handle.snapshot().targets;
    await handle.stop();
    expect(window?.longestGapMs).toBeGreaterThan(150);
    expect(window?.failures.map((item) => item.kind)).toContain('refused');
  });
});

function block(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}
