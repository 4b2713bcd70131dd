import { describe, expect, it } from 'vitest';
import { injected, owned, owner, read } from '../../test/mesh-facts.ts';
import { fates, keeps, labelled, namespaceShop, type Fates } from '../../test/planner/fates.ts';
import { ends, made, request, shop, type Made } from '../../test/planner/request.ts';
import type { Policy } from '../policy/policy.ts';
import { classify } from './classify.ts';

const consent = 'Consent to it in the policy (overrides: consent: true), or renew it yourself.';

describe('every kind of workload', () => {
  it.each<[string, Made, Partial<Fates>]>([
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
    expect(fates(shop([one]))).toEqual({ moves: {}, out: {}, ...expected });
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
    expect(fates(shop([], namespaceShop(rev), { pods: read(bare, foreign, set) })).out).toEqual({
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
    expect(fates(shop([web])).moves).toEqual({ 'Deployment shop/web': 'rollout by tag' });
    const direct = fates(shop([web], namespaceShop({ 'istio.io/rev': '1-29-6' })));
    expect(direct.moves).toEqual({ 'Deployment shop/web': 'rollout by namespace' });
    const own = fates(shop([labelled(web, { app: 'web', 'istio.io/rev': '1-29-6' })], namespaceShop({})));
    expect(own.moves).toEqual({ 'Deployment shop/web': 'rollout by template' });
  });

  it('changes the template label only where that is what leads to it, and remembers the old one', () => {
    const asked = request(shop([labelled(web, { app: 'web', 'istio.io/rev': '1-29-6' })], namespaceShop({})));
    expect(classify(asked, ends(asked)).moves[0]?.spec).toMatchObject({
      method: 'rollout',
      labels: { 'istio.io/rev': '1-30-3' },
      before: { 'istio.io/rev': '1-29-6' },
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
