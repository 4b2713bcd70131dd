import type { ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from './clock.ts';
import type { HeldReport } from './held.ts';
import type { ProbeReport } from './report.ts';
import { runProbe } from './run.ts';
import { probeSpec } from './spec.ts';
import { parseTarget } from './target.ts';
import { answerGrpc, closedPort, cutOff, h2Server, http1Server, tcpServer, wsServer } from './testing/servers.ts';
import type { LoopbackServer } from './testing/servers.ts';

let servers: LoopbackServer[] = [];

afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()));
  servers = [];
});

/** Holds one connection, with almost no requests beside it. */
async function holdAndReport(
  url: string,
  server: Promise<LoopbackServer> | number,
  more: { readonly durationMs?: number; readonly timeoutMs?: number } = {},
): Promise<ProbeReport> {
  const opened = typeof server === 'number' ? undefined : await server;
  if (opened) servers.push(opened);
  const port = typeof server === 'number' ? server : opened?.port;
  const spec = probeSpec({
    targets: [parseTarget(url.replace('PORT', String(port)))],
    ratePerSecond: 10,
    durationMs: 250,
    timeoutMs: 500,
    hold: 1,
    holdIntervalMs: 40,
    ...more,
  });
  return runProbe(spec, { clock: systemClock, wallClock: () => 0 });
}

async function hold(...args: Parameters<typeof holdAndReport>): Promise<HeldReport> {
  const held = (await holdAndReport(...args)).targets[0]?.held;
  if (!held) throw new Error('no connection was held');
  return held;
}

/** Does it to the first connection only, which is the held one: it opens before the first request. */
function onlyFirst<Connection>(
  act: (connection: Connection) => void,
  rest: (connection: Connection) => void,
): (connection: Connection) => void {
  let count = 0;
  return (connection) => ((count += 1) === 1 ? act(connection) : rest(connection));
}

const echo = (socket: Socket): void => void socket.pipe(socket);

// Real connections and real time: on a starved machine one may not be replaced before the probe ends.
describe('an end of a held connection is named after how it came', { retry: 2 }, () => {
  it('stays open and is given signs of life', async () => {
    const received: string[] = [];
    const server = tcpServer((socket) => {
      socket.on('data', (data) => received.push(data.toString()));
      socket.pipe(socket);
    });
    expect(await hold('tcp://127.0.0.1:PORT', server)).toEqual({
      wanted: 1,
      open: 1,
      opened: 1,
      graceful: 0,
      abrupt: 0,
      ends: [],
    });
    expect(received.filter((text) => text === 'meshlift-hold\n').length).toBeGreaterThan(1);
  });

  it('goaway, and the connection is replaced', async () => {
    const onSession = onlyFirst<ServerHttp2Session>(
      (session) => session.once('ping', () => session.close()),
      () => undefined,
    );
    const server = h2Server((stream) => (stream.respond({ ':status': 200 }), stream.end()), { onSession });
    const held = await hold('h2c://127.0.0.1:PORT', server, { durationMs: 400 });
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
    const held = await hold('http://127.0.0.1:PORT', server);
    expect(held).toMatchObject({ graceful: 1, abrupt: 0, ends: [{ how: 'connection-close', graceful: true }] });
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
    expect(await hold('tcp://127.0.0.1:PORT', server, { durationMs: 400 })).toMatchObject({
      open: 1,
      opened: 2,
      ends: [{ how, graceful }],
    });
  });

  it.each(['tcp', 'h2c', 'http', 'ws'])('timeout of %s: no sign of life', async (scheme) => {
    const silent = tcpServer((socket) => socket.resume());
    const held = await hold(`${scheme}://127.0.0.1:PORT`, silent, { timeoutMs: 80 });
    expect(held.abrupt).toBeGreaterThan(0);
    expect(held.ends[0]).toMatchObject({ graceful: false, how: scheme === 'tcp' ? 'timeout' : 'not-opened' });
  });

  it('timeout of an HTTP/2 connection that was open: PINGs are no longer answered', async () => {
    // Only the settings that every server must send first (RFC 9113, 3.4).
    const server = tcpServer((socket) => {
      socket.resume();
      socket.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]));
    });
    const held = await hold('h2c://127.0.0.1:PORT', server, { timeoutMs: 100 });
    expect(held.ends[0]).toMatchObject({ how: 'timeout', graceful: false });
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
      // Later than the settings' acknowledgement: a reset right behind data reaches Node as an end.
      const server = h2Server((stream) => {
        const socket = socketOf(stream.session);
        setTimeout(() => end(socket), 20);
      });
      expect((await hold('grpc://127.0.0.1:PORT', server)).ends[0]).toMatchObject({ how, graceful: false });
    }
  });

  it('not-opened counts as abrupt and fails the probe', async () => {
    const held = await hold('tcp://127.0.0.1:PORT', await closedPort());
    expect(held).toMatchObject({ open: 0, opened: 0, abrupt: 1, ends: [{ how: 'not-opened', lastedMs: 0 }] });
  });
});

describe('the verdict', () => {
  const endFirst = (end: (socket: Socket) => void): Promise<LoopbackServer> => tcpServer(onlyFirst<Socket>(end, echo));

  it('counts an abrupt end as a failure, also when every request was answered', async () => {
    const server = endFirst((socket) => socket.once('data', () => cutOff(socket)));
    const report = await holdAndReport('tcp://127.0.0.1:PORT', server);
    expect(report.targets[0]?.failed).toBe(0);
    expect(report.verdict).toMatchObject({ outcome: 'fail', failed: 1 });
  });

  it('does not count a graceful one', async () => {
    const server = endFirst((socket) => socket.once('data', (line) => socket.end(line)));
    const report = await holdAndReport('tcp://127.0.0.1:PORT', server);
    expect(report.targets[0]?.held?.graceful).toBe(1);
    expect(report.verdict.failed).toBe(0);
  });
});

/** The connection itself: what a session shows of it forbids to end it. */
function socketOf(session: object = {}): Socket {
  const symbol = Object.getOwnPropertySymbols(session).find((key) => key.description === 'socket');
  const socket: unknown = symbol === undefined ? undefined : Reflect.get(session, symbol);
  if (socket === undefined) throw new Error('the session has no socket');
  return socket as Socket;
}
