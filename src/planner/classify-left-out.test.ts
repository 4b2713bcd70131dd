import { describe, expect, it } from 'vitest';
import { autoscalerFact } from '../../test/fact-defaults.ts';
import { answer, cluster, injected, injector, meta, owned, owner, pod, read } from '../../test/mesh-facts.ts';
import { fates, keeps, labelled, namespaceShop } from '../../test/planner/fates.ts';
import { ends, made, namespaced, planeOf, request, shop, type Made } from '../../test/planner/request.ts';
import type { Facts, ProxyContainerFact } from '../mesh/facts.ts';
import { classify } from './classify.ts';

const oldLabel =
  'its template keeps label istio.io/rev=1-29-6, so its next pods get the old revision; complete is refused until it is changed';
const withProxy = (one: Made, proxy: ProxyContainerFact): Made => ({
  ...one,
  fact: { ...one.fact, template: { ...one.fact.template, proxy, images: { 'istio-proxy': proxy.image } } },
});
const baked: ProxyContainerFact = { image: 'istio/proxyv2:1.29.6', form: 'classic', role: 'sidecar', dials: '' };

describe('who is left out', () => {
  const web = made('Deployment', 'web', '1.29.6');
  const bare = made('Deployment', 'web', null);

  it.each<[string, Facts, string]>([
    [
      'one that the namespace takes out, with proxies',
      shop([web], namespaceShop({ 'istio-injection': 'disabled' })),
      `would-lose-proxy: a restart would bring it back without a proxy: Namespace label istio-injection=disabled. | ${keeps}`,
    ],
    [
      'one that the namespace takes out, without',
      shop([bare], namespaceShop({ 'istio-injection': 'disabled' })),
      'opt-out: Namespace label istio-injection=disabled. | it has no proxy and gets none',
    ],
    [
      'one that refuses by its own label',
      shop([labelled(bare, { 'sidecar.istio.io/inject': 'false' })]),
      'opt-out: Pod label sidecar.istio.io/inject=false. | it has no proxy and gets none',
    ],
    [
      'one that asks for a revision that nobody serves',
      shop([bare], namespaceShop({ 'istio.io/rev': 'typo' })),
      'not-injected: Namespace label istio.io/rev=typo: no revision or tag of that name injects, so pods start without a sidecar and nothing says so. | it has no proxy and gets none',
    ],
    [
      'one without pods',
      shop([{ ...web, pods: [] }]),
      'no-pods: it has no pods now | its next pods get the new revision',
    ],
    [
      'one without pods whose template names the old revision',
      shop([{ ...labelled(web, { 'istio.io/rev': '1-29-6' }), pods: [] }]),
      `no-pods: it has no pods now | ${oldLabel}`,
    ],
    [
      'one whose template holds its proxy',
      shop([withProxy(web, baked)]),
      'baked-in: its pod template names the proxy image itself, so a restart brings back the same version | keeps its proxy 1.29.6; complete is refused while it runs. Run istioctl kube-inject of the new version again, and apply it',
    ],
  ])('%s', (_name, facts, words) => {
    expect(fates(facts)).toEqual({ moves: {}, out: { 'Deployment shop/web': words } });
  });

  it('says of a CronJob whose template names the old revision that its next run gets that', () => {
    const job = labelled(made('CronJob', 'web', '1.29.6'), { 'istio.io/rev': '1-29-6' });
    expect(fates(shop([job])).out).toEqual({ 'CronJob shop/web': `job: it ends by itself | ${oldLabel}` });
  });

  it('does not speak of what has nothing to do with the mesh', () => {
    expect(fates(shop([bare], namespaceShop({})))).toEqual({ moves: {}, out: {} });
    const host = { ...bare, fact: { ...bare.fact, template: { ...bare.fact.template, hostNetwork: true } } };
    expect(fates(shop([host]))).toEqual({ moves: {}, out: {} });
  });

  it('names one that a dead injector refuses, and one that two inject', () => {
    const dead = injector('1.28.0');
    const given = shop([web], namespaceShop({ 'istio.io/rev': '1-28-0' }), {});
    const refused = fates({ ...given, mutatingWebhooks: read(...given.mutatingWebhooks.items, dead) });
    expect(refused.out['Deployment shop/web']).toMatch(
      /^refused: new pods of it are refused: .* \| keeps its proxies of 1\.29\.6/,
    );
    const base = shop([web]);
    const again = {
      ...injector('1.29.6', 'prod'),
      meta: meta('', 'second', { app: 'sidecar-injector', 'istio.io/rev': '1-29-6' }),
    };
    const twice = fates({ ...base, mutatingWebhooks: read(...base.mutatingWebhooks.items, again) });
    expect(twice.out['Deployment shop/web']).toMatch(
      /^overlap: two injectors would each add a proxy to its new pods: /,
    );
  });

  it('does not touch what it cannot see', () => {
    const given = shop([web]);
    const unseen = fates({ ...given, namespaces: { items: [], unread: '403 Forbidden' } });
    expect(unseen.moves).toEqual({});
    expect(unseen.out['Deployment shop/web']).toMatch(/^unknown: .*it is not touched while this is not known$/);
  });

  it('does not restart what is on the target, nor what a third revision injects', () => {
    const moved = made('Deployment', 'moved', '1.30.3', { namespace: 'new' });
    const third = made('Deployment', 'third', '1.28.6', { namespace: 'third' });
    const planes = ['1.28.6', '1.29.6', '1.30.3'].map(planeOf);
    const facts = cluster(planes, [injector('1.28.6'), injector('1.29.6'), injector('1.30.3')], {
      namespaces: read(
        namespaced('shop', { 'istio.io/rev': '1-29-6' }),
        namespaced('new', { 'istio.io/rev': '1-30-3' }),
        namespaced('third', { 'istio.io/rev': '1-28-6' }),
      ),
      deployments: read(web.fact, moved.fact, third.fact),
      pods: read(...web.pods, ...moved.pods, ...third.pods),
      istiods: read(
        answer('1.28.6', ['third/third-0']),
        answer('1.29.6', ['shop/web-0']),
        answer('1.30.3', ['new/moved-0']),
      ),
    });
    const asked = request(facts, {}, { revision: '1-29-6' });
    const { moves, leftOut } = classify(asked, ends(asked));
    expect(moves.map(({ spec }) => spec.name)).toEqual(['web']);
    expect(leftOut.map(({ name, code, reason, consequence }) => [name, code, reason, consequence])).toEqual([
      ['moved', 'on-target', 'its proxies have the new version already', 'it is not restarted'],
      ['third', 'other-revision', 'revision 1-28-6 injects it, not 1-29-6', 'nothing changes for it'],
    ]);
  });

  it('renews one that the new revision made with another version', () => {
    const base = made('Deployment', 'web', '1.29.6');
    const pods = base.pods.map((one) => ({
      ...one,
      meta: { ...one.meta, annotations: { 'istio.io/rev': '1-30-3' } },
      proxy: one.proxy && { ...one.proxy, image: 'istio/proxyv2:1.30.1' },
    }));
    expect(fates(shop([{ ...base, pods }])).moves).toEqual({ 'Deployment shop/web': 'rollout by tag' });
  });

  it('renews one of which only a part is on the target', () => {
    const base = made('Deployment', 'web', '1.29.6');
    const second = owned(injected('shop', 'web-1', '1.30.3'), owner('Deployment', 'web'), { app: 'web' });
    expect(fates(shop([{ ...base, pods: [...base.pods, second] }])).moves).toEqual({
      'Deployment shop/web': 'rollout by tag',
    });
  });
});

describe('what is no reason to leave out', () => {
  it('is an autoscaler, or a pod that has not started yet', () => {
    const web = made('Deployment', 'web', '1.29.6');
    const pending = pod('shop', 'web-1', { phase: 'Pending', ready: false });
    const facts = shop([{ ...web, pods: [...web.pods, owned(pending, owner('Deployment', 'web'))] }], undefined, {
      autoscalers: read(autoscalerFact(meta('shop', 'web'), 'web')),
    });
    expect(fates(facts).moves).toEqual({ 'Deployment shop/web': 'rollout by tag' });
  });
});
