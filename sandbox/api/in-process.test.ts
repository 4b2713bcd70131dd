import { describe, expect, it } from 'vitest';
import { Aborted, MeshliftError } from '../../src/errors.ts';
import type { KubeObject } from '../../src/kube/api.ts';
import { served, resources as known } from '../../src/kube/resources.ts';
import { customDefinitions } from '../store/custom-kinds.ts';
import { resources } from '../store/resources.ts';
import { createPod, inShop, testCluster } from '../store/test-cluster.test-helper.ts';
import { inProcessApi } from './in-process.ts';
import type { PortRequest } from './ports.ts';

const nameOf = (object: KubeObject) => object.metadata.name;

async function thrown(call: Promise<unknown>): Promise<MeshliftError> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof MeshliftError) return error;
  throw new Error(`expected an error of errors.ts, got ${String(error)}`);
}

function cluster() {
  const { store } = testCluster();
  const requests: PortRequest[] = [];
  const ports = {
    call: (request: PortRequest) => {
      requests.push(request);
      if (request.to.port === 1) return { kind: 'refused', error: 'connect: connection refused' } as const;
      return { kind: 'answered', status: 200, body: `${request.to.pod}:${request.to.port}${request.path}` } as const;
    },
  };
  return { store, requests, api: inProcessApi({ store, ports }) };
}

describe('in-process API', () => {
  it('reports a refused eviction as Blocked, two budgets too', async () => {
    const { store, api } = cluster();
    createPod(store, 'a', { app: 'a' }, true);
    const budget = (name: string) =>
      store.create(resources.disruptionBudgets, {
        metadata: { name, namespace: 'shop' },
        spec: { selector: { matchLabels: { app: 'a' } } },
      });
    budget('one');
    const refused = await thrown(api.evict({ namespace: 'shop', name: 'a' }));
    expect([refused.errorClass, refused.status, refused.retryAfterSeconds]).toEqual(['Blocked', 429, 10]);
    budget('two');
    const torn = await thrown(api.evict({ namespace: 'shop', name: 'a' }));
    expect([torn.errorClass, torn.status]).toEqual(['Blocked', 500]);
  });

  it('goes on after a lost watch, and starts over when its version is gone', async () => {
    const { store, api } = cluster();
    const make = (name: string) => store.create(resources.configMaps, { metadata: { name, namespace: 'shop' } });
    make('a');
    const stop = new AbortController();
    const told: string[] = [];
    const acts = new Map<string, () => void>([
      [
        'synced',
        () => {
          store.closeWatches();
          make('b');
        },
      ],
      [
        'added b',
        () => {
          store.closeWatches();
          make('c');
          store.forgetHistory();
        },
      ],
      ['synced again', () => stop.abort()],
    ]);
    const read = async () => {
      for await (const event of api.watch(resources.configMaps, { project: nameOf, signal: stop.signal })) {
        const line = 'object' in event ? `${event.type} ${event.object}` : event.type;
        const step = told.includes('synced') && line === 'synced' ? 'synced again' : line;
        told.push(step);
        const act = acts.get(step);
        acts.delete(step);
        // In a later turn, so that the watch stands open by then.
        if (act) setImmediate(act);
      }
    };
    await expect(read()).rejects.toBeInstanceOf(Aborted);
    expect(told).toEqual([
      'added a',
      'synced',
      'added b',
      'restarted',
      'added a',
      'added b',
      'added c',
      'synced again',
    ]);
  });

  it('starts with a list when asked for a version that is gone', async () => {
    const { store, api } = cluster();
    store.create(resources.configMaps, { metadata: { name: 'a', namespace: 'shop' } });
    const resourceVersion = store.resourceVersion;
    store.create(resources.configMaps, { metadata: { name: 'b', namespace: 'shop' } });
    store.forgetHistory();
    const told: string[] = [];
    for await (const event of api.watch(resources.configMaps, { resourceVersion, project: nameOf })) {
      told.push(event.type);
      if (event.type === 'synced') break;
    }
    expect(told).toEqual(['added', 'added', 'synced']);
  });

  it('ends a list whose token has expired with Transient', async () => {
    const { store, api } = cluster();
    for (const name of ['a', 'b']) store.create(resources.configMaps, { metadata: { name, namespace: 'shop' } });
    const read = async () => {
      for await (const page of api.list(resources.configMaps, { pageSize: 1, project: (object) => object })) {
        expect(page.items).toHaveLength(1);
        store.create(resources.configMaps, { metadata: { name: `x${page.resourceVersion}`, namespace: 'shop' } });
        store.forgetHistory();
      }
    };
    const error = await thrown(read());
    expect([error.errorClass, error.status]).toEqual(['Transient', 410]);
  });

  it('obeys a signal that has fired', async () => {
    const { api } = cluster();
    const signal = AbortSignal.abort();
    expect((await thrown(api.get(inShop(resources.pods, 'a'), { signal }))).errorClass).toBe('Aborted');
  });

  it('reaches ports of running pods, and pods behind services', async () => {
    const { store, api, requests } = cluster();
    createPod(store, 'a', {}, true);
    createPod(store, 'cold', {});
    expect(await api.forwardedRequest({ namespace: 'shop', pod: 'a', port: 15000 }, '/clusters')).toEqual({
      status: 200,
      body: 'a:15000/clusters',
    });
    expect((await thrown(api.forwardedRequest({ namespace: 'shop', pod: 'cold', port: 80 }, '/'))).message).toContain(
      'Current status=Pending',
    );
    expect((await thrown(api.forwardedRequest({ namespace: 'shop', pod: 'a', port: 1 }, '/'))).errorClass).toBe(
      'Transient',
    );
    expect((await thrown(api.forwardedRequest({ namespace: 'shop', pod: 'none', port: 1 }, '/'))).errorClass).toBe(
      'NotFound',
    );
    const ports = [{ name: 'http', port: 80, targetPort: 8080 }];
    store.create(resources.services, { metadata: { name: 's', namespace: 'shop' }, spec: { ports } });
    const service = { kind: 'services', namespace: 'shop', name: 's', port: 80 } as const;
    expect((await thrown(api.proxyGet(service, '/'))).message).toContain('no endpoints available for service "s"');
    const ready = (pod: string, isReady: boolean) => ({
      conditions: { ready: isReady },
      targetRef: { kind: 'Pod', name: pod },
    });
    store.create(resources.endpointSlices, {
      metadata: { name: 's-1', namespace: 'shop', labels: { 'kubernetes.io/service-name': 's' } },
      addressType: 'IPv4',
      endpoints: [ready('cold', false), ready('a', true)],
      ports: [{ name: 'http', port: 8080 }],
    });
    expect(await api.proxyGet(service, '/x')).toEqual({ status: 200, body: 'a:8080/x' });
    expect(requests.map((request) => request.via)).toEqual(['port-forward', 'port-forward', 'proxy']);
  });

  it('tells its kinds in the form that the client reads', async () => {
    const { store, api } = cluster();
    for (const definition of customDefinitions('networking.istio.io')) store.create(resources.definitions, definition);
    const kinds = await served(api);
    expect(kinds.unread).toBeNull();
    expect(kinds.as(known.istioGateways)).toEqual({ state: 'served', resource: known.istioGateways });
    expect(kinds.as(known.deployments).state).toBe('served');
    expect(kinds.as(known.rollouts).state).toBe('absent');
    const group = JSON.parse(await api.getRaw('/apis/networking.istio.io')) as { preferredVersion: object };
    expect(group.preferredVersion).toEqual({ groupVersion: 'networking.istio.io/v1', version: 'v1' });
  });
});
