import { describe, expect, it } from 'vitest';
import type { Mesh } from './mesh.ts';
import { meshStatus } from './status.ts';
import { halfMoved, mesh, plane, sidecar, workload } from './status.test-helper.ts';

const options = { takenAt: '2026-01-02T03:04:05.000Z', toolVersion: '9.9.9' };
const statusOf = (one: Mesh, namespace?: string) =>
  meshStatus(one, { ...options, ...(namespace === undefined ? {} : { namespace }) });

describe('meshStatus', () => {
  it('counts running proxies by version and revision', () => {
    const { dataPlane } = statusOf(halfMoved());

    expect(dataPlane).toMatchObject({
      proxies: 4,
      byVersion: { '1.29.6': 2, '1.30.3': 2 },
      byRevision: { '1-29-6': 2, '1-30-3': 2 },
      notConnected: 0,
      notSynced: 0,
      connectionUnknown: 0,
      troubled: [],
    });
  });

  it('leaves out of the data plane pods that do not run, and ztunnels', () => {
    const proxies = [
      sidecar('a', 'r', '1.30.3'),
      sidecar('b', 'r', '1.30.3', { running: false, connected: false }),
      sidecar('c', 'r', '1.30.3', { role: 'ztunnel', connected: false }),
    ];

    expect(statusOf(mesh({ proxies })).dataPlane).toMatchObject({ proxies: 1, notConnected: 0, byRevision: { r: 1 } });
  });

  it('counts what is not known under its own name, last', () => {
    const proxies = [
      sidecar('a', 'x', '1.9.0', { version: null, revision: null }),
      sidecar('b', 'x', '1.30.3'),
      sidecar('c', 'x', '1.9.0'),
    ];
    const { byVersion, byRevision } = statusOf(mesh({ proxies })).dataPlane;

    expect(Object.entries(byVersion)).toEqual([
      ['1.9.0', 1],
      ['1.30.3', 1],
      ['unknown', 1],
    ]);
    expect(byRevision).toEqual({ x: 2, unknown: 1 });
  });

  it('tells not connected, not in sync and not known apart', () => {
    const proxies = [
      sidecar('z', 'r', '1.30.3', { connected: false, connectedTo: null }),
      sidecar('a', 'r', '1.30.3', { stale: ['Listener'] }),
      sidecar('m', 'r', '1.30.3', { connected: null, connectedTo: null }),
    ];

    expect(statusOf(mesh({ proxies })).dataPlane).toMatchObject({
      notConnected: 1,
      notSynced: 1,
      connectionUnknown: 1,
      troubled: [
        { namespace: 'shop', pod: 'a', connected: true, stale: ['Listener'] },
        { namespace: 'shop', pod: 'z', connected: false, stale: [] },
      ],
    });
  });

  it('lists workloads of the mesh only, but one without proxies that would get one too', () => {
    const waiting = workload('waiting', 'r', '', { proxies: 0, versions: [], revisions: [], role: null });
    const { workloads } = statusOf({ ...halfMoved(), workloads: [...halfMoved().workloads, waiting] });

    expect(workloads.map(({ name }) => name)).toEqual(['billing', 'api', 'waiting', 'web']);
  });

  it('restricts workloads, namespaces and proxies to a namespace, and nothing else', () => {
    const status = statusOf(halfMoved(), 'billing');

    expect(status.namespace).toBe('billing');
    expect(status.workloads.map(({ name }) => name)).toEqual(['billing']);
    expect(status.namespaces.map(({ name }) => name)).toEqual(['billing']);
    expect(status.dataPlane).toMatchObject({ proxies: 1, byVersion: { '1.29.6': 1 } });
    expect(status.controlPlanes).toHaveLength(2);
    expect(status.webhooks).toHaveLength(2);
  });

  it('gives the same text whatever order the model is in', () => {
    const one = halfMoved();
    const reversed: Mesh = {
      ...one,
      controlPlanes: one.controlPlanes.toReversed(),
      webhooks: one.webhooks.toReversed(),
      namespaces: one.namespaces.toReversed(),
      workloads: one.workloads.toReversed(),
      proxies: one.proxies.toReversed(),
    };

    expect(JSON.stringify(statusOf(reversed))).toBe(JSON.stringify(statusOf(one)));
  });

  it('names pods of a control plane that did not answer', () => {
    const pods = [
      { name: 'istiod-a', ready: true, answered: true, error: '' },
      { name: 'istiod-b', ready: true, answered: false, error: 'no answer within 5 s' },
    ];
    const [first] = statusOf(mesh({ controlPlanes: [plane('default', '1.30.3', { pods })] })).controlPlanes;

    expect(first).toMatchObject({ owner: 'helm', ownerName: 'istio-system/istiod' });
    expect(first?.silent).toEqual([{ pod: 'istiod-b', why: 'no answer within 5 s' }]);
  });
});
