import { expect, it } from 'vitest';
import { facts, meta, pod, read } from '../../test/mesh-facts.ts';
import type { Facts } from '../mesh/facts.ts';
import type { Mesh } from '../mesh/mesh.ts';
import { mesh, sidecar, workload } from '../mesh/status.test-helper.ts';
import type { RenewWorkload } from '../steps/spec.ts';
import { createPending } from './pending.ts';

const spec: RenewWorkload = {
  ...{ kind: 'renew-workload', namespace: 'shop', workload: 'Deployment', name: 'web', role: 'sidecar' },
  ...{ method: 'hand-over', revision: '1-30-3', version: '1.30.3', replicas: 3, width: 1, labels: {}, before: {} },
  ...{ serviceLabel: '', readyMs: 0, drainMs: 0 },
};
const workloads = [workload('web', '1-29-6', '1.29.6')];
const [young, old] = [sidecar('web-1', '1-30-3', '1.30.3'), sidecar('web-2', '1-29-6', '1.29.6')];

function pendingIn(parts: Partial<Mesh>, more: Partial<Facts> = {}): number | undefined {
  return createPending(() => ({ facts: facts(more), mesh: mesh({ workloads, ...parts }), seenAt: 0 }))(spec);
}

it('counts old proxies, and those that are handed over until they are gone', () => {
  const handedOver = pod('shop', 'web-0', { meta: meta('shop', 'web-0', { 'meshlift.dev/hand-over-of': 'web' }) });
  expect(pendingIn({ proxies: [young, old] })).toBe(1);
  expect(pendingIn({ proxies: [young] })).toBe(0);
  expect(pendingIn({ proxies: [young, old] }, { pods: read(handedOver) })).toBe(2);
  expect(pendingIn({ proxies: [old, old, old] }, { pods: read(handedOver) })).toBe(3);
});

it('says nothing where nothing is known', () => {
  expect(createPending(() => null)(spec)).toBeUndefined();
  expect(pendingIn({ proxies: [] })).toBeUndefined();
  expect(pendingIn({ proxies: [young, { ...old, version: null }] })).toBeUndefined();
  expect(pendingIn({ proxies: [young] }, { pods: { items: [], unread: 'time-out' } })).toBeUndefined();
});
