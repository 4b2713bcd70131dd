import { describe, expect, it } from 'vitest';
import { gatewayFact } from '../../test/fact-defaults.ts';
import { meta, read, template } from '../../test/mesh-facts.ts';
import { fates } from '../../test/planner/fates.ts';
import { ends, gatewayClasses, made, request, shop, type Made } from '../../test/planner/request.ts';
import type { ProxyContainerFact } from '../mesh/facts.ts';
import { classify } from './classify.ts';

describe('gateways', () => {
  const auto: ProxyContainerFact = { image: 'auto', form: 'classic', role: 'router', dials: '' };
  const router: ProxyContainerFact = { image: 'istio/proxyv2:1.29.6', form: 'classic', role: 'router', dials: '' };
  const gateway = (proxy: ProxyContainerFact): Made => {
    const one = made('Deployment', 'edge', '1.29.6', { template: template({ labels: { app: 'edge' }, proxy }) });
    return { ...one, pods: one.pods.map((each) => ({ ...each, proxy: { ...router, role: 'router' } })) };
  };

  it('that are injected are renewed as gateways, with more time to drain', () => {
    const asked = request(shop([gateway(auto)]));
    expect(classify(asked, ends(asked)).moves[0]?.spec).toMatchObject({ role: 'gateway', drainMs: 6000 });
  });

  it('whose template names the image are left to their installer', () => {
    const { out } = fates(shop([gateway(router)]));
    expect(out['Deployment shop/edge']).toMatch(/^baked-in: .*Upgrade it with the tool that installed it/);
  });

  it('that istiod renders from Gateways are not spoken of as workloads', () => {
    const rendered = made('Deployment', 'public-istio', '1.29.6', {
      template: template({
        labels: { 'gateway.networking.k8s.io/gateway-name': 'public', 'sidecar.istio.io/inject': 'false' },
      }),
    });
    const managed = {
      ...rendered,
      fact: {
        ...rendered.fact,
        meta: meta('shop', 'public-istio', {
          'gateway.istio.io/managed': 'istio.io-gateway-controller',
          'gateway.networking.k8s.io/gateway-name': 'public',
        }),
      },
    };
    const facts = shop([managed], undefined, { gatewayClasses, gateways: read(gatewayFact(meta('shop', 'public'))) });
    expect(request(facts).view.mesh.gateways.map(({ form }) => form)).toEqual(['gateway-api']);
    expect(fates(facts)).toEqual({ moves: {}, out: {} });
  });
});
