import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { MeshliftError } from '../../src/errors.ts';
import type { KubeApi } from '../../src/kube/api.ts';
import { connect } from '../../src/kube/connection.ts';
import { httpKubeApi } from '../../src/kube/http-api.ts';
import { resources } from '../store/resources.ts';
import { createPod } from '../store/test-cluster.test-helper.ts';
import { kubeconfigFile, withServed, type Served } from './served.test-helper.ts';

async function withApi(body: (api: KubeApi, served: Served) => Promise<void>): Promise<void> {
  await withServed(async (served) => {
    createPod(served.store, 'a', {}, true);
    createPod(served.store, 'cold', {});
    const file = await kubeconfigFile(served.url);
    const api = httpKubeApi(await connect({ kubeconfig: file.path }), { backoffMs: 1, random: () => 0 });
    try {
      await body(api, served);
    } finally {
      await api.close();
      await file.remove();
    }
  });
}

async function thrown(call: Promise<unknown>): Promise<MeshliftError> {
  const error: unknown = await call.then(
    () => 'no error',
    (reason: unknown) => reason,
  );
  if (error instanceof MeshliftError) return error;
  throw new Error(`expected an error of errors.ts, got ${String(error)}`);
}

const forwardPath = (pod: string, ports: string) => `/api/v1/namespaces/shop/pods/${pod}/portforward?ports=${ports}`;

/** Every message until the server closes the socket. */
async function messagesOf(socket: WebSocket): Promise<readonly Buffer[]> {
  const messages: Buffer[] = [];
  socket.on('message', (data) => messages.push(data as Buffer));
  await once(socket, 'close');
  return messages;
}

describe('port-forward', () => {
  it('carries requests to a port of a running pod', () =>
    withApi(async (api) => {
      const answer = await api.forwardedRequest({ namespace: 'shop', pod: 'a', port: 15000 }, '/clusters?x=1');
      expect(answer).toEqual({ status: 200, body: 'GET a:15000/clusters?x=1 by port-forward' });
      const posted = await api.forwardedRequest({ namespace: 'shop', pod: 'a', port: 15000 }, '/quit', {
        method: 'POST',
      });
      expect(posted.body).toBe('POST a:15000/quit by port-forward');
    }));

  it('tells what stands in the way', () =>
    withApi(async (api) => {
      const refusal = async (pod: string, port: number) =>
        thrown(api.forwardedRequest({ namespace: 'shop', pod, port }, '/'));
      const closed = await refusal('a', 1);
      expect([closed.errorClass, closed.message]).toEqual(['Transient', expect.stringContaining('connection refused')]);
      expect((await refusal('cold', 80)).message).toContain('Current status=Pending');
      expect((await refusal('none', 80)).errorClass).toBe('NotFound');
    }));

  it('speaks v4 with two ports on one socket', () =>
    withApi(async (_api, { url }) => {
      const socket = new WebSocket(url.replace('http', 'ws') + forwardPath('a', '80&ports=8080'), [
        'v4.channel.k8s.io',
      ]);
      const ended = messagesOf(socket);
      await once(socket, 'open');
      expect(socket.protocol).toBe('v4.channel.k8s.io');
      const request = (path: string) => Buffer.from(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
      const answered = new Promise<void>((resolve) => {
        socket.on('message', (data) => (data as Buffer).includes('GET a:80/one') && resolve());
      });
      socket.send(Buffer.concat([Buffer.of(0), request('/one')]));
      await answered;
      socket.send(Buffer.concat([Buffer.of(2), request('/two')]));
      const messages = await ended;
      expect(messages.slice(0, 4).map((message) => [...message])).toEqual([
        [0, 80, 0],
        [1, 80, 0],
        [2, 8080 & 0xff, 8080 >> 8],
        [3, 8080 & 0xff, 8080 >> 8],
      ]);
      const text = (channel: number) =>
        messages
          .slice(4)
          .filter((m) => m[0] === channel)
          .map((m) => m.subarray(1).toString())
          .join('');
      expect(text(0)).toContain('GET a:80/one by port-forward');
      expect(text(2)).toContain('GET a:8080/two by port-forward');
      expect(text(1) + text(3)).toBe('');
    }));

  it('refuses other protocols, bad ports and other paths with a Status', () =>
    withApi(async (_api, { url, get }) => {
      const upgrade = async (path: string, header: string) => {
        const socket = connectTcp(Number(new URL(url).port), '127.0.0.1');
        socket.write(`POST ${path} HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\n${header}\r\n\r\n`);
        let text = '';
        for await (const chunk of socket) text += String(chunk);
        return text;
      };
      const spdy = await upgrade(forwardPath('a', '80'), 'upgrade: SPDY/3.1');
      expect(spdy).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
      expect(spdy).toContain('over WebSockets with protocol v5.channel.k8s.io or v4.channel.k8s.io only');
      const webSocket = 'upgrade: websocket\r\nsec-websocket-protocol: v4.channel.k8s.io';
      expect(await upgrade(forwardPath('a', '0'), webSocket)).toContain('unable to parse \\"0\\" as a port');
      expect(await upgrade('/api/v1/namespaces/shop/pods/a/exec', webSocket)).toMatch(/^HTTP\/1\.1 404 /);
      expect((await get(forwardPath('a', '80'))).body).toMatchObject({ code: 400, kind: 'Status' });
    }));
});

describe('proxy', () => {
  it('reaches pods, and ready pods behind services', () =>
    withApi(async (api, { store, get, send }) => {
      expect(await api.proxyGet({ kind: 'pods', namespace: 'shop', name: 'a', port: 8080 }, '/x?y=1')).toEqual({
        status: 200,
        body: 'GET a:8080/x?y=1 by proxy',
      });
      const service = { kind: 'services', namespace: 'shop', name: 's', port: 80 } as const;
      expect((await thrown(api.proxyGet(service, '/'))).errorClass).toBe('NotFound');
      const ports = [{ name: 'http', port: 80, targetPort: 8080 }];
      store.create(resources.services, { metadata: { name: 's', namespace: 'shop' }, spec: { ports } });
      expect((await thrown(api.proxyGet(service, '/'))).message).toContain('no endpoints available for service "s"');
      store.create(resources.endpointSlices, {
        metadata: { name: 's-1', namespace: 'shop', labels: { 'kubernetes.io/service-name': 's' } },
        addressType: 'IPv4',
        endpoints: [{ conditions: { ready: true }, targetRef: { kind: 'Pod', name: 'a' } }],
        ports: [{ name: 'http', port: 8080 }],
      });
      expect((await api.proxyGet(service, '/x')).body).toBe('GET a:8080/x by proxy');
      const at = (name: string) => get(`/api/v1/namespaces/shop/services/${name}/proxy/x//y%2Fz`);
      for (const name of ['s', 's:http', 'http:s:80']) {
        expect((await at(name)).body).toEqual({ text: 'GET a:8080/x//y%2Fz by proxy' });
      }
      expect((await at('s:grpc')).status).toBe(404);
      expect((await get('/api/v1/namespaces/shop/pods/a/proxy')).body).toEqual({ text: 'GET a:80/ by proxy' });
      expect(await get('/api/v1/namespaces/shop/pods/a:1/proxy/')).toMatchObject({
        status: 503,
        body: { reason: 'ServiceUnavailable', message: 'error trying to reach service: connect: connection refused' },
      });
      expect((await send('PUT', '/api/v1/namespaces/shop/pods/a/proxy/', '{}')).status).toBe(405);
    }));
});
