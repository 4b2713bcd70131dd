import { constants, type Http2Session, type ServerHttp2Stream } from 'node:http2';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import type { ProbeClock } from '../clock.ts';
import type { TargetReport } from '../report.ts';
import { runProbe } from '../run.ts';
import { probeSpec } from '../spec.ts';
import { reportTable } from '../table.ts';
import { parseTarget } from '../target.ts';
import type { Failure } from '../taxonomy.ts';
import { answerGrpc, h2Server, socketOf } from '../testing/servers.ts';
import type { LoopbackServer } from '../testing/servers.ts';
import type { ProtocolContext } from './client.ts';
import type { H2Answer } from './h2-link.ts';
import { createH2Pool } from './h2-pool.ts';

let servers: LoopbackServer[] = [];

afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()));
  servers = [];
});

/** What a server does with the streams of one connection, once all that were asked for are there. */
type Act = (streams: readonly ServerHttp2Stream[], session: Http2Session) => void;

/** Answers right, as HTTP or gRPC. */
function answer(stream: ServerHttp2Stream): void {
  if (stream.sentHeaders || stream.destroyed) return;
  answerGrpc(stream);
}

/** GOAWAY with a last stream that Node's own call cannot name: 0, or the highest number. */
function sendGoaway(session: object | undefined, lastStreamId: number): void {
  const frame = Buffer.from([0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  frame.writeUInt32BE(lastStreamId, 9);
  socketOf(session).write(frame);
}

/** A server whose n-th connection does what the n-th act says when `count` streams are open; later ones answer. */
async function actingServer(count: number, ...acts: readonly Act[]) {
  const sessions: Http2Session[] = [];
  const seen: number[][] = [];
  const open = new Map<object, ServerHttp2Stream[]>();
  const server = await h2Server(
    (stream) => {
      const { session } = stream;
      if (!session) return;
      const streams = [...(open.get(session) ?? []), stream];
      open.set(session, streams);
      const index = sessions.indexOf(session);
      (seen[index] ??= []).push(stream.id ?? 0);
      const act = acts[index];
      if (!act) return answer(stream);
      if (streams.length === count) act(streams, session);
    },
    { onSession: (session) => sessions.push(session) },
  );
  servers.push(server);
  return { server, seen };
}

/** Sends `count` requests over one connection at a time. */
async function probe(scheme: string, server: LoopbackServer, count: number, clock: ProbeClock = systemClock) {
  const spec = probeSpec({
    targets: [parseTarget(`${scheme}://127.0.0.1:${server.port}`)],
    ratePerSecond: 1000,
    durationMs: count,
    connections: 1,
    reallyHeavy: true,
  });
  const report = await runProbe(spec, { clock, wallClock: () => 0 });
  const [target] = report.targets;
  if (!target) throw new Error('no target');
  return { report, target };
}

const kinds = (target: TargetReport) => target.failures.map(({ kind, count }) => [kind, count]);

describe.each(['h2c', 'grpc'])('a request that GOAWAY overtakes, over %s', (scheme) => {
  it('is sent again when its stream is above the last one named; the others are answered where they are', async () => {
    const { server, seen } = await actingServer(3, (streams, session) => {
      session.goaway(0, 3);
      streams.forEach(answer);
    });
    const { report, target } = await probe(scheme, server, 3);
    expect(target).toMatchObject({ ok: 3, failed: 0, resent: 1, failures: [] });
    expect(seen).toEqual([[1, 3, 5], [1]]);
    expect(reportTable(report)).toContain('1 sent again');
  });

  it('is sent again when the server that leaves refuses its stream', async () => {
    const { server, seen } = await actingServer(3, (streams, session) => {
      sendGoaway(session, 2 ** 31 - 1);
      streams.slice(1).forEach((stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM));
      streams.slice(0, 1).forEach(answer);
    });
    const { target } = await probe(scheme, server, 3);
    expect(target).toMatchObject({ ok: 3, failed: 0, resent: 2, failures: [] });
    expect(seen).toEqual([
      [1, 3, 5],
      [1, 3],
    ]);
  });

  it('fails when a server that stays refuses its stream', async () => {
    const { server } = await actingServer(3, (streams) => {
      streams.slice(1).forEach((stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM));
      streams.slice(0, 1).forEach(answer);
    });
    const { target } = await probe(scheme, server, 3);
    expect(target).toMatchObject({ ok: 1, failed: 2, resent: 0 });
  });

  it('fails when the server may have seen it, also when the GOAWAY tells an error', async () => {
    const { server, seen } = await actingServer(3, (_streams, session) => session.goaway(11, 3));
    const { target } = await probe(scheme, server, 3);
    expect(kinds(target)).toEqual([['goaway', 2]]);
    expect(target).toMatchObject({ ok: 1, resent: 1 });
    expect(seen).toEqual([[1, 3, 5], [1]]);
  });

  it('fails when the connection ends under a stream that the GOAWAY had named', async () => {
    const { server, seen } = await actingServer(3, (_streams, session) => {
      sendGoaway(session, 2 ** 31 - 1);
      socketOf(session).end();
    });
    const { report, target } = await probe(scheme, server, 3);
    expect(target).toMatchObject({ ok: 0, failed: 3, resent: 0 });
    expect(seen).toEqual([[1, 3, 5]]);
    expect(reportTable(report)).not.toContain('sent again');
  });

  it('fails when its answer had begun, whatever the GOAWAY says', async () => {
    const { server, seen } = await actingServer(1, ([stream], session) => {
      stream?.respond();
      setImmediate(() => sendGoaway(session, 0));
    });
    const { target } = await probe(scheme, server, 1);
    expect(kinds(target)).toEqual([['goaway', 1]]);
    expect(target.resent).toBe(0);
    expect(seen).toEqual([[1]]);
  });

  it('is sent again only a few times, then it is a failure', async () => {
    const away: Act = (_streams, session) => sendGoaway(session, 0);
    const { server, seen } = await actingServer(1, ...Array.from({ length: 20 }, () => away));
    const { target } = await probe(scheme, server, 1);
    expect(kinds(target)).toEqual([['goaway', 1]]);
    expect(target.resent).toBe(3);
    expect(seen).toEqual([[1], [1], [1], [1]]);
  });

  it('has a latency that begins with the time at which it was to leave first', async () => {
    let now = 0;
    const { server } = await actingServer(1, (_streams, session) => {
      now = 800;
      sendGoaway(session, 0);
    });
    const { target } = await probe(scheme, server, 1, { ...systemClock, now: () => now });
    expect(target).toMatchObject({ ok: 1, resent: 1, latency: { count: 1, minMs: 800, maxMs: 800 } });
  });
});

describe('createH2Pool', () => {
  function poolTo(server: LoopbackServer, connections = 1) {
    const spec = probeSpec({ targets: [parseTarget(`h2c://127.0.0.1:${server.port}`)], connections });
    const [target] = spec.targets;
    if (!target) throw new Error('no target');
    const context: ProtocolContext = { ...spec, target, clock: systemClock };
    const pool = createH2Pool(context);
    const start = (onDone: (name: string) => void, onResend: () => void) => {
      const named = { onDone: (result: H2Answer | Failure) => onDone('kind' in result ? result.kind : 'answered') };
      return pool.send({ headers: { ':path': '/' } }, { ...named, onResend });
    };
    const ask = (onResend: () => void = () => undefined) =>
      new Promise<string>((resolve) => void start(resolve, onResend));
    return { start, ask, close: () => pool.close() };
  }

  it('sends again what was queued behind the limit of streams when the server left', async () => {
    const seen: number[] = [];
    let sessions = 0;
    const server = await h2Server(
      (stream) => {
        seen.push(stream.id ?? 0);
        // Every stream that comes still counts: only what never left may go elsewhere.
        if (seen.length === 2) sendGoaway(stream.session, 2 ** 31 - 1);
        answer(stream);
      },
      {
        onSession: (session) => {
          sessions += 1;
          if (sessions === 1) session.settings({ maxConcurrentStreams: 1 });
        },
      },
    );
    servers.push(server);
    const { ask, close } = poolTo(server);
    const again = (): void => void (resent += 1);
    let resent = 0;
    // With this answer the limit is known.
    expect(await ask(again)).toBe('answered');
    expect(await Promise.all([ask(again), ask(again), ask(again)])).toEqual(['answered', 'answered', 'answered']);
    close();
    expect({ seen, sessions, resent }).toEqual({ seen: [1, 3, 1, 3], sessions: 2, resent: 2 });
  });

  it('sends again over a new connection, when the server leaves all that are there', async () => {
    const [old, sessions]: [number, Http2Session[]] = [6, []];
    const server = await h2Server(
      (stream) => {
        const isOld = sessions.indexOf(stream.session as Http2Session) < old;
        if (isOld && stream.id !== 1) sendGoaway(stream.session, 1);
        else answer(stream);
      },
      { onSession: (session) => sessions.push(session) },
    );
    servers.push(server);
    const { ask, close } = poolTo(server, old);
    for (let count = 0; count < old; count += 1) expect(await ask()).toBe('answered');
    let resent = 0;
    expect(await ask(() => (resent += 1))).toBe('answered');
    close();
    expect({ resent, sessions: sessions.length }).toEqual({ resent: 1, sessions: old + 1 });
  });

  it('does not send again what was abandoned', async () => {
    const told: string[] = [];
    let stop = (): void => undefined;
    const { server, seen } = await actingServer(1, (_streams, session) => {
      stop();
      sendGoaway(session, 0);
    });
    const pool = poolTo(server);
    await new Promise<void>((resolve) => {
      const abandon = pool.start(
        (name) => told.push(name),
        () => told.push('resent'),
      );
      stop = () => resolve(abandon());
    });
    // It is answered over a second connection, so the GOAWAY of the first one has come.
    expect(await pool.ask()).toBe('answered');
    pool.close();
    expect(told).toEqual([]);
    expect(seen[1]).toEqual([1]);
  });
});
