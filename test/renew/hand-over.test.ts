import { describe, expect, test } from 'vitest';
import { Blocked } from '../../src/errors.ts';
import type { KubeObject } from '../../src/kube/api.ts';
import type { PortCaller } from '../../sandbox/api/ports.ts';
import { resources } from '../../sandbox/store/resources.ts';
import { Killed, madeFor, podsOf, relabel, renew, renewal, shop, type World } from './world.ts';

const [old, target] = ['1-29-6 1.29.6 ready', '1-30-3 1.30.3 ready'];
const web = { name: 'web', replicas: 3 } as const;
const spec = renewal({ name: 'web', method: 'hand-over' });
const deployment = { resource: resources.deployments, namespace: 'shop', name: 'web' };

const labelled = ({ cluster }: World) =>
  cluster.store.list(resources.pods, { namespace: 'shop', labelSelector: 'meshlift.dev/hand-over' }).items;

/** Does something once, in the moment in which a pod is taken from its ReplicaSet. */
function whenTaken(world: World, action: () => void): void {
  let done = false;
  world.cluster.store.watch(resources.pods, {}, (event) => {
    if (done || event.type !== 'MODIFIED' || event.object.metadata.labels?.['meshlift.dev/hand-over'] === undefined)
      return;
    done = true;
    world.clock.after(0, action);
  });
}

const scale = (world: World, replicas: number) =>
  void world.cluster.store.patch(deployment, 'merge', { spec: { replicas } });

describe('something happens while a pod is handed over', () => {
  test.each([
    ['scaled down', 1],
    ['scaled up', 5],
    ['scaled to nothing', 0],
  ])('%s to %i', async (_what, replicas) => {
    const world = await shop(web);
    whenTaken(world, () => scale(world, replicas));
    await renew(world, spec);
    world.clock.advance(60_000);
    expect(podsOf(world, 'shop', 'web')).toEqual(Array(replicas).fill(target));
    expect(labelled(world)).toEqual([]);
  });

  test('the injector is gone: the pod is given back before its replacement counts', async () => {
    const world = await shop(web);
    whenTaken(world, () => relabel(world, '9-9-9'));
    const error = await renew(world, spec).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Blocked);
    expect(String(error)).toMatch(/its new pod web-\S+ got no proxy instead of .*; given back to it: web-/);
    world.clock.advance(60_000);
    expect(podsOf(world, 'shop', 'web')).toEqual([old, old, old]);
    expect(labelled(world)).toEqual([]);
  });

  test('its replacement finds no place: the pod is given back, and the reason is named', async () => {
    const world = await shop(web);
    whenTaken(world, () => {
      for (const node of [...world.cluster.store.all(resources.nodes)]) {
        const ref = { resource: resources.nodes, name: node.metadata.name };
        world.cluster.store.patch(ref, 'merge', { spec: { unschedulable: true } });
      }
    });
    const error = await renew(world, spec).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain('2 of 3 pods are ready, 1 handed over; not ready: web-');
    expect(String(error)).toContain('Unschedulable');
    world.clock.advance(60_000);
    expect(podsOf(world, 'shop', 'web')).toEqual([old, old, old]);
    expect(labelled(world)).toEqual([]);
  });

  test('the Deployment is deleted: nothing is left behind', async () => {
    const world = await shop(web);
    whenTaken(world, () => void world.cluster.store.delete(deployment, { propagation: 'Background' }));
    await renew(world, spec);
    world.clock.advance(60_000);
    expect([podsOf(world, 'shop', 'web'), labelled(world)]).toEqual([[], []]);
  });
});

test('a rollback finishes what a killed run left half handed over', async () => {
  for (const number of [0, 1, 2, 3]) {
    const world = await shop(web);
    world.crashAt = { number, how: 'after' };
    await expect(renew(world, spec)).rejects.toThrow(Killed);
    world.crashAt = null;
    relabel(world, '1-29-6');
    const back = { ...spec, revision: '1-29-6', version: '1.29.6' };
    await renew(world, back, 'run-1.back');
    world.clock.advance(60_000);
    expect(podsOf(world, 'shop', 'web')).toEqual([old, old, old]);
    expect(labelled(world)).toEqual([]);
  }
});

test('a Service that selects by other labels is seen before anything changes', async () => {
  const world = await shop({ ...web, labels: { tier: 'front' } });
  world.cluster.store.create(resources.services, {
    metadata: { name: 'by-tier', namespace: 'shop' },
    spec: { selector: { tier: 'front' }, ports: [{ port: 80 }] },
  });
  const error = await renew(world, spec).catch((thrown: unknown) => thrown);
  expect(String(error)).toContain('Service by-tier selects its pods, but not by label app');
  expect(world.writes).toEqual([]);
});

describe('slices that keep a leaving pod known to its own proxy', () => {
  const own = ({ cluster }: World) =>
    cluster.store
      .list(resources.endpointSlices, {
        namespace: 'shop',
        labelSelector: 'endpointslice.kubernetes.io/managed-by=meshlift.dev',
      })
      .items.map(({ metadata, endpoints }) => ({
        service: metadata.labels?.['kubernetes.io/service-name'],
        endpoints,
      }));

  test('are there before its label changes, send nobody to it, and go with it', async () => {
    const world = await shop(web);
    const seen: unknown[] = [];
    world.cluster.store.watch(resources.pods, {}, (event) => {
      const isLeaving = event.type === 'MODIFIED' && event.object.metadata.labels?.['app'] === 'meshlift-leaving';
      if (isLeaving) seen.push(own(world));
    });
    await renew(world, spec);
    world.clock.advance(60_000);
    const conditions = { ready: false, serving: false, terminating: true };
    expect(seen.length).toBeGreaterThanOrEqual(3);
    for (const slices of seen)
      expect(slices).toEqual([{ service: 'web', endpoints: [expect.objectContaining({ conditions })] }]);
    expect(own(world)).toEqual([]);
  });

  test('are removed from a pod that goes back', async () => {
    const world = await shop(web);
    // Killed between the slice and the label; then the run is taken back.
    world.crashAt = { number: 1, how: 'after' };
    await expect(renew(world, spec)).rejects.toThrow(Killed);
    world.crashAt = null;
    expect(own(world)).toHaveLength(1);
    relabel(world, '1-29-6');
    await renew(world, { ...spec, revision: '1-29-6', version: '1.29.6' }, 'run-1.back');
    world.clock.advance(60_000);
    expect(podsOf(world, 'shop', 'web')).toEqual([old, old, old]);
    expect([own(world), labelled(world)]).toEqual([[], []]);
  });
});

describe('what is under way', () => {
  /** Admin ports that tell of so many active requests until a time after the pod left its Services. */
  async function busy(activeMs: number, perAnswer = 0) {
    const posts: string[] = [];
    let total = 0;
    const left = new Map<string, number>();
    const found: { world?: World } = {};
    const ports: PortCaller = {
      call: ({ to, path, method }) => {
        if (to.port !== 15_000) return { kind: 'refused', error: 'connect: connection refused' };
        const now = found.world?.clock.now() ?? 0;
        if (method === 'POST') {
          posts.push(path);
          left.set(to.pod, now);
          return { kind: 'answered', status: 200, body: 'OK\n' };
        }
        total += perAnswer;
        const active = now - (left.get(to.pod) ?? now) < activeMs ? 2 : 0;
        const inbound = 'inbound|8080||::10.0.0.1:8080';
        const body = `${inbound}::rq_active::${active}\n${inbound}::rq_total::${total}\noutbound|80||x::1::rq_active::9\n`;
        return { kind: 'answered', status: 200, body };
      },
    };
    const world = await shop({ name: 'web', replicas: 1 }, { ports });
    found.world = world;
    await renew(world, { ...spec, replicas: 1 });
    return { world, posts, waitedMs: (world.sentAt.at(-1) ?? 0) - Math.max(...left.values()) };
  }

  test('is waited for: the pod goes when nothing is active and nothing new comes', async () => {
    const { world, posts, waitedMs } = await busy(8000);
    expect(posts).toEqual(['/drain_listeners?inboundonly&graceful']);
    expect(waitedMs).toBeGreaterThanOrEqual(8000);
    expect(waitedMs).toBeLessThan(12_000);
    expect(world.evidence).toEqual([]);
  });

  test('is counted when it never ends', async () => {
    const { world, waitedMs } = await busy(Infinity);
    expect(waitedMs).toBeGreaterThanOrEqual(59_000);
    expect(world.evidence).toEqual([['connections closed', 2]]);
  });

  test('new requests between two answers count, however short they are', async () => {
    const { world, waitedMs } = await busy(0, 1);
    expect(waitedMs).toBeGreaterThanOrEqual(59_000);
    expect(world.notes.join()).toContain('requests still arrive');
  });
});

describe('a rollout that meets the wrong injector after all', () => {
  const rollout = renewal({ name: 'web' });

  test('is stopped at its first pod, and its template is as before', async () => {
    const world = await shop(web);
    const templateOf = () => JSON.stringify((world.cluster.store.get(deployment)['spec'] as KubeObject)['template']);
    const before = templateOf();
    world.cluster.store.watch(resources.deployments, {}, (event) => {
      if (event.type === 'MODIFIED' && JSON.stringify(event.object['spec']).includes('meshlift.dev/renewed')) {
        world.clock.after(0, () => relabel(world, '9-9-9'));
      }
    });
    const error = await renew(world, rollout).catch((thrown: unknown) => thrown);
    expect(String(error)).toMatch(/its new pod web-\S+ got no proxy instead of .*; its template was put back/);
    world.clock.advance(60_000);
    expect(templateOf()).toBe(before);
    expect(podsOf(world, 'shop', 'web')).toEqual([old, old, old]);
  });

  test('is not started again when somebody else reverts it', async () => {
    const world = await shop(web);
    let reverts = 0;
    world.cluster.store.watch(resources.deployments, {}, (event) => {
      if (reverts > 0 || event.type !== 'MODIFIED') return;
      if (!JSON.stringify(event.object['spec']).includes('meshlift.dev/renewed')) return;
      reverts += 1;
      const annotations = { 'meshlift.dev/renewed': null, 'kubectl.kubernetes.io/restartedAt': null };
      world.clock.after(0, () => {
        world.cluster.store.patch(deployment, 'merge', { spec: { template: { metadata: { annotations } } } });
      });
    });
    await expect(renew(world, rollout)).rejects.toThrow('reverted by somebody else');
    expect(world.writes).toHaveLength(1);
    expect(madeFor(world, 'web').length).toBeLessThanOrEqual(3);
  });
});
