import { createServer as createTcpServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { MeshliftError } from '../errors.ts';
import type { KubeApi } from './api.ts';
import type { Connection } from './connection.ts';
import { httpKubeApi } from './http-api.ts';
import {
  DEPLOYMENTS,
  failure,
  type Handler,
  json,
  type Loopback,
  loopback,
  plainConnection,
} from './loopback.test-helper.ts';

const WEB = { resource: DEPLOYMENTS, namespace: 'shop', name: 'web' };
const OBJECT = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'shop' } };
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

async function start(handler: Handler, more: Partial<Connection> = {}): Promise<{ server: Loopback; api: KubeApi }> {
  const server = await loopback(handler);
  open.push(server);
  return { server, api: client(server.url, more) };
}

function client(url: string, more: Partial<Connection> = {}): KubeApi {
  const api = httpKubeApi(plainConnection(url, more), { requestTimeoutMs: 2_000, backoffMs: 2 });
  open.push(api);
  return api;
}

async function errorOf(work: Promise<unknown>): Promise<MeshliftError> {
  return work.then(
    () => expect.fail('it did not throw'),
    (error: unknown) => error as MeshliftError,
  );
}

describe('errors by status', () => {
  it.each([
    [400, 'InvalidInput'],
    [401, 'Blocked'],
    [403, 'Blocked'],
    [404, 'NotFound'],
    [409, 'Conflict'],
    [422, 'InvalidInput'],
  ])('%i is %s, with the object and what the server said', async (status, errorClass) => {
    const { api } = await start((_, response) => json(response, status, failure(status, 'because of this')));
    const error = await errorOf(api.get(WEB));
    expect(error.errorClass).toBe(errorClass);
    expect(error.status).toBe(status);
    expect(error.object).toBe('Deployment shop/web');
    expect(error.message).toContain('Cannot get Deployment shop/web: because of this');
  });

  it('names the right that is missing, but not for a refusal by policy', async () => {
    const said = [
      'deployments.apps "web" is forbidden: User "u" cannot get resource',
      'admission webhook "x" denied the request',
    ];
    const { api } = await start((_, response, index) => json(response, 403, failure(403, said[index] ?? '')));
    expect((await errorOf(api.get(WEB))).remedy).toBe('Ask for the right to get deployments.apps.');
    expect((await errorOf(api.get(WEB))).remedy).toContain('policy');
  });

  it('reads plain text of what is no API server', async () => {
    const { api } = await start((_, response) => response.writeHead(302, { location: '/login' }).end('Please log in'));
    const error = await errorOf(api.get(WEB));
    expect(error.errorClass).toBe('InvalidInput');
    expect(error.message).toContain('Please log in');
  });

  it('takes a body that is no JSON for Transient', async () => {
    const { api } = await start((_, response) => response.end('<html>'));
    expect((await errorOf(api.get(WEB))).message).toContain('unreadable answer');
  });
});

describe('retries', () => {
  it.each([429, 500, 503])('repeats GET after %i', async (status) => {
    const { api, server } = await start((_, response, index) =>
      index < 2 ? json(response, status, failure(status, 'busy')) : json(response, 200, OBJECT),
    );
    expect((await api.get(WEB)).metadata.name).toBe('web');
    expect(server.received).toHaveLength(3);
  });

  it('gives up after five tries and says what the server said last', async () => {
    const { api, server } = await start((_, response) => json(response, 503, failure(503, 'still busy')));
    const error = await errorOf(api.get(WEB));
    expect(error.errorClass).toBe('Transient');
    expect(error.message).toContain('still busy');
    expect(server.received).toHaveLength(5);
  });

  it('repeats a write only when the server says when', async () => {
    const { api, server } = await start((_, response, index) =>
      index === 0
        ? json(response, 429, failure(429, 'busy'), { 'retry-after': '0' })
        : json(response, 503, failure(503, 'down')),
    );
    expect((await errorOf(api.patch(WEB, 'merge', {}))).message).toContain('down');
    expect(server.received).toHaveLength(2);
  });

  it('repeats GET after a reset within the body, never a write', async () => {
    const { api, server } = await start((request, response, index) => {
      if (request.method === 'GET' && index === 1) return json(response, 200, OBJECT);
      response.writeHead(200, { 'content-length': '1000' }).write('{"metadata"');
      setImmediate(() => response.socket?.resetAndDestroy());
    });
    expect((await api.get(WEB)).metadata.name).toBe('web');
    const error = await errorOf(api.patch(WEB, 'merge', {}));
    expect(error.errorClass).toBe('Transient');
    expect(error.remedy).toContain('may have done it');
    expect(server.received.map((request) => request.method)).toEqual(['GET', 'GET', 'PATCH']);
  });

  it('does not wait past the deadline for Retry-After', async () => {
    const { api, server } = await start((_, response) =>
      json(response, 429, failure(429, 'busy'), { 'retry-after': '60' }),
    );
    const error = await errorOf(api.get(WEB, { deadlineMs: 500 }));
    expect(error.retryAfterSeconds).toBe(60);
    expect(server.received).toHaveLength(1);
  });

  it('asks for new credentials once after 401', async () => {
    let token = 'old';
    const { api, server } = await start(
      (request, response) =>
        request.headers.authorization === 'Bearer new'
          ? json(response, 200, OBJECT)
          : json(response, 401, failure(401, 'Unauthorized')),
      {
        credentials: async () => ({ headers: { authorization: `Bearer ${token}` }, tls: {} }),
        forgetCredentials: () => (token = 'new'),
      },
    );
    await api.get(WEB);
    expect(server.received.map((request) => request.headers.authorization)).toEqual(['Bearer old', 'Bearer new']);
    token = 'wrong';
    await api.patch(WEB, 'merge', {});
    expect(server.received).toHaveLength(4);
  });
});

describe('limits', () => {
  it('ends a stalled body at the deadline', async () => {
    const { api } = await start((_, response) => {
      response.writeHead(200, { 'content-length': '1000' }).write('{"metadata"');
    });
    const error = await errorOf(api.get(WEB, { deadlineMs: 80 }));
    expect(error.errorClass).toBe('Transient');
    expect(error.message).toContain('no answer within 80 ms');
  });

  it('ends with Aborted by the signal, before and during the call', async () => {
    const controller = new AbortController();
    const { api, server } = await start(() => controller.abort());
    expect((await errorOf(api.get(WEB, { signal: controller.signal }))).errorClass).toBe('Aborted');
    expect((await errorOf(api.get(WEB, { signal: controller.signal }))).errorClass).toBe('Aborted');
    expect(server.received).toHaveLength(1);
  });

  it('names the server when nothing listens', async () => {
    const probe = createTcpServer();
    await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
    const address = probe.address();
    const url = `http://127.0.0.1:${String(address && typeof address === 'object' ? address.port : 0)}`;
    await new Promise((resolve) => probe.close(resolve));
    const error = await errorOf(client(url).patch(WEB, 'merge', {}));
    expect(error.errorClass).toBe('Transient');
    expect(error.message).toContain('connection refused');
    expect(error.message).toContain(url);
  });

  it('says that TLS failed and does not try again', async () => {
    const server = await loopback((_, response) => response.end(), true);
    open.push(server);
    let connections = 0;
    server.server.on('connection', () => (connections += 1));
    const error = await errorOf(client(server.url).get(WEB));
    expect(error.errorClass).toBe('Transient');
    expect(error.message).toContain('TLS failed');
    expect(connections).toBe(1);
  });
});

describe('getRaw', () => {
  it('returns the text and sends the accept header', async () => {
    const { api, server } = await start((_, response) => response.end('{"gitVersion":"v1.34.4"}'));
    expect(await api.getRaw('/version', { accept: 'application/json;v=v2' })).toBe('{"gitVersion":"v1.34.4"}');
    expect(server.received[0]?.headers).toMatchObject({ accept: 'application/json;v=v2', 'user-agent': 'meshlift' });
  });
});
