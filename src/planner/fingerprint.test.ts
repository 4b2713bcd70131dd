import { describe, expect, it } from 'vitest';
import { budgetFact, gatewayFact } from '../../test/fact-defaults.ts';
import { injector, meta, read, workload } from '../../test/mesh-facts.ts';
import { facts, namespaces, web } from '../../test/planner/mesh.ts';
import { gatewayClasses, namespaced, request } from '../../test/planner/request.ts';
import type { Facts, WorkloadFact } from '../mesh/facts.ts';
import { changes, fingerprint } from './fingerprint.ts';

describe('fingerprint', () => {
  const of = (given: Facts) => fingerprint(request(given).view);
  const before = of(facts);
  const changed = (given: Partial<Facts>): readonly string[] => changes(before, of({ ...facts, ...given }));
  const withWeb = (more: Partial<WorkloadFact>): Partial<Facts> => ({
    deployments: read(...facts.deployments.items.map((one) => (one.meta.name === 'web' ? { ...one, ...more } : one))),
  });
  const template1 = web.fact.template;

  it.each<[string, Partial<Facts>, readonly string[]]>([
    ['an image', withWeb({ template: { ...template1, images: { app: 'app:2' } } }), ['Deployment shop/web changed']],
    [
      'a template label',
      withWeb({ template: { ...template1, labels: { app: 'web', x: 'y' } } }),
      ['Deployment shop/web changed'],
    ],
    [
      'a template annotation',
      withWeb({ template: { ...template1, annotations: { 'sidecar.istio.io/proxyImage': 'x' } } }),
      ['Deployment shop/web changed'],
    ],
    ['a strategy', withWeb({ strategy: 'Recreate' }), ['Deployment shop/web changed']],
    ['a pause', withWeb({ paused: true }), ['Deployment shop/web changed']],
    ['a selector', withWeb({ selector: { app: 'other' } }), ['Deployment shop/web changed']],
    [
      'a namespace label',
      {
        namespaces: read(
          ...namespaces.slice(1),
          namespaced('istio-system'),
          namespaced('shop', { 'istio.io/rev': '1-29-6' }),
        ),
      },
      ['namespace shop changed'],
    ],
    [
      'a new namespace that asks for a proxy',
      {
        namespaces: read(...namespaces, namespaced('istio-system'), namespaced('more', { 'istio.io/rev': '1-29-6' })),
      },
      ['namespace more is new in the mesh'],
    ],
    [
      'a tag that is gone',
      { mutatingWebhooks: read(injector('1.29.6')) },
      [
        'tag prod is gone from the mesh',
        'webhook MutatingWebhookConfiguration istio-revision-tag-prod istio-system/istiod-1-29-6 is gone from the mesh',
      ],
    ],
    [
      'a gateway',
      { gatewayClasses, gateways: read(gatewayFact(meta('plain', 'public'))) },
      ['gateway plain/public is new in the mesh'],
    ],
    [
      'a workload that is gone',
      { deployments: read(...facts.deployments.items.filter(({ meta: one }) => one.name !== 'api')) },
      ['Deployment direct/api is gone from the mesh'],
    ],
  ])('changes with %s', (_name, given, words) => {
    expect(changed(given)).toEqual(words);
    expect(of({ ...facts, ...given }).hash).not.toBe(before.hash);
  });

  it('changes with where a tag points, although its objects keep their names', () => {
    const moved = injector('1.29.6', 'prod');
    const labels = { ...moved.meta.labels, 'istio.io/rev': '1-30-3' };
    const given = { mutatingWebhooks: read(injector('1.29.6'), { ...moved, meta: { ...moved.meta, labels } }) };
    expect(changed(given)).toContain('tag prod changed');
  });

  it.each<[string, Partial<Facts>]>([
    ['replicas of an autoscaler', withWeb({ replicas: 9, readyReplicas: 3, availableReplicas: 3, updatedReplicas: 1 })],
    ['a generation', withWeb({ generation: 77, observed: false, uid: 'x' })],
    [
      'a restart',
      withWeb({
        template: {
          ...template1,
          annotations: { 'kubectl.kubernetes.io/restartedAt': 'now', 'meshlift.dev/renewed': 'r' },
        },
      }),
    ],
    ['pods', { pods: read(...facts.pods.items.map((one) => ({ ...one, restarts: 3, node: 'node-9' }))) }],
    [
      'what stands outside the mesh',
      {
        namespaces: read(...namespaces, namespaced('istio-system'), namespaced('more', { team: 'a' })),
        deployments: read(...facts.deployments.items, workload('Deployment', 'more', 'tool')),
      },
    ],
    ['a budget', { budgets: read(budgetFact(meta('shop', 'b'))) }],
  ])('does not change with %s', (_name, given) => {
    expect(changed(given)).toEqual([]);
    expect(of({ ...facts, ...given }).hash).toBe(before.hash);
  });
});
