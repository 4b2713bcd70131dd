import { expect, test } from 'vitest';
import { Transient } from '../../src/errors.ts';
import { resources } from '../store/resources.ts';
import { createPod, inShop, testCluster } from '../store/test-cluster.test-helper.ts';
import { settle } from './settle.ts';

const { pods } = resources;

/** Pods a, b and c, ready or not, and what a test does to them at a half second since the start. */
function world(ready: Record<string, boolean>, plan: Record<number, () => void> = {}) {
  const { store } = testCluster();
  for (const [name, is] of Object.entries(ready)) createPod(store, name, { app: name }, is);
  let looks = 0;
  const set = (name: string, status: 'True' | 'False') => () =>
    void store.patch(
      inShop(pods, name),
      'merge',
      { status: { conditions: [{ type: 'Ready', status }] } },
      { subresource: 'status' },
    );
  const gone = (name: string) => () => void store.delete(inShop(pods, name), { gracePeriodSeconds: 0 });
  const pass = () => {
    looks += 1;
    plan[looks]?.();
    return Promise.resolve();
  };
  return { plan, set, gone, seconds: async () => (await settle(store, pass), looks / 2) };
}

test('ends when all has been ready for five seconds', async () => {
  expect(await world({ a: true, b: true, c: true }).seconds()).toBe(5);
});

test('waits for what is not ready, one after the other, and for what goes', async () => {
  const { plan, set, gone, seconds } = world({ a: false, b: false, c: false });
  Object.assign(plan, { 2: set('a', 'True'), 4: gone('b'), 6: set('c', 'True') });
  // The look at 3 s is the first of ten that find nothing.
  expect(await seconds()).toBe(7.5);
});

test('begins anew when something behind where it looks ceases to be ready', async () => {
  const { plan, set, seconds } = world({ a: true, b: true, c: false });
  Object.assign(plan, { 2: set('a', 'False'), 4: set('c', 'True'), 10: set('a', 'True'), 15: set('b', 'False') });
  Object.assign(plan, { 20: set('b', 'True') });
  expect(await seconds()).toBe(14.5);
});

test('gives up after ten minutes and names what is not ready', async () => {
  const { seconds } = world({ a: true, b: false, c: true });
  const failure = seconds();
  await expect(failure).rejects.toThrow(Transient);
  await expect(failure).rejects.toThrow('not ready after 10 minutes: Pod shop/b.');
});
