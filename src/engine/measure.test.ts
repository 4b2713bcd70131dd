import { describe, expect, it } from 'vitest';
import { Blocked, Transient } from '../errors.ts';
import { facts, read, workload as fact } from '../../test/mesh-facts.ts';
import { injector, mesh, plane } from '../mesh/status.test-helper.ts';
import type { Stage } from '../planner/plan.ts';
import type { PromCondition } from '../policy/policy.ts';
import type { RenewWorkload } from '../steps/spec.ts';
import type { World } from './deps.ts';
import type { TrafficLine } from './events.ts';
import type { Rejections } from './gates.ts';
import { measureBefore, measureGate, measureWatched, probeGate, type Before } from './measure.ts';
import { quickClock } from './clock.test-helper.ts';
import { testSession, type Given } from './session.test-helper.ts';

const before: Before = {
  baseline: { webhooks: [], overlaps: [], unavailable: [] },
  rejections: {},
  failed: {},
  ill: [],
  phase: 'forward',
  reached: new Map<string, number>(),
};

function line(target: string, sent: number, failed: number): TrafficLine {
  return { target, sent, failed, p99Ms: 1, longestGapMs: 0, ended: {} };
}

const shop = 'http://shop';
const probe = { url: shop, protocol: 'http1', rate: 10, maxFailed: 0, headers: {} } as const;
const withTraffic = (lines: readonly TrafficLine[], maxFailed = 0) =>
  testSession({ policy: { probes: [{ ...probe, maxFailed }] }, world: { traffic: { lines: () => lines } } });

describe('probeGate', () => {
  it('passes while failures stay within the budget', () => {
    expect(probeGate(withTraffic([line(shop, 100, 0)]), before)).toEqual({
      name: 'probe',
      verdict: 'passed',
      value: '100 requests, 0 failed',
    });
    expect(probeGate(withTraffic([line(shop, 100, 2)], 2), before).verdict).toBe('passed');
  });

  it('fails with the first one beyond it', () => {
    expect(probeGate(withTraffic([line(shop, 100, 3)], 2), before)).toMatchObject({
      verdict: 'failed',
      value: 'failed: 3 of 100 at http://shop',
    });
  });

  it('gives a target that is in no policy no budget', () => {
    expect(probeGate(withTraffic([line('http://other', 100, 1)], 5), before).verdict).toBe('failed');
  });

  it('does not count what failed before this program began', () => {
    const earlier = { ...before, failed: { [shop]: 3 } };
    expect(probeGate(withTraffic([line(shop, 100, 3)]), earlier)).toMatchObject({
      verdict: 'passed',
      value: '100 requests, 0 failed',
    });
    expect(probeGate(withTraffic([line(shop, 100, 4)]), earlier).verdict).toBe('failed');
  });

  it('counts probes of one URL apart, each against its own budget', () => {
    const probes = [probe, { ...probe, headers: { Host: 'other' }, maxFailed: 5 }];
    const of = (one: number, two: number) =>
      testSession({
        policy: { probes },
        world: { traffic: { lines: () => [line(shop, 100, one), line(`${shop} (probes[1])`, 100, two)] } },
      });
    expect(probeGate(of(0, 5), before).verdict).toBe('passed');
    expect(probeGate(of(0, 6), before).verdict).toBe('failed');
    expect(probeGate(of(1, 0), before).verdict).toBe('failed');
  });

  it('waits for the first request, and knows nothing without traffic', () => {
    expect(probeGate(withTraffic([line(shop, 0, 0)]), before)).toMatchObject({
      verdict: 'waiting',
      value: '0 requests, 0 failed; nothing sent yet to http://shop',
    });
    expect(probeGate(testSession(), before).verdict).toBe('unknown');
  });
});

const web = fact('Deployment', 'shop', 'web', { replicas: 2, availableReplicas: 2, maxUnavailable: '1' });
const view = {
  facts: facts({ deployments: read(web) }),
  mesh: mesh({ controlPlanes: [plane('1-30-3', '1.30.3')], webhooks: [injector('1-30-3')] }),
  seenAt: 0,
};
const renewal: RenewWorkload = {
  ...{ kind: 'renew-workload', namespace: 'shop', workload: 'Deployment', name: 'web', role: 'sidecar' },
  ...{ method: 'rollout', revision: '1-30-3', version: '1.30.3', replicas: 2, width: 1, labels: {}, before: {} },
  ...{ serviceLabel: '', readyMs: 1, drainMs: 1 },
};

function stage(...gate: readonly string[]): Stage {
  const step = { id: 'renew/web', title: 'renew', spec: renewal, writes: [], back: '', reason: '' };
  const conditions = gate.map((name) => ({ name, condition: '' }));
  return { id: 'wave-1', kind: 'wave', title: '', steps: [step], gate: conditions };
}

const session = (given: Given = {}) => testSession({ look: () => Promise.resolve(view), ...given });

describe('measureGate', () => {
  it('measures every condition of the stage by its name', async () => {
    const world = { rejections: () => Promise.resolve({ 'istio-system/istiod-0': 0 }) };
    const names = ['proxies', 'rejections', 'webhooks', 'availability'];
    const results = await measureGate(session({ world }), stage(...names), before);
    expect(results.map(({ name, verdict }) => `${name} ${verdict}`)).toEqual(names.map((name) => `${name} passed`));
  });

  it('knows nothing of a condition that is nowhere', async () => {
    const [result] = await measureGate(session(), stage('typo'), before);
    expect(result).toMatchObject({ name: 'typo', verdict: 'unknown' });
  });

  it('asks all pods of what was moved to be available, not only the floor', async () => {
    const low = { ...view, facts: facts({ deployments: read({ ...web, availableReplicas: 1 }) }) };
    const look = () => Promise.resolve(low);
    const [result] = await measureGate(session({ look }), stage('availability'), before);
    expect(result).toMatchObject({ verdict: 'waiting', value: 'Deployment shop/web has 1 of 2' });
    // One that was not moved may stay there.
    const other = {
      ...low,
      facts: facts({ deployments: read({ ...web, availableReplicas: 1, meta: { ...web.meta, name: 'api' } }) }),
    };
    const [second] = await measureGate(session({ look: () => Promise.resolve(other) }), stage('availability'), before);
    expect(second?.verdict).toBe('passed');
  });
});

describe('a condition of the policy', () => {
  const condition: PromCondition = {
    ...{ name: 'errors', url: 'http://prometheus', query: 'x' },
    ...{ interval: 15, count: 3, failureLimit: 1 },
  };
  async function measured(values: readonly (number | null | Error)[], more: Partial<PromCondition> = { below: 0.01 }) {
    const left = [...values];
    const prometheus: World['prometheus'] = () => {
      const value = left.shift() ?? null;
      return value instanceof Error ? Promise.reject(value) : Promise.resolve(value);
    };
    const conditions = [{ ...condition, ...more }];
    const policy = { gates: { timeoutSeconds: 600, conditions } };
    const given = session({ policy, world: { prometheus } });
    const [result] = await measureGate(given, stage('errors'), before);
    return { result, passedMs: given.world.clock.now() };
  }

  it.each<[string, readonly (number | null)[], Partial<PromCondition>, string]>([
    ['passes below the bound', [0, 0.009, 0], { below: 0.01 }, 'passed'],
    ['passes with as many bad ones as it may have', [0, 0.5, 0], { below: 0.01 }, 'passed'],
    ['fails with one more', [0, 0.5, 0.5], { below: 0.01 }, 'failed'],
    ['counts the bound itself as bad', [0.01, 0.01, 0], { below: 0.01 }, 'failed'],
    ['passes above a bound', [1, 0.99, 1], { above: 0.9 }, 'passed'],
    ['fails at it', [0.9, 0.9, 1], { above: 0.9 }, 'failed'],
    ['passes with one that says nothing', [0, null, 0], { below: 0.01 }, 'passed'],
    ['is not known with two that say nothing', [0, null, null], { below: 0.01 }, 'unknown'],
    ['is not known when nothing may be missing', [0, null, 0], { below: 0.01, failureLimit: 0 }, 'unknown'],
    ['fails for what is seen, although something is missing', [0.5, 0.5, null], { below: 0.01 }, 'failed'],
  ])('%s', async (_name, values, more, verdict) => {
    const { result } = await measured(values, more);
    expect(result?.verdict).toBe(verdict);
  });

  it('measures as often as it says, with pauses between', async () => {
    const { result, passedMs } = await measured([0, 0.001, 0]);
    expect(result?.value).toBe('measured 0, 0.001, 0');
    expect(passedMs).toBe(30_000);
  });

  it('takes a Prometheus that does not answer for one that says nothing, and throws what is refused', async () => {
    const { result } = await measured([0, new Transient('503'), 0]);
    expect(result).toMatchObject({ verdict: 'passed', value: 'measured 0, nothing, 0' });
    await expect(measured([new Blocked('401')])).rejects.toBeInstanceOf(Blocked);
  });
});

describe('measureBefore and measureWatched', () => {
  const low = { ...web, meta: { ...web.meta, name: 'low' }, availableReplicas: 0 };
  const dead = injector('1-29-6', { healthy: false, problem: 'No ready pod.' });
  const bad = { facts: facts({ deployments: read(web, low) }), mesh: mesh({ webhooks: [dead] }), seenAt: 0 };

  it('takes down what is wrong already, so that it does not count later', async () => {
    const given = session({
      look: () => Promise.resolve(bad),
      world: { rejections: () => Promise.resolve({ a: 4 }), traffic: { lines: () => [line(shop, 9, 2)] } },
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
      ill: [],
      phase: 'forward',
    });
    const { results } = await measureWatched(given, found, { webhooks: true, reached: found.reached });
    expect(results.map(({ name, verdict }) => `${name} ${verdict}`)).toEqual(['rejections passed', 'webhooks passed']);
  });

  it('asks an istiod again that is silent in the beginning, for a while', async () => {
    const answers = [{ a: null }, { a: null }, { a: 4 }];
    const rejections = (): Promise<Rejections> => Promise.resolve(answers.shift() ?? { a: 4 });
    const given = session({ look: () => Promise.resolve(bad), world: { rejections } });
    const found = await measureBefore(given, 'forward');
    expect(found.rejections).toEqual({ a: 4 });
    const { results } = await measureWatched(given, found, { webhooks: false, reached: found.reached });
    expect(results[0]).toMatchObject({ name: 'rejections', verdict: 'passed' });
    const silent = session({
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
    const given = session({ look: () => Promise.resolve(view), world: { rejections: () => Promise.resolve(counts) } });
    const verdictOn = async (phase: Before['phase']) =>
      (await measureWatched(given, { ...before, phase }, { webhooks: false, reached: new Map() })).results[0]?.verdict;
    expect([await verdictOn('forward'), await verdictOn('back')]).toEqual(['failed', 'passed']);
    counts[old] = 1;
    expect(await verdictOn('back')).toBe('failed');
  });

  it('does not stop on the way back for targets that failed already when it began', async () => {
    const [other, third] = ['http://other', 'http://third'];
    const failed: Record<string, number> = { [shop]: 0, [other]: 4, [third]: 0 };
    const lines = () => Object.keys(failed).map((target) => line(target, 50, failed[target] ?? 0));
    const clock = quickClock();
    const failsMeanwhile: typeof clock = {
      ...clock,
      sleep: (ms, signal) => {
        failed[shop] = 1;
        return clock.sleep(ms, signal);
      },
    };
    const given = session({ look: () => Promise.resolve(bad), world: { traffic: { lines }, clock: failsMeanwhile } });
    const found = await measureBefore(given, 'back');
    expect(found.ill).toEqual([shop, other]);
    failed[shop] = failed[other] = 30;
    expect(probeGate(given, found)).toMatchObject({ verdict: 'passed', value: '150 requests, 55 failed' });
    failed[third] = 1;
    expect(probeGate(given, found)).toMatchObject({ verdict: 'failed', value: 'failed: 1 of 50 at http://third' });
  });

  const reached = new Map([['Deployment shop/low', 1]]);

  it('watches each workload that falls below its floor by its name', async () => {
    const given = session({ look: () => Promise.resolve(bad) });
    const { results } = await measureWatched(given, before, { webhooks: true, reached });
    expect(results.filter(({ verdict }) => verdict === 'failed')).toEqual([
      { name: 'webhooks', verdict: 'failed', value: 'istio-sidecar-injector-1-29-6: No ready pod.' },
      { name: 'availability of Deployment shop/low', verdict: 'failed', value: 'Deployment shop/low has 0 of 1' },
    ]);
    const quiet = await measureWatched(given, before, { webhooks: false, reached });
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
    const given = session({ look: () => Promise.resolve(looks.shift() ?? bad) });
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
});
