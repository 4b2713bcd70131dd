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
  pod,
  read,
  template,
  workload,
} from '../../test/mesh-facts.ts';
import { buildMesh } from './build.ts';
import type { Facts, PodFact, ProxyContainerFact, WorkloadFact } from './facts.ts';

const proxy: ProxyContainerFact = { image: 'istio/proxyv2:1.29.6', form: 'classic', role: 'sidecar', dials: '' };
const namespaces = read(
  namespaceFact(meta('', 'shop', { 'istio.io/rev': 'prod' })),
  namespaceFact(meta('', 'plain')),
  namespaceFact(meta('', 'bank', { 'istio.io/rev': '1-29-6' })),
);
/** Tag prod points to 1-30-3; both control planes live. */
function moved(given: Partial<Facts>): Facts {
  const configs = [injector('1.29.6'), injector('1.30.3'), injector('1.30.3', 'prod')];
  return cluster([plane('1.29.6'), plane('1.30.3')], configs, { namespaces, ...given });
}

function ofWeb(pods: readonly PodFact[], web: Partial<WorkloadFact> = {}, base: typeof moved = moved) {
  const replicaSets = read({ meta: { ...meta('shop', 'web-1'), owner: owner('Deployment', 'web') } });
  const deployments = read(workload('Deployment', 'shop', 'web', web));
  const mine = pods.map((one) => owned(one, owner('ReplicaSet', 'web-1')));
  const found = buildMesh(base({ deployments, replicaSets, pods: read(...mine) })).workloads;
  const one = found.find(({ name }) => name === 'web');
  if (!one) throw new Error('no workload');
  return one;
}

describe('numbers', () => {
  it('counts running pods and proxies, and names versions and revisions once, sorted', () => {
    const one = ofWeb([
      injected('shop', 'c', '1.30.3'),
      injected('shop', 'a', '1.29.6'),
      injected('shop', 'b', '1.29.6'),
      pod('shop', 'd'),
      injected('shop', 'e', '1.28.0', { phase: 'Pending' }),
    ]);
    expect(one).toMatchObject({ proxies: 3, pods: 4, versions: ['1.29.6', '1.30.3'], revisions: ['1-29-6', '1-30-3'] });
    expect(one).toMatchObject({ role: 'sidecar', kind: 'Deployment', ownerKind: 'Deployment' });
  });
});

describe('pending', () => {
  it('names the revision and version behind the tag', () => {
    const { pending } = ofWeb([injected('shop', 'a', '1.29.6'), injected('shop', 'b', '1.30.3')]);
    expect(pending).toMatchObject({ revision: '1-30-3', version: '1.30.3' });
    expect(pending?.reason).toContain('1 of 2 proxies made by revision 1-29-6');
  });

  it('is null when all is current, or nothing runs', () => {
    expect(ofWeb([injected('shop', 'a', '1.30.3')]).pending).toBeNull();
    expect(ofWeb([]).pending).toBeNull();
  });

  it('does not count pods that are going away', () => {
    const leaving = injected('shop', 'old', '1.29.6', { deleting: true });
    expect(ofWeb([injected('shop', 'a', '1.30.3'), leaving]).pending).toBeNull();
  });

  it('sees a version that differs from that of the same revision', () => {
    const old = injected('shop', 'a', '1.30.3', { proxy: { ...proxy, image: 'istio/proxyv2:1.30.1' } });
    expect(ofWeb([old]).pending?.reason).toContain('at version 1.30.1; new pods get 1.30.3');
  });

  it('accepts the suffix of a vendor build that istiod does not repeat', () => {
    const base: typeof moved = (given) => {
      const made = moved(given);
      const items = made.deployments.items.map((one) =>
        one.meta.name === 'istiod-1-30-3'
          ? { ...one, template: { ...one.template, images: { discovery: 'istio/pilot:1.30.3-fips' } } }
          : one,
      );
      return { ...made, deployments: read(...items), istiods: read(answer('1.30.3')) };
    };
    const fips = injected('shop', 'a', '1.30.3', { proxy: { ...proxy, image: 'istio/proxyv2:1.30.3-fips' } });
    expect(ofWeb([fips], {}, base).pending).toBeNull();
    const old = injected('shop', 'a', '1.30.3', { proxy: { ...proxy, image: 'istio/proxyv2:1.30.1-fips' } });
    expect(ofWeb([old], {}, base).pending).not.toBeNull();
  });

  it('sees running pods without a proxy', () => {
    const { pending } = ofWeb([injected('shop', 'a', '1.30.3'), pod('shop', 'b')]);
    expect(pending?.revision).toBe('1-30-3');
    expect(pending?.reason).toContain('1 of 2 pods without a proxy');
  });

  it('sees a gateway pod that kept the image auto', () => {
    const labels = { app: 'web', 'sidecar.istio.io/inject': 'true' };
    const annotations = { 'inject.istio.io/templates': 'gateway' };
    const auto = { ...proxy, image: 'auto', role: '' };
    const stuck = pod('shop', 'a', { meta: meta('shop', 'a', labels, annotations), phase: 'Pending', proxy: auto });
    const one = ofWeb([stuck], { template: template({ labels, annotations, proxy: auto }) });
    expect(one).toMatchObject({ role: 'gateway', proxies: 0, versions: [], pending: { revision: '1-30-3' } });
  });

  it('says that pods would lose their proxy', () => {
    const labels = { app: 'web', 'sidecar.istio.io/inject': 'false' };
    const one = ofWeb([injected('shop', 'a', '1.29.6')], { template: template({ labels }) });
    expect(one.injection.outcome).toBe('none');
    expect(one.pending).toMatchObject({ revision: null, version: null });
    expect(one.pending?.reason).toContain('would come back without one');
  });

  it('says that pods would be refused, even with a proxy in the template', () => {
    const dead: typeof moved = (given) => ({ ...moved(given), endpointSlices: read(), services: read() });
    const one = ofWeb([injected('shop', 'a', '1.30.3')], { template: template({ proxy }) }, dead);
    expect(one.injection.outcome).toBe('fails');
    expect(one.pending?.revision).toBeNull();
    expect(one.pending?.reason).toContain('would be refused');
  });
});

describe('a proxy that admission does not choose', () => {
  it.each([
    ['a real image in the template', template({ proxy }), {}, 'written into the pod template'],
    ['the status annotation', template({ annotations: { 'sidecar.istio.io/status': '{}' } }), {}, 'written into'],
    ['istiod renders it', template(), { 'gateway.istio.io/managed': 'istio.io-mesh-controller' }, 'istiod renders'],
  ])('%s', (_what, made, labels, words) => {
    const one = ofWeb([injected('shop', 'a', '1.29.6')], { template: made, meta: meta('shop', 'web', labels) });
    expect(one.pending).toBeNull();
    expect(one.injection.reason).toContain(words);
  });
});

describe('pods without a template', () => {
  const find = (given: Partial<Facts>, name: string) => {
    const one = buildMesh(moved(given)).workloads.find((candidate) => candidate.name === name);
    if (!one) throw new Error('no workload');
    return one;
  };

  it('are judged by their own labels', () => {
    const labels = { 'istio.io/rev': '1-29-6' };
    const bare = pod('plain', 'bare', { meta: meta('plain', 'bare', labels, { 'istio.io/rev': '1-29-6' }), proxy });
    expect(find({ pods: read(bare) }, 'bare')).toMatchObject({
      kind: 'Pod',
      injection: { outcome: 'injected', revision: '1-29-6' },
      pending: null,
    });
  });

  it('of an unknown owner keep its kind', () => {
    const by = { apiVersion: 'v1', kind: 'ReplicationController', name: 'legacy' };
    const one = find({ pods: read(owned(injected('shop', 'x', '1.29.6'), by)) }, 'legacy');
    expect(one).toMatchObject({ kind: 'Other', ownerKind: 'ReplicationController', pending: { revision: '1-30-3' } });
  });

  it('of a Rollout that borrows its template are judged by the pods', () => {
    const borrowed = workload('Rollout', 'plain', 'web', { template: template({ images: {} }) });
    const labels = { 'istio.io/rev': '1-29-6' };
    const one = owned(pod('plain', 'web-x', { meta: meta('plain', 'web-x', labels) }), owner('Rollout', 'web'));
    expect(find({ rollouts: read(borrowed), pods: read(one) }, 'web').injection.revision).toBe('1-29-6');
  });

  it('run again, for Jobs', () => {
    const run = owned(injected('shop', 'import-x', '1.29.6'), owner('Job', 'import'));
    const one = find({ jobs: read(workload('Job', 'shop', 'import')), pods: read(run) }, 'import');
    expect(one.pending?.reason).toContain('next run');
  });
});

describe('unread namespaces', () => {
  it('leave the decision open', () => {
    const unread = { items: [], unread: 'forbidden' };
    const [one] = buildMesh(facts({ namespaces: unread, pods: read(injected('shop', 'a', '1.29.6')) })).workloads;
    expect(one?.injection).toMatchObject({ outcome: 'unknown', code: 'unknown' });
    expect(one?.injection.reason).toContain('forbidden');
    expect(one?.pending).toBeNull();
  });
});
