import { expect, it } from 'vitest';
import { facts, read, workload as fact } from '../../test/mesh-facts.ts';
import { injector, mesh, plane } from '../mesh/status.test-helper.ts';
import { measureBefore, type Before } from './before.ts';
import { quickClock } from './clock.test-helper.ts';
import type { Rejections } from './gates.ts';
import { measureWatched, probeGate } from './measure.ts';
import { nothingBefore, testSession, trafficLine } from './session.test-helper.ts';

const shop = 'http://shop';
const web = fact('Deployment', 'shop', 'web', { replicas: 2, availableReplicas: 2, maxUnavailable: '1' });
const low = { ...web, meta: { ...web.meta, name: 'low' }, availableReplicas: 0 };
const dead = injector('1-29-6', { healthy: false, problem: 'No ready pod.' });
const bad = { facts: facts({ deployments: read(web, low) }), mesh: mesh({ webhooks: [dead] }), seenAt: 0 };

it('takes down what is wrong already, so that it does not count later', async () => {
  const given = testSession({
    look: () => Promise.resolve(bad),
    world: { rejections: () => Promise.resolve({ a: 4 }), traffic: { lines: () => [trafficLine(shop, 9, 2)] } },
  });
  const found = await measureBefore(given, 'forward');
  expect(found).toEqual({
    reached: new Map([
      ['Deployment shop/web', 2],
      ['Deployment shop/low', 0],
    ]),
    baseline: {
      webhooks: ['istio-sidecar-injector-1-29-6: No ready pod.'],
      overlaps: [],
      unavailable: ['Deployment shop/low'],
    },
    rejections: { a: 4 },
    failed: { [shop]: 2 },
    failing: [],
    phase: 'forward',
  });
  const { results } = await measureWatched(given, found, { webhooks: true, reached: found.reached });
  expect(results.map(({ name, verdict }) => `${name} ${verdict}`)).toEqual(['rejections passed', 'webhooks passed']);
});

it('asks an istiod again that is silent in the beginning, for a while', async () => {
  const answers = [{ a: null }, { a: null }, { a: 4 }];
  const rejections = (): Promise<Rejections> => Promise.resolve(answers.shift() ?? { a: 4 });
  const given = testSession({ look: () => Promise.resolve(bad), world: { rejections } });
  const found = await measureBefore(given, 'forward');
  expect(found.rejections).toEqual({ a: 4 });
  const { results } = await measureWatched(given, found, { webhooks: false, reached: found.reached });
  expect(results[0]).toMatchObject({ name: 'rejections', verdict: 'passed' });
  const silent = testSession({
    look: () => Promise.resolve(bad),
    world: { rejections: () => Promise.resolve({ a: null }) },
  });
  expect((await measureBefore(silent, 'forward')).rejections).toEqual({ a: null });
  expect(silent.world.clock.now()).toBe(4000);
});

it('does not stop on the way back for an istiod that it leaves', async () => {
  const view = { ...bad, mesh: mesh({ controlPlanes: [plane('1-29-6', '1.29.6'), plane('1-30-3', '1.30.3')] }) };
  const [old, next] = ['istio-system/istiod-1-29-6-0', 'istio-system/istiod-1-30-3-0'];
  const counts: Record<string, number> = { [old]: 0, [next]: 7 };
  const given = testSession({
    look: () => Promise.resolve(view),
    world: { rejections: () => Promise.resolve(counts) },
  });
  const verdictOn = async (phase: Before['phase']) =>
    (await measureWatched(given, { ...nothingBefore, phase }, { webhooks: false, reached: new Map() })).results[0]
      ?.verdict;
  expect([await verdictOn('forward'), await verdictOn('back')]).toEqual(['failed', 'passed']);
  counts[old] = 1;
  expect(await verdictOn('back')).toBe('failed');
});

it('does not stop on the way back for targets that failed already when it began', async () => {
  const [other, third] = ['http://other', 'http://third'];
  const failed: Record<string, number> = { [shop]: 0, [other]: 4, [third]: 0 };
  const lines = () => Object.keys(failed).map((target) => trafficLine(target, 50, failed[target] ?? 0));
  const clock = quickClock();
  const failsMeanwhile: typeof clock = {
    ...clock,
    sleep: (ms, signal) => {
      failed[shop] = 1;
      return clock.sleep(ms, signal);
    },
  };
  const given = testSession({
    look: () => Promise.resolve(bad),
    // Far within its budget, and yet it fails now.
    policy: { probes: [{ url: shop, protocol: 'http1', rate: 10, maxFailed: 20, headers: {} }] },
    world: { traffic: { lines }, clock: failsMeanwhile },
  });
  const found = await measureBefore(given, 'back');
  expect(found.failing).toEqual([shop, other]);
  failed[shop] = failed[other] = 30;
  expect(probeGate(given, found)).toMatchObject({ verdict: 'passed', value: '150 requests, 55 failed' });
  failed[third] = 1;
  expect(probeGate(given, found)).toMatchObject({ verdict: 'failed', value: 'failed: 1 of 50 at http://third' });
});

const reached = new Map([['Deployment shop/low', 1]]);

it('watches each workload that falls below its floor by its name', async () => {
  const given = testSession({ look: () => Promise.resolve(bad) });
  const { results } = await measureWatched(given, nothingBefore, { webhooks: true, reached });
  expect(results.filter(({ verdict }) => verdict === 'failed')).toEqual([
    { name: 'webhooks', verdict: 'failed', value: 'istio-sidecar-injector-1-29-6: No ready pod.' },
    { name: 'availability of Deployment shop/low', verdict: 'failed', value: 'Deployment shop/low has 0 of 1' },
  ]);
  const quiet = await measureWatched(given, nothingBefore, { webhooks: false, reached });
  expect(quiet.results.map(({ name }) => name)).not.toContain('webhooks');
});

/** What is watched of a control plane in one look after the other, by the pods of it that are available. */
async function watchedOf(
  revision: string,
  counts: readonly number[],
  phase: 'forward' | 'back' = 'forward',
): Promise<readonly string[]> {
  const name = `istiod-${revision}`;
  const looks = counts.map((availableReplicas) => ({
    facts: facts({ deployments: read(fact('Deployment', 'istio-system', name, { replicas: 2, availableReplicas })) }),
    mesh: mesh({ controlPlanes: [plane(revision, '1.30.3', { deployment: name })] }),
    seenAt: 0,
  }));
  const given = testSession({ look: () => Promise.resolve(looks.shift() ?? bad) });
  const begun = await measureBefore(given, phase);
  let watched = begun.reached;
  const said: string[] = [];
  while (looks.length > 0) {
    const one = await measureWatched(given, begun, { webhooks: false, reached: watched });
    watched = one.reached;
    said.push(...one.results.filter(({ verdict }) => verdict === 'failed').map(({ value }) => value));
  }
  return said;
}

it('counts the control plane that it brings up from when it was there', async () => {
  expect(await watchedOf('1-30-3', [0, 0, 0, 1, 2, 2])).toEqual([]);
  expect(await watchedOf('1-30-3', [0, 2, 0])).toEqual(['Deployment istio-system/istiod-1-30-3 has 0 of 2']);
  // What was down before, and is not of the run's making, is none of its business.
  expect(await watchedOf('1-28-0', [0, 2, 0])).toEqual([]);
  // One that never stays up must not hold up the way back.
  expect(await watchedOf('1-30-3', [0, 2, 0], 'back')).toEqual([]);
});
