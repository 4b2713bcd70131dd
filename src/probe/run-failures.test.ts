import type { LookupFunction } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from './clock.ts';
import type { ProbeReport } from './report.ts';
import { runProbe } from './run.ts';
import { probeSpec } from './spec.ts';
import type { ProbeInput } from './spec.ts';
import { parseTarget } from './target.ts';
import { loopbackCert, loopbackKey } from './testing/certificate.ts';
import {
  answerGrpc,
  closedPort,
  cutOff,
  h2Server,
  http1Server,
  https1Server,
  tcpServer,
  tlsServer,
  wsServer,
} from './testing/servers.ts';
import type { LoopbackServer } from './testing/servers.ts';

let servers: LoopbackServer[] = [];

afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()));
  servers = [];
});

/** Ten requests to a server that lives only for this test. */
async function probe(
  url: string,
  server: Promise<LoopbackServer> | number,
  more: Omit<ProbeInput, 'targets'> = {},
  lookup?: LookupFunction,
): Promise<ProbeReport> {
  const opened = typeof server === 'number' ? undefined : await server;
  if (opened) servers.push(opened);
  const port = typeof server === 'number' ? server : opened?.port;
  const targets = [parseTarget(url.replace('PORT', String(port)))];
  const spec = probeSpec({ targets, ratePerSecond: 100, durationMs: 100, timeoutMs: 2000, connections: 2, ...more });
  const deps = { clock: systemClock, wallClock: () => 0, ...(lookup ? { lookup } : {}) };
  return runProbe(spec, deps);
}

function outcome(report: ProbeReport): { ok: number | undefined; failures: Record<string, number> } {
  const [target] = report.targets;
  return {
    ok: target?.ok,
    failures: Object.fromEntries((target?.failures ?? []).map((item) => [item.name, item.count])),
  };
}

describe('a failure is named after what the server did', () => {
  it('refused, and the target never answered', async () => {
    const report = await probe('http://127.0.0.1:PORT', await closedPort());
    expect(outcome(report)).toEqual({ ok: 0, failures: { refused: 10 } });
    expect(report.targets[0]?.neverAnswered).toBe(true);
    expect(report.verdict.outcome).toBe('fail');
    expect(report.verdict.reasons[0]).toContain('never answered');
  });

  it.each(['http', 'h2c', 'grpc', 'tcp', 'ws'])('refused over %s', async (scheme) => {
    const report = await probe(`${scheme}://127.0.0.1:PORT`, await closedPort());
    expect(outcome(report).failures).toEqual({ refused: 10 });
  });

  it.each(['http', 'tcp', 'ws'])('reset over %s', async (scheme) => {
    const server = tcpServer((socket) => socket.on('data', () => cutOff(socket)));
    expect(outcome(await probe(`${scheme}://127.0.0.1:PORT`, server)).failures).toEqual({ reset: 10 });
  });

  // An HTTP/2 session of Node whose write meets the reset before a read does ends without a reason.
  it.each(['h2c', 'grpc'])('reset over %s, or closed where Node does not say why', async (scheme) => {
    const server = tcpServer((socket) => socket.on('data', () => cutOff(socket)));
    const { reset = 0, closed = 0, ...others } = outcome(await probe(`${scheme}://127.0.0.1:PORT`, server)).failures;
    expect([reset + closed, reset > 0, others]).toEqual([10, true, {}]);
  });

  it.each(['http', 'h2c', 'grpc', 'tcp', 'ws'])('closed without an answer over %s', async (scheme) => {
    const server = tcpServer((socket) => socket.on('data', () => socket.end()));
    expect(outcome(await probe(`${scheme}://127.0.0.1:PORT`, server)).failures).toEqual({ closed: 10 });
  });

  it('closed inside the body', async () => {
    const server = http1Server((_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('short', () => response.destroy());
    });
    expect(outcome(await probe('http://127.0.0.1:PORT', server)).failures).toEqual({ closed: 10 });
  });

  it.each(['http', 'h2c', 'grpc', 'tcp', 'ws'])('timeout over %s', async (scheme) => {
    const server = tcpServer((socket) => socket.resume());
    const more = { timeoutMs: 100 };
    expect(outcome(await probe(`${scheme}://127.0.0.1:PORT`, server, more)).failures).toEqual({ timeout: 10 });
  });

  it('dns', async () => {
    const lookup: LookupFunction = (hostname, _options, callback) => {
      callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: 'ENOTFOUND' }), '', 4);
    };
    const report = await probe('http://nowhere.invalid:PORT', 80, {}, lookup);
    expect(outcome(report).failures).toEqual({ dns: 10 });
    expect(report.targets[0]?.addresses).toEqual([]);
  });

  it.each(['https', 'h2', 'tls', 'wss'])('tls: nobody trusts the certificate, over %s', async (scheme) => {
    const server = https1Server((_request, response) => response.end());
    expect(outcome(await probe(`${scheme}://127.0.0.1:PORT`, server)).failures).toEqual({ tls: 10 });
  });

  it('tls: the server speaks none', async () => {
    const server = http1Server((_request, response) => response.end());
    expect(outcome(await probe('https://127.0.0.1:PORT', server)).failures).toEqual({ tls: 10 });
  });

  it('tls: the certificate is for another name', async () => {
    const server = https1Server((_request, response) => response.end());
    const tls = { ca: loopbackCert, sni: 'other.example' };
    expect(outcome(await probe('https://127.0.0.1:PORT', server, { tls })).failures).toEqual({ tls: 10 });
  });

  it.each([
    ['tls', 'refuses h2', () => https1Server((_request, response) => response.end())],
    ['protocol', 'ignores the question', () => tlsServer((socket) => socket.resume())],
  ])('%s: a server that %s in the TLS handshake', async (kind, _what, open) => {
    const tls = { ca: loopbackCert };
    expect(outcome(await probe('h2://127.0.0.1:PORT', open(), { tls })).failures).toEqual({ [kind]: 10 });
  });

  it('status by code and flag, and a redirect is not followed', async () => {
    let count = 0;
    const server = http1Server((request, response) => {
      expect(request.url).toBe('/');
      count += 1;
      if (count % 2 === 0) return void response.writeHead(302, { location: '/elsewhere' }).end();
      response.writeHead(503).end('upstream connect error or disconnect/reset before headers. reset reason: overflow');
    });
    const report = await probe('http://127.0.0.1:PORT', server);
    expect(outcome(report).failures).toEqual({ 'status 503 UO': 5, 'status 302': 5 });
  });

  it('bad-body over http and h2', async () => {
    const request = { bodyContains: 'version 2' };
    const plain = http1Server((_request, response) => response.end('version 1'));
    expect(outcome(await probe('http://127.0.0.1:PORT', plain, { request })).failures).toEqual({ 'bad-body': 10 });
    const multiplexed = h2Server((stream) => {
      stream.respond({ ':status': 200 });
      stream.end('version 1');
    });
    expect(outcome(await probe('h2c://127.0.0.1:PORT', multiplexed, { request })).failures).toEqual({ 'bad-body': 10 });
  });

  it('bad-body: another echo than what was sent', async () => {
    const server = tcpServer((socket) => socket.on('data', () => socket.write('something else\n')));
    expect(outcome(await probe('tcp://127.0.0.1:PORT', server)).failures).toEqual({ 'bad-body': 10 });
  });

  it('protocol: not HTTP', async () => {
    const server = tcpServer((socket) => socket.on('data', () => socket.end('220 mail ready\r\n')));
    expect(outcome(await probe('http://127.0.0.1:PORT', server)).failures).toEqual({ protocol: 10 });
  });

  it('reset of one stream', async () => {
    const server = h2Server((stream) => stream.close(2));
    expect(outcome(await probe('h2c://127.0.0.1:PORT', server)).failures).toEqual({ reset: 10 });
  });

  it('goaway: a connection that leaves in anger loses what it had', async () => {
    const server = h2Server((stream) => stream.session?.goaway(11));
    expect(outcome(await probe('h2c://127.0.0.1:PORT', server)).failures).toEqual({ goaway: 10 });
  });

  it('gRPC status by code, with the flag that Envoy writes in grpc-message', async () => {
    const server = h2Server((stream) => answerGrpc(stream, 14, 'no healthy upstream'));
    const report = await probe('grpc://127.0.0.1:PORT', server);
    expect(outcome(report).failures).toEqual({ 'status grpc 14 UH': 10 });
  });

  it('protocol: a gRPC answer without status', async () => {
    const server = h2Server((stream) => {
      stream.respond({ ':status': 200 });
      stream.end(Buffer.alloc(5));
    });
    expect(outcome(await probe('grpc://127.0.0.1:PORT', server)).failures).toEqual({ protocol: 10 });
  });

  it('status of a refused WebSocket handshake', async () => {
    const server = http1Server((_request, response) => response.writeHead(404).end());
    expect(outcome(await probe('ws://127.0.0.1:PORT', server)).failures).toEqual({ 'status 404': 10 });
  });

  it('backlog: beyond the bound nothing is sent', async () => {
    let asked = 0;
    const server = http1Server(() => (asked += 1));
    const report = await probe('http://127.0.0.1:PORT', server, { maxOutstanding: 3, connections: 5, timeoutMs: 300 });
    expect(outcome(report).failures).toEqual({ timeout: 3, backlog: 7 });
    expect(asked).toBe(3);
  });

  it('local: what this machine cannot do is never blamed on the target', async () => {
    const lookup: LookupFunction = (_hostname, _options, callback) => {
      callback(Object.assign(new Error('too many open files'), { code: 'EMFILE' }), '', 4);
    };
    const report = await probe('http://some.invalid:PORT', 80, {}, lookup);
    expect(outcome(report)).toEqual({ ok: 0, failures: {} });
    expect(report.sender).toMatchObject({ localErrors: 10, onScheduleShare: 0 });
    expect(report.verdict).toMatchObject({ outcome: 'nothing-measured', scheduleKept: false });
  });
});

describe('a right answer is right', () => {
  const tls = { ca: loopbackCert };
  const streamEcho = (): Promise<LoopbackServer> =>
    h2Server((stream) => {
      stream.respond({ ':status': 200 });
      stream.end('fine');
    });

  it.each([
    ['http', () => http1Server((_request, response) => response.end('fine'))],
    ['https', () => https1Server((_request, response) => response.end('fine'))],
    ['h2c', streamEcho],
    ['h2', () => h2Server((stream) => (stream.respond({ ':status': 200 }), stream.end('fine')), { secure: true })],
    ['grpc', () => h2Server((stream) => answerGrpc(stream))],
    ['grpcs', () => h2Server((stream) => answerGrpc(stream), { secure: true })],
    ['tcp', () => tcpServer((socket) => void socket.pipe(socket))],
    ['ws', () => wsServer()],
  ])('over %s', async (scheme, open) => {
    const report = await probe(`${scheme}://127.0.0.1:PORT`, open(), { tls });
    expect(outcome(report)).toEqual({ ok: 10, failures: {} });
    expect(report.targets[0]?.latency.count).toBe(10 - report.sender.senderLate);
  });

  it('with the client certificate that the server asks for, and not without', async () => {
    const asks = { requestCert: true, rejectUnauthorized: true, ca: loopbackCert };
    const open = (): Promise<LoopbackServer> => https1Server((_request, response) => response.end(), asks);
    const mutual = { ...tls, cert: loopbackCert, key: loopbackKey };
    expect(outcome(await probe('https://127.0.0.1:PORT', open(), { tls: mutual })).ok).toBe(10);
    expect(outcome(await probe('https://127.0.0.1:PORT', open(), { tls })).ok).toBe(0);
  });

  it('with headers, host, method and status as asked', async () => {
    const seen: unknown[] = [];
    const server = http1Server((request, response) => {
      seen.push([request.method, request.headers['x-team'], request.headers.host]);
      response.writeHead(404).end('gone');
    });
    const request = {
      method: 'POST',
      headers: { 'x-team': 'mesh' },
      host: 'shop.example',
      expectStatus: 404,
      bodyContains: 'gone',
    } as const;
    expect(outcome(await probe('http://127.0.0.1:PORT', server, { request }))).toEqual({ ok: 10, failures: {} });
    expect(seen).toEqual(Array.from({ length: 10 }, () => ['POST', 'mesh', 'shop.example']));
  });

  it('over no more connections than allowed', async () => {
    let accepted = 0;
    const server = tcpServer((socket) => {
      accepted += 1;
      socket.on('data', () => setTimeout(() => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'), 30));
    });
    const report = await probe('http://127.0.0.1:PORT', server, { connections: 2 });
    expect(outcome(report)).toEqual({ ok: 10, failures: {} });
    expect(accepted).toBe(2);
    // Ten requests in 100 ms over two connections of 30 ms each: the last ones wait, and waiting is latency.
    expect(report.targets[0]?.latency.maxMs).toBeGreaterThan(30);
  });
});
