import { describe, expect, it } from 'vitest';
import { facts, meta, read, service, template } from '../../test/mesh-facts.ts';
import { made, namespaced, planOf, request, shop } from '../../test/planner/request.ts';
import type { Labels, WorkloadFact } from '../mesh/facts.ts';
import { leftBehind } from './relabel.ts';

const rev = 'istio.io/rev';
const before = { app: 'edge', [rev]: '1-29-6' };
const { fact } = made('Deployment', 'edge', '1.29.6', { template: template({ labels: before }) });
const next = { [rev]: '1-30-3' };

const behind = (selector: Labels, one: WorkloadFact = fact, labels: Record<string, string> = next) =>
  leftBehind(facts({ services: read(service('shop', 'edge', selector)) }), one, labels);

describe('a template label that must change', () => {
  it('is refused when a Service selects by it', () => {
    expect(behind(before)).toEqual({
      code: 'left-behind',
      refused:
        'Service shop/edge selects istio.io/rev=1-29-6, which its new pods do not have: nothing would reach them',
      remedy: expect.stringContaining(
        `kubectl -n shop patch service edge --type json -p '[{"op":"remove","path":"/spec/selector/istio.io~1rev"}]'`,
      ) as unknown,
    });
  });

  it('is refused when a Gateway selects by it, in any namespace', () => {
    const gateway = { meta: meta('config', 'public'), selector: before } as never;
    expect(leftBehind(facts({ istioGateways: read(gateway) }), fact, next)?.refused).toContain('Gateway config/public');
  });

  it('is refused when its own selector holds it', () => {
    expect(behind({}, { ...fact, selector: before })?.refused).toContain('its own selector holds istio.io/rev=1-29-6');
  });

  it.each<[string, Labels, WorkloadFact, Record<string, string>]>([
    ['selects by another label', { app: 'edge' }, fact, next],
    ['selects other pods', { app: 'other', [rev]: '1-29-6' }, fact, next],
    ['selects nothing', {}, fact, next],
    ['selects by it while it stays', before, fact, {}],
    ['selects by the value that it gets', before, fact, { [rev]: '1-29-6' }],
  ])('is fine when a Service %s', (_what, selector, one, labels) => {
    expect(behind(selector, one, labels)).toBeNull();
  });

  it('leaves the workload out of the plan', () => {
    const edge = made('Deployment', 'edge', '1.29.6', { template: template({ labels: before }) });
    const mesh = shop([edge], [namespaced('shop')], { services: read(service('shop', 'edge', before)) });
    expect(planOf(request(mesh)).leftOut).toMatchObject([
      { name: 'edge', code: 'left-behind', consequence: expect.stringContaining('complete is refused') as unknown },
    ]);
  });
});
