import { describe, expect, it } from 'vitest';
import type { Proxy } from '../mesh/data-plane-model.ts';
import type { Mesh } from '../mesh/mesh.ts';
import { injector, mesh, sidecar, workload } from '../mesh/status.test-helper.ts';
import {
  availabilityGate,
  baselineOf,
  list,
  proxiesGate,
  rejectionsGate,
  webhooksGate,
  type GateInput,
} from './gates.ts';

const revisions = { old: '1-29-6', new: '1-30-3' };
const web = { namespace: 'shop', workload: 'Deployment', name: 'web', revision: '1-30-3', version: '1.30.3' } as const;

function input(parts: Partial<Mesh>, more: Partial<GateInput> = {}): GateInput {
  return {
    mesh: mesh(parts),
    revisions,
    moved: [web],
    rejections: { before: {}, now: {} },
    baseline: { webhooks: [], overlaps: [], unavailable: [] },
    ...more,
  };
}

const fresh = (more: Partial<Proxy> = {}): Proxy => sidecar('web-1', '1-30-3', '1.30.3', more);

describe('proxiesGate', () => {
  const workloads = [workload('web', '1-30-3', '1.30.3', { pods: 2, proxies: 2 }), workload('api', '1-29-6', '1.29.6')];
  const gate = (second: Proxy, more: Partial<GateInput> = {}) =>
    proxiesGate(input({ workloads, proxies: [fresh(), second] }, more));

  it('passes when all proxies of the wave are as they should be', () => {
    expect(gate(fresh({ pod: 'web-2' }))).toEqual({
      name: 'proxies',
      verdict: 'passed',
      value: '2 of 2 proxies on target, connected and in sync',
    });
  });

  it.each<[string, Partial<Proxy>, string]>([
    ['the old version', { version: '1.29.6' }, 'shop/web-2 is 1.29.6 of revision 1-30-3'],
    ['the old revision', { revision: '1-29-6' }, 'shop/web-2 is 1.30.3 of revision 1-29-6'],
    ['no connection', { connected: false, connectedTo: null }, 'shop/web-2 is not connected'],
    [
      'a connection to the old istiod',
      { connectedTo: { pod: 'istiod-old', revision: '1-29-6' } },
      'shop/web-2 is not connected',
    ],
    ['configuration under way', { stale: ['LDS', 'CDS'] }, 'shop/web-2 is not in sync (LDS, CDS)'],
    ['a pod that is not ready', { ready: false }, 'shop/web-2 is not ready'],
  ])('waits for %s', (_name, more, why) => {
    expect(gate(fresh({ pod: 'web-2', ...more }))).toEqual({
      name: 'proxies',
      verdict: 'waiting',
      value: `1 of 2 proxies on target, connected and in sync; ${why}`,
    });
  });

  it.each<[string, Partial<Proxy>]>([
    ['connection', { connected: null, connectedTo: null }],
    ['version', { version: null }],
    ['revision', { revision: null }],
  ])('does not pass while the %s is not known', (_name, more) => {
    expect(gate(fresh({ pod: 'web-2', ...more }))).toMatchObject({
      verdict: 'unknown',
      value: '1 of 2 proxies on target, connected and in sync; not seen: shop/web-2',
    });
  });

  it.each<[string, Partial<Proxy>]>([
    ['a pod that has not started', { running: false }],
    ['a pod that is being deleted', { deleting: true }],
    ['a workload of another wave', { workload: 1 }],
    ['an owner that is not known', { workload: -1 }],
  ])('does not count a proxy of %s', (_name, more) => {
    expect(gate(sidecar('x', '1-29-6', '1.29.6', more))).toMatchObject({
      verdict: 'passed',
      value: '1 of 1 proxies on target, connected and in sync',
    });
  });

  it('tells workloads of one name apart by namespace and kind', () => {
    for (const other of [{ namespace: 'billing' }, { kind: 'StatefulSet' as const }]) {
      const workloads = [workload('web', '1-29-6', '1.29.6', other)];
      expect(proxiesGate(input({ workloads, proxies: [sidecar('x', '1-29-6', '1.29.6')] })).verdict).toBe('passed');
    }
  });

  it('waits for pods that came back without a proxy', () => {
    const bare = [workload('web', '1-30-3', '1.30.3', { pods: 3, proxies: 1 })];
    expect(proxiesGate(input({ workloads: bare, proxies: [fresh()] }))).toMatchObject({
      verdict: 'waiting',
      value: '1 of 1 proxies on target, connected and in sync; without a proxy: 2 pods of shop/web',
    });
  });
});

describe('rejectionsGate', () => {
  const gate = (before: GateInput['rejections']['before'], now: GateInput['rejections']['now']) =>
    rejectionsGate(input({}, { rejections: { before, now } }));

  it('passes while no count grows', () => {
    expect(gate({ a: 3 }, { a: 3, b: 0 })).toEqual({
      name: 'rejections',
      verdict: 'passed',
      value: 'no configuration rejected (2 istiod pods asked)',
    });
  });

  it('fails with the number since the run began, also at an istiod that is new', () => {
    expect(gate({ a: 3 }, { a: 5 })).toMatchObject({
      verdict: 'failed',
      value: 'configurations rejected: 2 at a',
    });
    expect(gate({ a: 3 }, { a: 3, b: 1 })).toMatchObject({ verdict: 'failed' });
    expect(gate({ a: null }, { a: 1 })).toMatchObject({ verdict: 'failed' });
  });

  it('fails for what is seen, although another istiod is silent', () => {
    expect(gate({}, { a: 1, b: null })).toMatchObject({ verdict: 'failed' });
  });

  it('is not known while an istiod is silent, or none was asked', () => {
    expect(gate({ a: 0 }, { a: 0, b: null })).toMatchObject({ verdict: 'unknown', value: 'no answer from b' });
    expect(gate({ a: 0 }, {})).toMatchObject({ verdict: 'unknown', value: 'no istiod was asked' });
  });
});

describe('webhooksGate', () => {
  const dead = injector('1-29-6', { healthy: false, problem: 'No ready pod.' });
  const overlap = workload('web', '1-30-3', '1.30.3', {
    injection: { outcome: 'overlap', revision: null, tag: null, code: 'overlap', reason: 'two', matched: [] },
  });

  it('passes when every webhook reaches a ready istiod', () => {
    expect(webhooksGate(input({ webhooks: [injector('1-29-6'), injector('1-30-3')] }))).toEqual({
      name: 'webhooks',
      verdict: 'passed',
      value: '2 webhooks with a ready istiod behind',
    });
  });

  it('fails for one that does not, and says why', () => {
    expect(webhooksGate(input({ webhooks: [injector('1-30-3'), dead] }))).toMatchObject({
      verdict: 'failed',
      value: 'istio-sidecar-injector-1-29-6: No ready pod.',
    });
  });

  it('does not mind one that is switched off', () => {
    expect(webhooksGate(input({ webhooks: [{ ...dead, deactivated: true }] })).verdict).toBe('passed');
  });

  it('is not known while the pods behind one were not seen', () => {
    const unseen = injector('1-29-6', { healthy: null });
    expect(webhooksGate(input({ webhooks: [unseen] }))).toMatchObject({
      verdict: 'unknown',
      value: 'not seen: istio-sidecar-injector-1-29-6',
    });
  });

  it('fails when two injectors match a workload', () => {
    expect(webhooksGate(input({ workloads: [overlap] }))).toMatchObject({
      verdict: 'failed',
      value: 'two injectors match Deployment shop/web',
    });
  });

  it('does not count what was wrong before the run, and counts what is worse', () => {
    const before = mesh({ webhooks: [dead], workloads: [overlap] });
    const baseline = baselineOf(before, []);
    expect(webhooksGate(input({ webhooks: [dead], workloads: [overlap] }, { baseline })).verdict).toBe('passed');
    const other = injector('1-30-3', { healthy: false, problem: null });
    expect(webhooksGate(input({ webhooks: [dead, other] }, { baseline }))).toMatchObject({
      verdict: 'failed',
      value: 'istio-sidecar-injector-1-30-3: dead',
    });
    const second = { ...overlap, name: 'api' };
    expect(webhooksGate(input({ workloads: [overlap, second] }, { baseline }))).toMatchObject({
      verdict: 'failed',
      value: 'two injectors match Deployment shop/api',
    });
  });
});

describe('availabilityGate', () => {
  const none = { baseline: { webhooks: [], overlaps: [], unavailable: [] } };

  it('passes at the floor and waits below it', () => {
    const whole = { name: 'Deployment shop/web', available: 2, floor: 2 };
    expect(availabilityGate(none, [whole])).toEqual({
      name: 'availability',
      verdict: 'passed',
      value: '1 workload with the pods needed',
    });
    expect(availabilityGate(none, [whole, { ...whole, available: 1 }])).toEqual({
      name: 'availability',
      verdict: 'waiting',
      value: 'Deployment shop/web has 1 of 2',
    });
  });

  it('does not count a workload that was below it before', () => {
    const low = { name: 'Deployment shop/web', available: 0, floor: 2 };
    const baseline = { webhooks: [], overlaps: [], unavailable: ['Deployment shop/web'] };
    expect(availabilityGate({ baseline }, [low]).verdict).toBe('passed');
    expect(availabilityGate({ baseline }, [{ ...low, name: 'Deployment shop/api' }]).verdict).toBe('waiting');
  });
});

describe('list', () => {
  it('names three and counts the rest', () => {
    expect(list([])).toBe('');
    expect(list(['a', 'b', 'c'])).toBe('a, b, c');
    expect(list(['a', 'b', 'c', 'd', 'e'])).toBe('a, b, c and 2 more');
  });
});
