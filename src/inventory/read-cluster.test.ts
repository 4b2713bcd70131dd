import { describe, expect, it } from 'vitest';
import { Blocked, NotFound, Transient } from '../errors.ts';
import type { PortAnswer } from '../kube/api.ts';
import { memoryApi, recordedObjects, type MemoryCluster } from './memory-api.test-helper.ts';
import { readCluster } from './read-cluster.ts';

const objects = recordedObjects('canary/30-restarted-half');
const syncz = JSON.stringify([
  { proxy: 'web-1.a.shop', proxy_type: 'sidecar', istio_version: '1.30.3', resources: {} },
  { proxy: 'istioctl.x', istio_version: '65536.65536.65536' },
]);
const answering = (_pod: string, path: string): Promise<PortAnswer> =>
  Promise.resolve({ status: 200, body: path === '/version' ? '1.30.3-abc-Clean\n' : syncz });
const read = (cluster: Partial<MemoryCluster>) =>
  readCluster(memoryApi({ objects, istiod: answering, ...cluster }), { context: 'test' });
const forbidden = () => new Blocked('pods is forbidden', { status: 403, remedy: 'Ask for the right.' });

describe('readCluster', () => {
  it('reads everything with a bounded number of requests, and knows what is absent', async () => {
    const requests: string[] = [];
    const facts = await read({ requests });
    expect(facts.pods).toMatchObject({ unread: null });
    expect(facts.pods.items).toHaveLength(18);
    expect(facts.rollouts).toEqual({ items: [], unread: null });
    expect(facts.kubernetesVersion).toBe('v1.34.4');
    expect(facts.configMaps.items.map((one) => one.meta.name).sort()).toEqual([
      'istio-1-29-6',
      'istio-1-30-3',
      'istio-ca-root-cert',
      'istio-sidecar-injector-1-29-6',
      'istio-sidecar-injector-1-30-3',
      'values-1-29-6',
      'values-1-30-3',
    ]);
    expect([...new Set(facts.endpointSlices.items.map((slice) => slice.service))].sort()).toEqual([
      'istiod-1-29-6',
      'istiod-1-30-3',
      'istiod-revision-tag-prod',
    ]);
    // All kinds of installers and deliverers are served here, which no cluster has.
    const installers = /^LIST (istio|ztunnels|applications|helmreleases|kustomizations)/;
    expect(requests.filter((one) => !installers.test(one)).length).toBeLessThanOrEqual(52);
    expect(requests.filter((one) => one.startsWith('LIST secrets')).sort()).toEqual([
      'LIST secrets istio/multiCluster=true',
      'LIST secrets owner=helm',
    ]);
  });

  it('asks every istiod and leaves out istioctl', async () => {
    const { istiods } = await read({});
    expect(istiods.unread).toBeNull();
    expect(istiods.items.map((one) => [one.revision, one.version, one.error])).toEqual([
      ['1-29-6', '1.30.3-abc-Clean', ''],
      ['1-30-3', '1.30.3-abc-Clean', ''],
    ]);
    expect(istiods.items[0]?.syncz).toEqual([
      { namespace: 'shop', pod: 'web-1.a', proxyType: 'sidecar', version: '1.30.3', stale: [] },
    ]);
  });

  it('marks a forbidden kind and reads the others', async () => {
    const facts = await read({ failures: { pods: { errors: [forbidden()] } } });
    expect(facts.pods).toEqual({ items: [], unread: 'forbidden: pods is forbidden Ask for the right.' });
    expect(facts.istiods.unread).toContain('not all seen');
    expect(facts.deployments.unread).toBeNull();
    const guideless = await read({ failures: { mutatingwebhookconfigurations: { errors: [forbidden()] } } });
    expect(guideless.endpointSlices.unread).toContain('mutatingWebhooks');
  });

  it('keeps what it has of a list that is cut short', async () => {
    const failures = { pods: { after: 2, errors: [new Transient('connection lost')] } };
    const facts = await read({ pageSize: 5, failures });
    expect(facts.pods.items).toHaveLength(10);
    expect(facts.pods.unread).toBe('pods are cut short after 10: connection lost');
  });

  it('starts an expired list over and forgets what came before, at most three times', async () => {
    const expired = (count: number) => Array.from({ length: count }, () => new Transient('expired', { status: 410 }));
    const facts = await read({ pageSize: 5, failures: { pods: { after: 1, errors: expired(3) } } });
    expect(facts.pods).toMatchObject({ unread: null });
    expect(facts.pods.items).toHaveLength(18);
    const never = await read({ pageSize: 5, failures: { pods: { after: 1, errors: expired(4) } } });
    expect(never.pods.unread).toContain('expired');
    expect(never.pods.items).toHaveLength(5);
  });

  it('leaves out lists that were not asked for, and says so', async () => {
    const api = memoryApi({ objects, istiod: answering });
    const facts = await readCluster(api, { context: 'test', only: ['deployments'] });
    expect(facts.crds).toEqual({ items: [], unread: 'not asked for' });
    expect(facts.deployments.items).toHaveLength(10);
    // Those that others are found by are always read.
    expect(facts.pods.unread).toBeNull();
    expect(facts.istiods.items.length).toBeGreaterThan(0);
  });

  it('throws when nothing can be read at all', async () => {
    const dead = new Transient('connection refused');
    await expect(read({ version: dead, apis: dead })).rejects.toBe(dead);
    const expiredToken = new Blocked('unauthorized', { status: 401 });
    await expect(read({ version: expiredToken })).rejects.toBe(expiredToken);
    expect((await read({ version: dead })).kubernetesVersion).toBeNull();
  });

  it('finds out by listing what an old server does not say', async () => {
    const groups = ['apps', 'argoproj.io', 'policy'].map((name) => ({ name, versions: [{ version: 'v1' }] }));
    const rollouts = { errors: [new NotFound('no such kind', { status: 404 })] };
    const facts = await read({ apis: JSON.stringify({ groups }), failures: { rollouts } });
    expect(facts.rollouts).toEqual({ items: [], unread: null });
    expect(facts.deployments.items).toHaveLength(10);
    const absentPods = await read({ failures: { pods: { errors: [new NotFound('gone', { status: 404 })] } } });
    expect(absentPods.pods.unread).toBe('gone');
  });

  it('shows a dead istiod as unknown, whatever the others say', async () => {
    const istiod = (pod: string, path: string): Promise<PortAnswer> =>
      pod.startsWith('istiod-1-29-6') ? Promise.reject(new Transient('no answer in 5 s')) : answering(pod, path);
    const { istiods } = await read({ istiod });
    expect(istiods.items[0]).toMatchObject({ version: null, syncz: null });
    expect(istiods.items[0]?.error).toContain('no answer in 5 s');
    expect(istiods.items[1]).toMatchObject({ error: '' });
  });

  it('takes the version through the proxy when a port-forward is forbidden, and an answer of 401 is no answer', async () => {
    const viaProxy = await read({ istiod: () => Promise.reject(forbidden()), proxied: answering });
    expect(viaProxy.istiods.items[0]).toMatchObject({ version: '1.30.3-abc-Clean', syncz: null });
    expect(viaProxy.istiods.items[0]?.error).toContain('forbidden');
    const refused = await read({ istiod: () => Promise.resolve({ status: 401, body: '[]' }) });
    expect(refused.istiods.items[0]).toMatchObject({ version: null, syncz: null });
    expect(refused.istiods.items[0]?.error).toContain('/debug/syncz answered 401');
  });

  it('does not ask a pending istiod', async () => {
    const pending = structuredClone(objects);
    for (const one of pending) {
      if (one.kind === 'Pod' && one.metadata.name.startsWith('istiod-1-30')) one['status'] = { phase: 'Pending' };
    }
    const { istiods } = await read({ objects: pending });
    expect(istiods.items[1]).toMatchObject({ version: null, syncz: null, error: 'pod is Pending' });
  });
});
