import { describe, expect, it } from 'vitest';
import { namespaceFact } from '../../test/fact-defaults.ts';
import {
  answer,
  cluster,
  facts,
  injected,
  injector,
  meta,
  owned,
  owner,
  plane,
  read,
  workload,
} from '../../test/mesh-facts.ts';
import { buildMesh } from './build.ts';

describe('buildMesh', () => {
  it('puts a canary together: two revisions, a moved tag, an old proxy', () => {
    const web = workload('StatefulSet', 'shop', 'web');
    const one = owned(injected('shop', 'web-0', '1.29.6'), owner('StatefulSet', 'web'));
    const mesh = buildMesh(
      cluster(
        [plane('1.29.6'), plane('1.30.3')],
        [injector('1.29.6'), injector('1.30.3'), injector('1.30.3', 'prod')],
        {
          namespaces: read(
            namespaceFact(meta('', 'shop', { 'istio.io/rev': 'prod' })),
            namespaceFact(meta('', 'bank')),
          ),
          statefulSets: read(web),
          pods: read(one),
          istiods: read(answer('1.29.6', ['shop/web-0']), answer('1.30.3')),
        },
      ),
    );
    expect(mesh.controlPlanes.map((plane) => [plane.revision, plane.version])).toEqual([
      ['1-29-6', '1.29.6'],
      ['1-30-3', '1.30.3'],
    ]);
    expect(mesh.tags).toMatchObject([{ name: 'prod', revision: '1-30-3', problem: null }]);
    expect(mesh.namespaces.map((one) => [one.name, one.injection.revision, one.workloads])).toEqual([
      ['bank', null, 0],
      ['shop', '1-30-3', 1],
    ]);
    const [proxy] = mesh.proxies;
    expect(proxy).toMatchObject({ version: '1.29.6', connected: true, connectedTo: { revision: '1-29-6' } });
    expect(mesh.workloads[proxy?.workload ?? -1]).toMatchObject({ name: 'web', pending: { version: '1.30.3' } });
    expect(mesh.incomplete).toEqual([]);
  });

  it('says what was not seen: kinds with one reason together, and each silent istiod', () => {
    const forbidden = { items: [], unread: '403 Forbidden' };
    const silent = { ...answer('1.30.3'), version: null, syncz: null, error: 'time-out' };
    const half = { ...answer('1.29.6'), syncz: null, error: '401 Unauthorized' };
    const mesh = buildMesh(
      facts({
        jobs: forbidden,
        budgets: forbidden,
        crds: { items: [], unread: 'time-out' },
        istiods: read(silent, half),
      }),
    );
    expect(mesh.incomplete).toEqual([
      { what: 'budgets, jobs', why: '403 Forbidden' },
      { what: 'crds', why: 'time-out' },
      { what: 'istiod istio-system/istiod-1-29-6-0 /debug/syncz', why: '401 Unauthorized' },
      { what: 'istiod istio-system/istiod-1-30-3-0 /version and /debug/syncz', why: 'time-out' },
    ]);
  });

  it('takes a large mesh in linear time', () => {
    const build = (size: number) => {
      const names = Array.from({ length: size }, (_, index) => `web-${index}`);
      const given = cluster([plane('1.29.6')], [injector('1.29.6')], {
        namespaces: read(namespaceFact(meta('', 'shop', { 'istio.io/rev': '1-29-6' }))),
        deployments: read(...names.map((name) => workload('Deployment', 'shop', name))),
        replicaSets: read(
          ...names.map((name) => ({ meta: { ...meta('shop', `${name}-1`), owner: owner('Deployment', name) } })),
        ),
        pods: read(
          ...names.map((name) => owned(injected('shop', `${name}-1-a`, '1.29.6'), owner('ReplicaSet', `${name}-1`))),
        ),
        istiods: read(
          answer(
            '1.29.6',
            names.map((name) => `shop/${name}-1-a`),
          ),
        ),
      });
      const start = performance.now();
      const mesh = buildMesh(given);
      return { mesh, milliseconds: performance.now() - start };
    };
    build(500);
    const { mesh, milliseconds } = build(20_000);
    expect(mesh.proxies.every((proxy) => proxy.connected === true && proxy.workload >= 0)).toBe(true);
    // Quadratic work over 20,000 pods takes minutes; linear work a fraction of a second.
    expect(milliseconds).toBeLessThan(10_000);
  });
});
