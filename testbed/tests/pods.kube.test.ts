import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MeshliftError } from '../../src/errors.ts';
import { images } from '../src/images.ts';
import { network } from '../src/layout.ts';
import { until } from '../src/run.ts';
import { testNamespace, type TestNamespace } from './cluster.ts';

const pods = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true };
const services = { group: '', version: 'v1', plural: 'services', kind: 'Service', namespaced: true };
let place: TestNamespace;
beforeAll(async () => {
  place = await testNamespace();
  const { api, namespace } = place;
  const readinessProbe = { httpGet: { path: '/readyz', port: 8080 }, periodSeconds: 1 };
  await api.create(pods, {
    metadata: { name: 'app', namespace, labels: { app: 'app' } },
    spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'app', image: images.app, readinessProbe }] },
  });
  const service = await api.create(services, {
    metadata: { name: 'app', namespace },
    spec: { selector: { app: 'app' }, ports: [{ port: 80, targetPort: 8080 }] },
  });
  // The node's programs learn of an endpoint one after the other: the EndpointSlice comes first, kube-proxy's rules last.
  const address = (service['spec'] as { clusterIP: string }).clusterIP;
  await until('the Service answers', 60_000, async () => {
    const answer = await fetch(`http://${address}/`).catch(() => undefined);
    return answer?.ok === true;
  });
});
afterAll(() => place.cleanup());

/** Runs the load client in a pod to its end, and returns what it counted. */
async function load(name: string, url: string): Promise<{ sent: number; ok: number; kinds: Record<string, number> }> {
  const { api, namespace } = place;
  const container = { name: 'load', image: images.load, args: [`-url=${url}`, '-rate=20', '-for=2s', '-fresh'] };
  await api.create(pods, {
    metadata: { name, namespace },
    spec: { restartPolicy: 'Never', containers: [container] },
  });
  await until(`pod ${name} has ended`, 60_000, async () => {
    const pod = await api.get({ resource: pods, namespace, name });
    return (pod['status'] as { phase?: string }).phase === 'Succeeded';
  });
  const log = await api.getRaw(`/api/v1/namespaces/${namespace}/pods/${name}/log`);
  return JSON.parse(log) as { sent: number; ok: number; kinds: Record<string, number> };
}

describe('pods of the test bed', () => {
  test('reach a Service by its name and lose nothing', async () => {
    const { sent, ok, kinds } = await load('by-name', `http://app.${place.namespace}.svc.cluster.local/`);
    expect(kinds).toEqual({});
    expect([ok, sent > 30]).toEqual([sent, true]);
  });

  test('reach nothing of the machine, and are told so at once', async () => {
    const answered = { count: 0 };
    const server = createServer((_, response) => {
      answered.count += 1;
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, network.host, resolve));
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    try {
      // The machine itself reaches it: what keeps the pods away is not that nothing listens.
      expect((await fetch(`http://${network.host}:${port}/`)).status).toBe(200);
      const { ok, sent, kinds } = await load('outside', `http://${network.host}:${port}/`);
      expect([ok, sent > 30]).toEqual([0, true]);
      expect(Object.keys(kinds).filter((kind) => !kind.endsWith('connection refused'))).toEqual([]);
      expect(answered.count).toBe(1);
    } finally {
      server.close();
    }
  });

  test('are reached from the machine by the address of their Service', async () => {
    const service = await place.api.get({ resource: services, namespace: place.namespace, name: 'app' });
    const { clusterIP } = service['spec'] as { clusterIP: string };
    const answer = await fetch(`http://${clusterIP}/`, { signal: AbortSignal.timeout(5000) });
    expect((await answer.text()).trim()).toBe('app');
  });
});

describe('a port of a real pod', () => {
  const to = (port: number) => ({ namespace: place.namespace, pod: 'app', port });

  test('answers through a port-forward, GET and POST, and a body in pieces', async () => {
    expect(await place.api.forwardedRequest(to(8080), '/')).toEqual({ status: 200, body: 'app\n' });
    expect((await place.api.forwardedRequest(to(8080), '/echo', { method: 'POST' })).status).toBe(200);
    const pieces: Uint8Array[] = [];
    await place.api.forwardedRequest(to(8080), '/', { onBody: (piece) => pieces.push(piece) });
    expect(Buffer.concat(pieces).toString()).toBe('app\n');
  });

  test('answers through the proxy of the API server, by pod and by Service', async () => {
    const { api, namespace } = place;
    expect(await api.proxyGet({ kind: 'pods', namespace, name: 'app', port: 8080 }, '/')).toEqual({
      status: 200,
      body: 'app\n',
    });
    expect((await api.proxyGet({ kind: 'services', namespace, name: 'app', port: 80 }, '/')).body).toBe('app\n');
  });

  test('on which nothing listens is Transient; a pod that is not there is NotFound', async () => {
    const closed: unknown = await place.api.forwardedRequest(to(9), '/').catch((error: unknown) => error);
    expect(closed).toMatchObject({ errorClass: 'Transient' });
    const missing = { ...to(8080), pod: 'none' };
    const none: unknown = await place.api.forwardedRequest(missing, '/').catch((error: unknown) => error);
    expect(none).toMatchObject({ errorClass: 'NotFound', status: 404 });
    expect(none).toBeInstanceOf(MeshliftError);
  });
});
