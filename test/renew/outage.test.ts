import { describe, expect, test } from 'vitest';
import { Transient } from '../../src/errors.ts';
import type { KubeApi } from '../../src/kube/api.ts';
import { resources } from '../../sandbox/store/resources.ts';
import { podsOf, renew, renewal, shop, type World } from './world.ts';

const target = '1-30-3 1.30.3 ready';
const web = { name: 'web', replicas: 2 } as const;
const spec = renewal({ name: 'web', method: 'hand-over', replicas: 2 });
/** Of the policy: a renewal may then stand still for half of it. */
const limitSeconds = 60;

/** The world, with an API that nobody can reach while `isAway` says so, or that then takes no write. */
function behind(world: World, isAway: () => boolean, answersReads = false): World {
  const lost = () => new Transient('connection refused', { object: 'the API server' });
  const { api } = world.cluster;
  const cut: KubeApi = {
    ...api,
    get: (...args) => (isAway() && !answersReads ? Promise.reject(lost()) : api.get(...args)),
    patch: (...args) => (isAway() ? Promise.reject(lost()) : api.patch(...args)),
    async *list(...args) {
      if (isAway() && !answersReads) throw lost();
      yield* api.list(...args);
    },
  };
  return { ...world, cluster: { ...world.cluster, api: cut } };
}

function schedulable({ cluster }: World, is: boolean): void {
  for (const { metadata } of [...cluster.store.all(resources.nodes)])
    cluster.store.patch({ resource: resources.nodes, name: metadata.name }, 'merge', { spec: { unschedulable: !is } });
}

/**
 * From the first pod that is taken on, no new pod finds a place until all seconds are over; during the first of them the API
 * server is away.
 */
async function heldUp(awaySeconds: number, lateSeconds: number): Promise<World> {
  const world = await shop(web);
  let awayUntil = -1;
  const store = world.cluster.store;
  store.watch(resources.pods, {}, (event) => {
    if (awayUntil >= 0 || event.type !== 'MODIFIED') return;
    if (event.object.metadata.labels?.['meshlift.dev/hand-over'] === undefined) return;
    awayUntil = world.clock.now() + awaySeconds * 1000;
    world.clock.after(0, () => schedulable(world, false));
    world.clock.after((awaySeconds + lateSeconds) * 1000, () => schedulable(world, true));
  });
  await renew(
    behind(world, () => world.clock.now() < awayUntil),
    spec,
    'run-1',
    limitSeconds,
  );
  return world;
}

describe('a renewal that may stand still for 30 s', () => {
  test('goes on when the API server was away for 30 s and its controllers come back 77 s later', async () => {
    const world = await heldUp(30, 77);
    expect(podsOf(world, 'shop', 'web')).toEqual([target, target]);
  });

  test('gives back when nothing moves long after the API server is back', async () => {
    await expect(heldUp(30, 170)).rejects.toThrow(/given back to it: web-/);
  });

  test('gives back after 30 s when the API server was never away', async () => {
    await expect(heldUp(0, 77)).rejects.toThrow(/given back to it: web-/);
  });

  test('ends when everything can be read and no write is taken', async () => {
    const world = behind(await shop(web), () => true, true);
    await expect(renew(world, spec, 'run-1', limitSeconds)).rejects.toThrow(/2 of 2 pods are ready|connection refused/);
    expect(world.clock.now() - Date.UTC(2026, 0, 1)).toBeLessThan(10 * 60_000);
  });
});
