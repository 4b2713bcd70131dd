import { describe, expect, it } from 'vitest';
import { Blocked, Transient } from '../errors.ts';
import { facts, read, workload as fact } from '../../test/mesh-facts.ts';
import { injector, mesh, plane } from '../mesh/status.test-helper.ts';
import type { Stage } from '../planner/plan.ts';
import type { PromCondition } from '../policy/policy.ts';
import type { RenewWorkload } from '../steps/spec.ts';
import type { World } from './deps.ts';
import type { TrafficLine } from './events.ts';
import { measureGate, probeGate } from './measure.ts';
import { nothingBefore, testSession, trafficLine, type Given } from './session.test-helper.ts';

const shop = 'http://shop';
const probe = { url: shop, protocol: 'http1', rate: 10, maxFailed: 0, headers: {} } as const;
const withTraffic = (lines: readonly TrafficLine[], maxFailed = 0) =>
  testSession({ policy: { probes: [{ ...probe, maxFailed }] }, world: { traffic: { lines: () => lines } } });

describe('probeGate', () => {
  it('passes while failures stay within the budget', () => {
    expect(probeGate(withTraffic([trafficLine(shop, 100, 0)]), nothingBefore)).toEqual({
      name: 'probe',
      verdict: 'passed',
      value: '100 requests, 0 failed',
    });
    expect(probeGate(withTraffic([trafficLine(shop, 100, 2)], 2), nothingBefore).verdict).toBe('passed');
  });

  it('fails with the first one beyond it', () => {
    expect(probeGate(withTraffic([trafficLine(shop, 100, 3)], 2), nothingBefore)).toMatchObject({
      verdict: 'failed',
      value: 'failed: 3 of 100 at http://shop',
    });
  });

  it('says how the last request failed', () => {
    const line = { ...trafficLine(shop, 100, 3), failure: 'status 503 UH: no healthy upstream' };
    expect(probeGate(withTraffic([line], 2), nothingBefore).value).toBe(
      'failed: 3 of 100 at http://shop (status 503 UH: no healthy upstream)',
    );
  });

  it('gives a target that is in no policy no budget', () => {
    expect(probeGate(withTraffic([trafficLine('http://other', 100, 1)], 5), nothingBefore).verdict).toBe('failed');
  });

  it('does not count what failed before this program began', () => {
    const earlier = { ...nothingBefore, failed: { [shop]: 3 } };
    expect(probeGate(withTraffic([trafficLine(shop, 100, 3)]), earlier)).toMatchObject({
      verdict: 'passed',
      value: '100 requests, 0 failed',
    });
    expect(probeGate(withTraffic([trafficLine(shop, 100, 4)]), earlier).verdict).toBe('failed');
  });

  it('counts probes of one URL apart, each against its own budget', () => {
    const probes = [probe, { ...probe, headers: { Host: 'other' }, maxFailed: 5 }];
    const of = (one: number, two: number) =>
      testSession({
        policy: { probes },
        world: {
          traffic: { lines: () => [trafficLine(shop, 100, one), trafficLine(`${shop} (probes[1])`, 100, two)] },
        },
      });
    expect(probeGate(of(0, 5), nothingBefore).verdict).toBe('passed');
    expect(probeGate(of(0, 6), nothingBefore).verdict).toBe('failed');
    expect(probeGate(of(1, 0), nothingBefore).verdict).toBe('failed');
  });

  it('waits for the first request, and knows nothing without traffic', () => {
    expect(probeGate(withTraffic([trafficLine(shop, 0, 0)]), nothingBefore)).toMatchObject({
      verdict: 'waiting',
      value: '0 requests, 0 failed; nothing sent yet to http://shop',
    });
    expect(probeGate(testSession(), nothingBefore).verdict).toBe('unknown');
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
    const results = await measureGate(session({ world }), stage(...names), nothingBefore);
    expect(results.map(({ name, verdict }) => `${name} ${verdict}`)).toEqual(names.map((name) => `${name} passed`));
  });

  it('knows nothing of a condition that is nowhere', async () => {
    const [result] = await measureGate(session(), stage('typo'), nothingBefore);
    expect(result).toMatchObject({ name: 'typo', verdict: 'unknown' });
  });

  it('asks all pods of what was moved to be available, not only the floor', async () => {
    const low = { ...view, facts: facts({ deployments: read({ ...web, availableReplicas: 1 }) }) };
    const look = () => Promise.resolve(low);
    const [result] = await measureGate(session({ look }), stage('availability'), nothingBefore);
    expect(result).toMatchObject({ verdict: 'waiting', value: 'Deployment shop/web has 1 of 2' });
    // One that was not moved may stay there.
    const other = {
      ...low,
      facts: facts({ deployments: read({ ...web, availableReplicas: 1, meta: { ...web.meta, name: 'api' } }) }),
    };
    const [second] = await measureGate(
      session({ look: () => Promise.resolve(other) }),
      stage('availability'),
      nothingBefore,
    );
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
    const [result] = await measureGate(given, stage('errors'), nothingBefore);
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
