import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from './clock.ts';
import type { ProbeDeps, ProbeInput, ProbeProgress } from './spec.ts';
import { runProbe, startProbe } from './run.ts';
import { probeSpec } from './spec.ts';
import { parseTarget } from './target.ts';
import { http1Server, tcpServer } from './testing/servers.ts';
import type { LoopbackServer } from './testing/servers.ts';
import { untilTrue, VirtualClock } from './testing/virtual-clock.ts';

let servers: LoopbackServer[] = [];

afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()));
  servers = [];
});

const deps = { clock: systemClock, wallClock: () => Date.UTC(2026, 0, 1) };

async function fineServer(): Promise<string> {
  const server = await http1Server((_request, response) => response.end('fine'));
  servers.push(server);
  return `http://127.0.0.1:${server.port}/`;
}

/** A probe in virtual time against a server that can be frozen; what is not held back is answered before time goes on. */
async function virtualProbe(input: Omit<ProbeInput, 'targets'>, more: Pick<ProbeDeps, 'onProgress'> = {}) {
  const clock = new VirtualClock();
  const server = { frozen: false, held: [] as (() => void)[] };
  const opened = await http1Server((_request, response) => {
    const give = (): void => void response.end('fine');
    if (server.frozen) server.held.push(give);
    else give();
  });
  servers.push(opened);
  const spec = probeSpec({ targets: [parseTarget(`http://127.0.0.1:${opened.port}`)], ...input });
  const handle = startProbe(spec, { clock, wallClock: deps.wallClock, ...more });
  const counts = { scheduled: 0, ok: 0 };
  const settled = (): Promise<void> =>
    untilTrue(() => {
      for (const window of handle.snapshot().targets) {
        counts.scheduled += window.sender.scheduled;
        counts.ok += window.ok;
      }
      return server.frozen || (counts.scheduled > 0 && counts.ok === counts.scheduled);
    });
  await settled();
  const thaw = (): void => {
    server.frozen = false;
    for (const give of server.held.splice(0)) give();
  };
  const freeze = (): void => void (server.frozen = true);
  return { clock, handle, counts, freeze, thaw, until: (ms: number) => clock.advance(ms, settled) };
}

const after = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

describe('runProbe', () => {
  it('reports a server that froze for 2 s as a gap of 2 s, and its latency from the intended time', async () => {
    const { handle, freeze, thaw, until } = await virtualProbe({ ratePerSecond: 100, durationMs: 3500 });
    await until(695);
    freeze();
    await until(2695);
    thaw();
    await until(2695);
    await until(3500);
    const [target] = (await handle.done).targets;
    expect(target).toMatchObject({ ok: 350, failed: 0, sender: { senderLate: 0 } });
    expect(target?.gaps.longest).toMatchObject({ fromMs: 690, toMs: 2695, ms: 2005 });
    expect(target?.latency.maxMs).toBe(1995);
    // Each of the 200 requests of the freeze saw it; a closed loop would have seen as many as it has connections.
    const slow = target?.histogram.filter(([micros]) => micros > 100_000).reduce((sum, [, count]) => sum + count, 0);
    expect(slow).toBe(190);
    const answered = Array.from({ length: 35 }, (_, bin) => (bin < 7 || bin > 26 ? 10 : bin === 26 ? 200 : 0));
    expect(target?.bins.answered.slice(0, 35)).toEqual(answered);
    expect(target?.bins.intended.reduce((sum, count) => sum + count, 0)).toBe(350);
  });

  it('sends 500 a second for 3 s each at its time', async () => {
    const { handle, counts, until } = await virtualProbe({ ratePerSecond: 500, durationMs: 3000 });
    await until(1000);
    expect(counts).toEqual({ scheduled: 501, ok: 501 });
    await until(3000);
    const report = await handle.done;
    expect(report.targets[0]).toMatchObject({ ok: 1500, failed: 0, unfinished: 0, neverAnswered: false });
    expect(report.targets[0]?.bins.intended.slice(0, 30)).toEqual(Array.from({ length: 30 }, () => 50));
    expect(report.sender).toEqual({ scheduled: 1500, senderLate: 0, maxLateMs: 0, localErrors: 0, onScheduleShare: 1 });
    expect(report.verdict).toMatchObject({ failed: 0, failureRateBelow: 0.002 });
    expect(report.startedAt).toBe('2026-01-01T00:00:00.000Z');
  });

  it('needs less than one processor for 500 a second, and loses none in real time', async () => {
    const spec = probeSpec({ targets: [parseTarget(await fineServer())], ratePerSecond: 500, durationMs: 2000 });
    const from = process.cpuUsage();
    const report = await runProbe(spec, deps);
    const { user, system } = process.cpuUsage(from);
    expect(report.targets[0]).toMatchObject({ ok: 1000, failed: 0, unfinished: 0 });
    // Time on a processor, the server's included, does not grow with what else the machine does.
    expect((user + system) / 1000).toBeLessThan(spec.durationMs);
  });

  it('blames itself when it was late, not the server', async () => {
    // Answers are outstanding in the lost time too: with a time-out of 150 ms they would look lost.
    const input = { ratePerSecond: 100, durationMs: 1000, timeoutMs: 150 };
    const { clock, handle, freeze, thaw, until } = await virtualProbe(input);
    await until(295);
    freeze();
    await until(305);
    clock.stall(400);
    thaw();
    await until(1000);
    const report = await handle.done;
    expect(report.targets[0]).toMatchObject({ ok: 100, failed: 0, failures: [] });
    // Of those due from 310 to 700 the ones up to 680 left more than 20 ms late.
    expect(report.sender).toMatchObject({ senderLate: 38, maxLateMs: 395 });
    expect(report.targets[0]?.latency.count).toBe(100 - 38);
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
    const { handle, until } = await virtualProbe(
      { ratePerSecond: 100, durationMs: 1200 },
      { onProgress: (progress) => seen.push(progress) },
    );
    await until(1200);
    await handle.done;
    expect(seen).toMatchObject([{ elapsedMs: 1000, failed: 0, senderLate: 0 }]);
    expect(Math.round(seen[0]?.answersPerSecond ?? 0)).toBe(100);
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
    expect(first.targets[0]).toMatchObject({ target: targets[0]?.name, failed: 0, heldAbrupt: 0, heldTold: 0 });
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
