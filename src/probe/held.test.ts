import type { ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from './clock.ts';
import { holdConnections } from './held.ts';
import type { HeldReport } from './held.ts';
import { loadProtocol } from './protocols/registry.ts';
import type { ProbeReport } from './report.ts';
import { startProbe } from './run.ts';
import { probeSpec } from './spec.ts';
import type { ProbeSpec } from './spec.ts';
import { parseTarget } from './target.ts';
import {
  answerGrpc,
  closedPort,
  cutOff,
  h2Server,
  http1Server,
  socketOf,
  tcpServer,
  wsServer,
} from './testing/servers.ts';
import type { LoopbackServer } from './testing/servers.ts';
import { untilTrue } from './testing/virtual-clock.ts';

let servers: LoopbackServer[] = [];

afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()));
  servers = [];
});

/** Long enough to never end by itself what is not about time-outs. */
const patient = 20_000;

async function portOf(server: Promise<LoopbackServer> | number): Promise<number> {
  if (typeof server === 'number') return server;
  const opened = await server;
  servers.push(opened);
  return opened.port;
}

function specFor(url: string, port: number, timeoutMs: number): ProbeSpec {
  return probeSpec({
    targets: [parseTarget(url.replace('PORT', String(port)))],
    ratePerSecond: 10,
    durationMs: Infinity,
    timeoutMs,
    hold: 1,
    holdIntervalMs: 40,
    reallyHeavy: true,
  });
}

/** Holds one connection until the report shows what was waited for: by default one end. */
async function hold(
  url: string,
  server: Promise<LoopbackServer> | number,
  seen: (held: HeldReport) => boolean = ({ ends }) => ends.length > 0,
  timeoutMs = patient,
): Promise<HeldReport> {
  const spec = specFor(url, await portOf(server), timeoutMs);
  const [target] = spec.targets;
  if (!target) throw new Error('no target');
  const use = await loadProtocol(target.protocol);
  const keeper = holdConnections({ ...spec, target, clock: systemClock }, spec.hold, systemClock.now(), use.hold);
  await untilTrue(() => seen(keeper.report()));
  keeper.stop();
  return keeper.report();
}

/** An end, and the connection that took the place of the ended one. */
const replaced = ({ open, ends }: HeldReport): boolean => open === 1 && ends.length > 0;

/** Does it to the first connection only, which is the held one: it opens before the first request. */
function onlyFirst<Connection>(
  act: (connection: Connection) => void,
  rest: (connection: Connection) => void,
): (connection: Connection) => void {
  let count = 0;
  return (connection) => ((count += 1) === 1 ? act(connection) : rest(connection));
}

const echo = (socket: Socket): void => void socket.pipe(socket);

describe('an end of a held connection is named after how it came', () => {
  it('stays open and is given signs of life', async () => {
    const received: string[] = [];
    const server = tcpServer((socket) => {
      socket.on('data', (data) => received.push(data.toString()));
      socket.pipe(socket);
    });
    const signs = (): number => received.filter((text) => text === 'meshlift-hold\n').length;
    expect(await hold('tcp://127.0.0.1:PORT', server, () => signs() > 1)).toEqual({
      wanted: 1,
      open: 1,
      opened: 1,
      graceful: 0,
      abrupt: 0,
      ends: [],
    });
  });

  it('goaway, and the connection is replaced', async () => {
    const onSession = onlyFirst<ServerHttp2Session>(
      (session) => session.once('ping', () => session.close()),
      () => undefined,
    );
    const server = h2Server((stream) => (stream.respond({ ':status': 200 }), stream.end()), { onSession });
    const held = await hold('h2c://127.0.0.1:PORT', server, replaced);
    expect(held).toMatchObject({
      open: 1,
      opened: 2,
      graceful: 1,
      abrupt: 0,
      ends: [{ how: 'goaway', graceful: true, code: 0 }],
    });
    expect(held.ends[0]?.lastedMs).toBeGreaterThan(0);
    expect(held.ends[0]?.atMs).toBeGreaterThanOrEqual(held.ends[0]?.lastedMs ?? Infinity);
  });

  it('goaway with an error code is no farewell', async () => {
    const onSession = onlyFirst<ServerHttp2Session>(
      (session) => session.once('ping', () => session.goaway(11)),
      () => undefined,
    );
    const server = h2Server((stream) => (stream.respond({ ':status': 200 }), stream.end()), { onSession });
    expect(await hold('h2c://127.0.0.1:PORT', server)).toMatchObject({
      abrupt: 1,
      ends: [{ how: 'goaway', graceful: false, code: 11 }],
    });
  });

  it.each([
    ['rst', false, cutOff],
    ['fin', true, (socket: Socket) => socket.destroy()],
  ])('%s of an HTTP/2 connection without streams', async (how, graceful, end) => {
    const onSession = onlyFirst<ServerHttp2Session>(
      (session) => session.once('ping', () => end(socketOf(session))),
      () => undefined,
    );
    const server = h2Server((stream) => (stream.respond({ ':status': 200 }), stream.end()), { onSession });
    expect((await hold('h2c://127.0.0.1:PORT', server)).ends).toMatchObject([{ how, graceful }]);
  });

  it('close-frame with its code', async () => {
    const server = wsServer((socket) => socket.on('ping', () => socket.close(1001, 'going away')));
    const held = await hold('ws://127.0.0.1:PORT', server);
    expect(held.ends[0]).toMatchObject({ how: 'close-frame', graceful: true, code: 1001, detail: 'going away' });
  });

  it.each([
    ['fin', (below: Socket) => below.end()],
    ['rst', cutOff],
  ])('%s of a WebSocket without a close frame is abrupt', async (how, end) => {
    // Without a pong: a reset right behind data reaches Node as an end.
    const server = wsServer((socket, below) => socket.on('ping', () => end(below)), false);
    expect((await hold('ws://127.0.0.1:PORT', server)).ends[0]).toMatchObject({ how, graceful: false });
  });

  it('connection-close', async () => {
    let asked = 0;
    const server = http1Server((_request, response) => {
      if ((asked += 1) === 3) response.setHeader('connection', 'close');
      response.end();
    });
    expect(await hold('http://127.0.0.1:PORT', server)).toMatchObject({
      graceful: 1,
      abrupt: 0,
      ends: [{ how: 'connection-close', graceful: true }],
    });
  });

  it('fin of an idle keep-alive connection, and rst of one with a request', async () => {
    const answer = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';
    const idle = tcpServer((socket) => socket.on('data', () => socket.end(answer)));
    expect((await hold('http://127.0.0.1:PORT', idle)).ends[0]).toMatchObject({ how: 'fin', graceful: true });
    const busy = tcpServer((socket) => {
      let asked = 0;
      socket.on('data', () => ((asked += 1) === 2 ? cutOff(socket) : socket.write(answer)));
    });
    expect((await hold('http://127.0.0.1:PORT', busy)).ends[0]).toMatchObject({ how: 'rst', graceful: false });
  });

  it.each([
    ['fin', true, (socket: Socket) => socket.once('data', (line) => socket.end(line))],
    ['fin', false, (socket: Socket) => socket.once('data', () => socket.end())],
    ['rst', false, (socket: Socket) => socket.once('data', () => cutOff(socket))],
  ])('%s of a TCP connection, graceful %s', async (how, graceful, act) => {
    const server = tcpServer(onlyFirst<Socket>((socket) => void act(socket), echo));
    expect(await hold('tcp://127.0.0.1:PORT', server, replaced)).toMatchObject({
      open: 1,
      opened: 2,
      ends: [{ how, graceful }],
    });
  });

  it.each(['tcp', 'h2c', 'http', 'ws'])('timeout of %s: no sign of life', async (scheme) => {
    const silent = tcpServer((socket) => socket.resume());
    const held = await hold(`${scheme}://127.0.0.1:PORT`, silent, undefined, 80);
    expect(held.abrupt).toBe(1);
    expect(held.ends[0]).toMatchObject({ graceful: false, how: scheme === 'tcp' ? 'timeout' : 'not-opened' });
  });

  it('timeout of an HTTP/2 connection that was open: PINGs are no longer answered', async () => {
    // Only the settings that every server must send first (RFC 9113, 3.4).
    const server = tcpServer((socket) => {
      socket.resume();
      socket.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]));
    });
    const timedOut = ({ ends }: HeldReport): boolean => ends.some(({ how }) => how === 'timeout');
    const held = await hold('h2c://127.0.0.1:PORT', server, timedOut, 100);
    expect(held.ends.at(-1)).toMatchObject({ how: 'timeout', graceful: false, detail: 'a PING was not answered' });
  });

  it('stream-end with the gRPC status', async () => {
    const server = h2Server((stream) => {
      stream.resume();
      setTimeout(() => answerGrpc(stream, 0), 30);
    });
    expect((await hold('grpc://127.0.0.1:PORT', server)).ends[0]).toMatchObject({
      how: 'stream-end',
      graceful: true,
      code: 0,
    });
  });

  it('rst and fin under a gRPC stream are abrupt', async () => {
    for (const [how, end] of [
      ['rst', cutOff],
      ['fin', (socket: Socket) => socket.end()],
    ] as const) {
      // After the answer to a PING the client has read all: a reset right behind data reaches Node as an end.
      const server = h2Server(({ session }) => session?.ping(() => end(socketOf(session))));
      expect((await hold('grpc://127.0.0.1:PORT', server)).ends[0]).toMatchObject({ how, graceful: false });
    }
  });

  it('not-opened counts as abrupt and fails the probe', async () => {
    const held = await hold('tcp://127.0.0.1:PORT', await closedPort());
    expect(held).toMatchObject({ open: 0, opened: 0, abrupt: 1, ends: [{ how: 'not-opened', lastedMs: 0 }] });
  });
});

describe('the verdict', () => {
  /** Ends the held connection at its first sign of life; probes until the one in its place gave one too. */
  async function endHeld(end: (socket: Socket, line: Buffer) => void): Promise<ProbeReport> {
    let signs = 0;
    const server = tcpServer((socket) =>
      socket.on('data', (line: Buffer) => {
        if (line.toString() !== 'meshlift-hold\n') return void socket.write(line);
        signs += 1;
        if (signs === 1) end(socket, line);
        else socket.write(line);
      }),
    );
    const spec = specFor('tcp://127.0.0.1:PORT', await portOf(server), patient);
    const handle = startProbe(spec, { clock: systemClock, wallClock: () => 0 });
    await untilTrue(() => signs > 1);
    return handle.stop();
  }

  it('counts an abrupt end as a failure, also when every request was answered', async () => {
    const report = await endHeld(cutOff);
    expect(report.targets[0]?.failed).toBe(0);
    expect(report.verdict).toMatchObject({ outcome: 'fail', failed: 1 });
  });

  it('does not count a graceful one', async () => {
    const report = await endHeld((socket, line) => socket.end(line));
    expect(report.targets[0]?.held?.graceful).toBe(1);
    expect(report.verdict.failed).toBe(0);
  });
});
