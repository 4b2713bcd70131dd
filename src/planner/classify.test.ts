import { describe, expect, it } from 'vitest';
import { autoscalerFact, gatewayFact } from '../../test/fact-defaults.ts';
import { answer, cluster, injected, injector, meta, owned, owner, pod, read, template } from '../../test/mesh-facts.ts';
import {
  ends,
  gatewayClasses,
  made,
  planeOf,
  namespaced,
  request,
  shop,
  type Made,
} from '../../test/planner/request.ts';
import type { Facts, Labels, NamespaceFact, ProxyContainerFact } from '../mesh/facts.ts';
import type { Policy } from '../policy/policy.ts';
import { classify } from './classify.ts';

interface Told {
  readonly moves: Record<string, string>;
  readonly out: Record<string, string>;
}

function of(facts: Facts, policy: Partial<Policy> = {}): Told {
  const asked = request(facts, policy);
  const { moves, leftOut } = classify(asked, ends(asked));
  return {
    moves: Object.fromEntries(
      moves.map(({ spec, route }) => [
        `${spec.workload} ${spec.namespace}/${spec.name}`,
        `${spec.method} by ${route.by}`,
      ]),
    ),
    out: Object.fromEntries(
      leftOut.map((one) => [
        `${one.workload} ${one.namespace}/${one.name}`,
        `${one.code}: ${one.reason} | ${one.consequence}`,
      ]),
    ),
  };
}

const keeps = 'keeps its proxies of 1.29.6; complete is refused while they run';
const oldLabel =
  'its template keeps label istio.io/rev=1-29-6, so its next pods get the old revision; complete is refused until it is changed';
const consent = 'Consent to it in the policy (overrides: consent: true), or renew it yourself.';
const namespace = (labels: Labels): readonly NamespaceFact[] => [namespaced('shop', labels)];
const labelled = (one: Made, labels: Labels): Made => ({
  fact: { ...one.fact, template: { ...one.fact.template, labels } },
  pods: one.pods.map((each) => ({ ...each, meta: { ...each.meta, labels } })),
});
const withProxy = (one: Made, proxy: ProxyContainerFact): Made => ({
  ...one,
  fact: { ...one.fact, template: { ...one.fact.template, proxy, images: { 'istio-proxy': proxy.image } } },
});
const baked: ProxyContainerFact = { image: 'istio/proxyv2:1.29.6', form: 'classic', role: 'sidecar', dials: '' };

describe('every kind of workload', () => {
  it.each<[string, Made, Partial<Told>]>([
    ['Deployment', made('Deployment', 'web', '1.29.6'), { moves: { 'Deployment shop/web': 'rollout by tag' } }],
    ['DaemonSet', made('DaemonSet', 'web', '1.29.6'), { moves: { 'DaemonSet shop/web': 'rollout by tag' } }],
    ['Rollout', made('Rollout', 'web', '1.29.6'), { moves: { 'Rollout shop/web': 'rollout by tag' } }],
    [
      'StatefulSet with two pods',
      made('StatefulSet', 'web', '1.29.6', { replicas: 2 }),
      { moves: { 'StatefulSet shop/web': 'rollout by tag' } },
    ],
    [
      'StatefulSet with one pod',
      made('StatefulSet', 'web', '1.29.6'),
      {
        out: {
          'StatefulSet shop/web': `no-consent: it has one pod, which must end before the next one starts | ${keeps}. ${consent}`,
        },
      },
    ],
    [
      'CronJob',
      made('CronJob', 'web', '1.29.6'),
      { out: { 'CronJob shop/web': 'job: it ends by itself | Its next run gets the new proxy.' } },
    ],
    [
      'Job',
      made('Job', 'web', '1.29.6'),
      { out: { 'Job shop/web': 'job: it ends by itself | Its next run gets the new proxy.' } },
    ],
  ])('%s', (_name, one, expected) => {
    expect(of(shop([one]))).toEqual({ moves: {}, out: {}, ...expected });
  });

  it("has the workload's spec for its renewal", () => {
    const asked = request(shop([made('Deployment', 'web', '1.29.6', { replicas: 3, minReadySeconds: 2 })]));
    const { moves } = classify(asked, ends(asked));
    expect(moves[0]).toMatchObject({
      spec: {
        ...{ namespace: 'shop', name: 'web', role: 'sidecar', revision: '1-30-3', version: '1.30.3', replicas: 3 },
        ...{ width: 1, labels: {}, before: {}, serviceLabel: '', readyMs: 10_000, drainMs: 3000, busyMs: 60_000 },
      },
      group: 'prod',
      risk: 1003,
    });
  });

  it('leaves a bare pod and what unknown owners make', () => {
    const rev = { 'istio.io/rev': 'prod' };
    const bare = injected('shop', 'bare', '1.29.6');
    const foreign = owned(injected('shop', 'foreign-0', '1.29.6'), {
      apiVersion: 'x.io/v1',
      kind: 'CloneSet',
      name: 'foreign',
    });
    const set = owned(injected('shop', 'set-0', '1.29.6'), owner('ReplicaSet', 'set'));
    expect(of(shop([], namespace(rev), { pods: read(bare, foreign, set) })).out).toEqual({
      'Pod shop/bare':
        'bare-pod: nobody makes it again when it is deleted | keeps its proxy 1.29.6; complete is refused while it runs. Delete and create it yourself',
      'Other shop/foreign':
        'unknown-owner: meshlift does not know how CloneSet renews pods | keeps its proxy 1.29.6; complete is refused while it runs. Renew it with its own tool',
      'ReplicaSet shop/set':
        'unknown-owner: meshlift does not know how ReplicaSet renews pods | keeps its proxy 1.29.6; complete is refused while it runs. Renew it with its own tool',
    });
  });
});

describe('how a workload is reached', () => {
  const web = made('Deployment', 'web', '1.29.6');

  it('is its tag, its namespace, or its own template', () => {
    expect(of(shop([web])).moves).toEqual({ 'Deployment shop/web': 'rollout by tag' });
    const direct = of(shop([web], namespace({ 'istio.io/rev': '1-29-6' })));
    expect(direct.moves).toEqual({ 'Deployment shop/web': 'rollout by namespace' });
    const own = of(shop([labelled(web, { app: 'web', 'istio.io/rev': '1-29-6' })], namespace({})));
    expect(own.moves).toEqual({ 'Deployment shop/web': 'rollout by template' });
  });

  it('changes the template label only where that is what leads to it, and remembers the old one', () => {
    const asked = request(shop([labelled(web, { app: 'web', 'istio.io/rev': '1-29-6' })], namespace({})));
    expect(classify(asked, ends(asked)).moves[0]?.spec).toMatchObject({
      method: 'rollout',
      labels: { 'istio.io/rev': '1-30-3' },
      before: { 'istio.io/rev': '1-29-6' },
    });
  });
});

describe('who is left out', () => {
  const web = made('Deployment', 'web', '1.29.6');
  const bare = made('Deployment', 'web', null);

  it.each<[string, Facts, string]>([
    [
      'one that the namespace takes out, with proxies',
      shop([web], namespace({ 'istio-injection': 'disabled' })),
      `would-lose-proxy: a restart would bring it back without a proxy: Namespace label istio-injection=disabled. | ${keeps}`,
    ],
    [
      'one that the namespace takes out, without',
      shop([bare], namespace({ 'istio-injection': 'disabled' })),
      'opt-out: Namespace label istio-injection=disabled. | it has no proxy and gets none',
    ],
    [
      'one that refuses by its own label',
      shop([labelled(bare, { 'sidecar.istio.io/inject': 'false' })]),
      'opt-out: Pod label sidecar.istio.io/inject=false. | it has no proxy and gets none',
    ],
    [
      'one that asks for a revision that nobody serves',
      shop([bare], namespace({ 'istio.io/rev': 'typo' })),
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
    expect(of(facts)).toEqual({ moves: {}, out: { 'Deployment shop/web': words } });
  });

  it('says of a CronJob whose template names the old revision that its next run gets that', () => {
    const job = labelled(made('CronJob', 'web', '1.29.6'), { 'istio.io/rev': '1-29-6' });
    expect(of(shop([job])).out).toEqual({ 'CronJob shop/web': `job: it ends by itself | ${oldLabel}` });
  });

  it('does not speak of what has nothing to do with the mesh', () => {
    expect(of(shop([bare], namespace({})))).toEqual({ moves: {}, out: {} });
    const host = { ...bare, fact: { ...bare.fact, template: { ...bare.fact.template, hostNetwork: true } } };
    expect(of(shop([host]))).toEqual({ moves: {}, out: {} });
  });

  it('names one that a dead injector refuses, and one that two inject', () => {
    const dead = injector('1.28.0');
    const given = shop([web], namespace({ 'istio.io/rev': '1-28-0' }), {});
    const refused = of({ ...given, mutatingWebhooks: read(...given.mutatingWebhooks.items, dead) });
    expect(refused.out['Deployment shop/web']).toMatch(
      /^refused: new pods of it are refused: .* \| keeps its proxies of 1\.29\.6/,
    );
    const base = shop([web]);
    const again = {
      ...injector('1.29.6', 'prod'),
      meta: meta('', 'second', { app: 'sidecar-injector', 'istio.io/rev': '1-29-6' }),
    };
    const twice = of({ ...base, mutatingWebhooks: read(...base.mutatingWebhooks.items, again) });
    expect(twice.out['Deployment shop/web']).toMatch(
      /^overlap: two injectors would each add a proxy to its new pods: /,
    );
  });

  it('does not touch what it cannot see', () => {
    const given = shop([web]);
    const unseen = of({ ...given, namespaces: { items: [], unread: '403 Forbidden' } });
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
    expect(of(shop([{ ...base, pods }])).moves).toEqual({ 'Deployment shop/web': 'rollout by tag' });
  });

  it('renews one of which only a part is on the target', () => {
    const base = made('Deployment', 'web', '1.29.6');
    const second = owned(injected('shop', 'web-1', '1.30.3'), owner('Deployment', 'web'), { app: 'web' });
    expect(of(shop([{ ...base, pods: [...base.pods, second] }])).moves).toEqual({
      'Deployment shop/web': 'rollout by tag',
    });
  });
});

describe('the policy', () => {
  const web = made('Deployment', 'web', '1.29.6');
  const told = (override: Partial<Policy['overrides'][number]>): ReturnType<typeof classify> => {
    const asked = request(shop([web]), { overrides: [{ select: { names: ['web'] }, ...override }] });
    return classify(asked, ends(asked));
  };

  it('leaves workloads out, with its reason', () => {
    expect(told({ skip: true, reason: 'on holiday' }).leftOut).toEqual([
      {
        ...{ namespace: 'shop', workload: 'Deployment', name: 'web', code: 'opt-out' },
        reason: 'left out by the policy: on holiday',
        consequence: keeps,
      },
    ]);
  });

  it('gives groups and times', () => {
    expect(told({ group: 'edge', readyMs: 77 }).moves[0]).toMatchObject({ group: 'edge', spec: { readyMs: 77 } });
  });
});

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
    const { out } = of(shop([gateway(router)]));
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
    expect(of(facts)).toEqual({ moves: {}, out: {} });
  });
});

describe('what is no reason to leave out', () => {
  it('is an autoscaler, or a pod that has not started yet', () => {
    const web = made('Deployment', 'web', '1.29.6');
    const pending = pod('shop', 'web-1', { phase: 'Pending', ready: false });
    const facts = shop([{ ...web, pods: [...web.pods, owned(pending, owner('Deployment', 'web'))] }], undefined, {
      autoscalers: read(autoscalerFact(meta('shop', 'web'), 'web')),
    });
    expect(of(facts).moves).toEqual({ 'Deployment shop/web': 'rollout by tag' });
  });
});
