import { afterEach, describe, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import type { KubeApi } from './api.ts';
import { httpKubeApi } from './http-api.ts';
import { failure, type Handler, json, type Loopback, loopback, plainConnection } from './loopback.test-helper.ts';

const TO = { namespace: 'istio-system', pod: 'istiod-1', port: 15014 };
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

interface Forward {
  readonly socket: WebSocket;
  /** Sends bytes in a channel. */
  send(channel: number, bytes: string | Buffer): void;
}

/** An API server whose port-forwards are answered by `onRequest` once the whole head of the HTTP request has come. */
async function start(onRequest: (forward: Forward, head: string) => void, protocol = 'v4.channel.k8s.io') {
  const server = await loopback((_, response) => json(response, 404, failure(404, 'no such path')));
  const sockets = new WebSocketServer({
    server: server.server,
    handleProtocols: (offered) => (offered.has(protocol) ? protocol : false),
  });
  const seen: { url: string; authorization: string | undefined }[] = [];
  sockets.on('connection', (socket, request) => {
    seen.push({ url: request.url ?? '', authorization: request.headers.authorization });
    const send = (channel: number, bytes: string | Buffer) =>
      socket.send(Buffer.concat([Buffer.of(channel), Buffer.from(bytes)]));
    for (const channel of [0, 1]) send(channel, Buffer.of(TO.port % 256, TO.port >> 8));
    let head = '';
    socket.on('message', (data: Buffer) => {
      if (data[0] !== 0) return;
      head += data.subarray(1).toString('utf8');
      if (head.includes('\r\n\r\n')) onRequest({ socket, send }, head);
    });
  });
  const credentials = async () => ({ headers: { authorization: 'Bearer t' }, tls: {} });
  const api = httpKubeApi(plainConnection(server.url, { credentials }), { requestTimeoutMs: 2_000 });
  open.push(server, { close: async () => sockets.clients.forEach((socket) => socket.terminate()) }, api);
  return { api, seen };
}

describe('forwardedRequest', () => {
  it.each(['v4.channel.k8s.io', 'v5.channel.k8s.io'])('carries an HTTP request by %s', async (protocol) => {
    let asked = '';
    const { api, seen } = await start(({ send, socket }, head) => {
      asked = head;
      send(0, 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab');
      send(0, 'c\r\n0\r\n\r\n');
      socket.close();
    }, protocol);
    expect(await api.forwardedRequest(TO, '/debug/syncz?x=1')).toEqual({ status: 200, body: 'abc' });
    expect(asked.split('\r\n')[0]).toBe('GET /debug/syncz?x=1 HTTP/1.1');
    expect(seen).toEqual([
      { url: '/api/v1/namespaces/istio-system/pods/istiod-1/portforward?ports=15014', authorization: 'Bearer t' },
    ]);
  });

  it('gives back answers that are no success, and sends POST', async () => {
    let asked = '';
    const { api } = await start(({ send }, head) => {
      asked = head;
      send(0, 'HTTP/1.1 405 No\r\nContent-Length: 2\r\n\r\nno');
    });
    expect(await api.forwardedRequest(TO, '/quitquitquit', { method: 'POST' })).toEqual({ status: 405, body: 'no' });
    expect(asked.startsWith('POST /quitquitquit ')).toBe(true);
  });

  it('carries a large answer whole', async () => {
    const body = 'x'.repeat(3_000_000);
    const { api } = await start(({ send }) => {
      send(0, `HTTP/1.1 200 OK\r\nContent-Length: ${String(body.length)}\r\n\r\n`);
      for (let at = 0; at < body.length; at += 30_000) send(0, body.slice(at, at + 30_000));
    });
    const answer = await api.forwardedRequest(TO, '/config_dump');
    expect(answer.body.length).toBe(body.length);
  });

  it('is Transient with the text of the error channel', async () => {
    const { api } = await start(({ send }) => send(1, 'dial tcp4 127.0.0.1:15014: connect: connection refused'));
    await expect(api.forwardedRequest(TO, '/')).rejects.toMatchObject({
      errorClass: 'Transient',
      object: 'Pod istio-system/istiod-1',
      message: expect.stringContaining('connection refused') as string,
    });
  });

  it.each<[string, (forward: Forward) => void]>([
    ['before the answer', ({ socket }) => socket.close()],
    [
      'within the body',
      ({ send, socket }) => {
        send(0, 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc');
        socket.close();
      },
    ],
    ['hard', ({ socket }) => socket.terminate()],
  ])('is Transient when the tunnel closes %s', async (_name, end) => {
    const { api } = await start(end);
    await expect(api.forwardedRequest(TO, '/')).rejects.toMatchObject({ errorClass: 'Transient' });
  });

  it('ends at the deadline and by the signal', async () => {
    const { api } = await start(() => undefined);
    await expect(api.forwardedRequest(TO, '/', { deadlineMs: 80 })).rejects.toMatchObject({
      errorClass: 'Transient',
      message: expect.stringContaining('80 ms') as string,
    });
    const signal = AbortSignal.timeout(30);
    await expect(api.forwardedRequest(TO, '/', { signal })).rejects.toMatchObject({ errorClass: 'Aborted' });
  });

  it('turns a refused upgrade into the error of its status, after one try with new credentials for 401', async () => {
    const statuses = [401, 403, 404];
    let forgotten = 0;
    const server = await loopback(() => undefined);
    server.server.on('upgrade', (_request, socket) => {
      const status = statuses.shift() ?? 500;
      const body = JSON.stringify(failure(status, 'refused here'));
      socket.end(`HTTP/1.1 ${String(status)} X\r\nContent-Length: ${String(body.length)}\r\n\r\n${body}`);
    });
    const forgetCredentials = () => (forgotten += 1);
    const api = httpKubeApi(plainConnection(server.url, { forgetCredentials }), { requestTimeoutMs: 2_000 });
    open.push(server, api);
    await expect(api.forwardedRequest(TO, '/')).rejects.toMatchObject({
      errorClass: 'Blocked',
      status: 403,
      remedy: 'Ask for the right to get and create pods/portforward.',
    });
    expect(forgotten).toBe(1);
    await expect(api.forwardedRequest(TO, '/')).rejects.toMatchObject({ errorClass: 'NotFound' });
  });
});

describe('proxyGet', () => {
  async function proxy(handler: Handler): Promise<{ server: Loopback; api: KubeApi }> {
    const server = await loopback(handler);
    const api = httpKubeApi(plainConnection(server.url), { requestTimeoutMs: 2_000, backoffMs: 2 });
    open.push(server, api);
    return { server, api };
  }
  const service = { kind: 'services', namespace: 'istio-system', name: 'istiod', port: 15014 } as const;

  it('returns what the port answers, whatever its status', async () => {
    const { api, server } = await proxy((_, response) => response.writeHead(503).end('not ready'));
    expect(await api.proxyGet(service, '/ready?x=1')).toEqual({ status: 503, body: 'not ready' });
    expect(server.received.map((request) => request.url)).toEqual([
      '/api/v1/namespaces/istio-system/services/istiod:15014/proxy/ready?x=1',
    ]);
  });

  it('throws what the API server itself says', async () => {
    const { api } = await proxy((_, response) => json(response, 404, failure(404, 'services "istiod" not found')));
    await expect(api.proxyGet(service, '/')).rejects.toMatchObject({ errorClass: 'NotFound' });
  });
});
