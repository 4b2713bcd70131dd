import { describe, expect, it } from 'vitest';
import { Blocked } from '../../src/errors.ts';
import { stepKindOf } from '../../src/steps/kinds.ts';
import { usersOf } from '../../src/steps/users.ts';
import { resources } from '../../sandbox/store/resources.ts';
import { byDefault, install, removal, shopLabels, tag } from './cases.ts';
import { helm, labOf, mustJudge } from './lab.ts';

const old = { revision: '1-29-6', version: '1.29.6', release: 'istiod-1-29-6' };

describe('a tag that a Helm release holds', () => {
  const spec = tag('stable', '1-28-6', '1-30-3', { release: helm('istiod-1-28-6') });

  it('is refused with the way to take it out of the release, and moves once that was gone', async () => {
    const lab = await labOf('gateways');
    await lab.apply(install({ revision: '1-28-6', version: '1.28.6', release: 'istiod-1-28-6' }));
    lab.writes.length = 0;
    await expect(lab.apply(spec)).rejects.toThrow(Blocked);
    const observed = await lab.observe(spec);
    expect(observed.state).toBe('blocked');
    expect(JSON.stringify(observed)).toContain('helm.sh/resource-policy=keep');
    expect(lab.writes).toEqual([]);
    const { store } = lab.cluster;
    const free = (policy: string | null) => ({
      metadata: {
        annotations: {
          ...(policy === null ? { 'meta.helm.sh/release-name': null, 'meta.helm.sh/release-namespace': null } : {}),
          ...(policy !== null && { 'helm.sh/resource-policy': policy }),
        },
      },
    });
    const webhook = { resource: resources.mutatingWebhooks, name: 'istio-revision-tag-stable' };
    const service = { resource: resources.services, namespace: 'istio-system', name: 'istiod-revision-tag-stable' };
    for (const ref of [webhook, service]) store.patch(ref, 'merge', free('keep'));
    const release = { release: 'istiod-1-28-6', namespace: 'istio-system', hub: 'docker.io/istio' };
    lab.cluster.installer.istiod({
      ...release,
      version: '1.28.6',
      revision: '1-28-6',
      ambient: true,
      tags: ['default'],
    });
    for (const ref of [webhook, service]) store.patch(ref, 'merge', free(null));
    const { mesh } = await lab.look();
    expect(mesh.tags.find(({ name }) => name === 'stable')?.owner.kind).toBe('none');
    const freed = { ...spec, release: { owner: 'none', name: '', namespace: '' } } as const;
    await lab.apply(freed);
    expect(await lab.verify(freed)).toEqual({ state: 'passed' });
  });

  it('is not moved as part of the default either', async () => {
    const lab = await labOf('debris');
    const move = byDefault('1-29-6', 'helm', true);
    const tagged = { ...move, to: 'default', tag: move.tag && { ...move.tag, release: helm('istiod-1-29-6') } };
    expect((await lab.observe({ ...tagged, validator: null })).state).toBe('blocked');
  });
});

describe('the injector without revision beside tag default', () => {
  it('is switched off after the tag, so that exactly one matches', async () => {
    const lab = await labOf('debris');
    const move = byDefault('1-29-6', 'helm', true);
    const spec = { ...move, to: '1-29-6', validator: null };
    expect(await lab.observe(spec)).toEqual({ state: 'ready' });
    await lab.apply(spec);
    expect(lab.writes).toEqual(['patch MutatingWebhookConfiguration istio-sidecar-injector']);
    expect(await lab.verify(spec)).toEqual({ state: 'passed' });
    const { mesh } = await lab.look();
    const shop = mesh.namespaces.find(({ name }) => name === 'shop');
    expect(shop?.injection).toMatchObject({ outcome: 'injected', revision: '1-29-6' });
  });
});

describe('a default validator that leads nowhere', () => {
  const ref = { resource: resources.validatingWebhooks, name: 'istiod-default-validator' };
  const move = { ...byDefault('1-29-6', 'istioctl', true), tag: null };

  it('is repaired where its Service is gone (G1)', async () => {
    const lab = await labOf('mixed-labels');
    lab.cluster.store.delete({ resource: resources.services, namespace: 'istio-system', name: 'istiod-1-29-6' });
    expect(() => mustJudge(lab)).toThrow('service "istiod-1-29-6" not found');
    await lab.apply(move);
    mustJudge(lab);
    expect(await lab.verify(move)).toEqual({ state: 'passed' });
  });

  it('is not done by its label alone', async () => {
    const lab = await labOf('mixed-labels');
    lab.cluster.store.patch(ref, 'merge', { metadata: { labels: { 'istio.io/rev': '1-30-3' } } });
    expect(await lab.observe(move)).toEqual({ state: 'ready' });
    await lab.apply(move);
    expect(await lab.observe(move)).toEqual({ state: 'done' });
    expect(lab.writes).toEqual(['patch ValidatingWebhookConfiguration istiod-default-validator']);
  });
});

describe('a change by somebody else', () => {
  it('of a tag is not overwritten', async () => {
    const lab = await labOf('mixed-labels');
    await expect(lab.apply(tag('stable', '1-27-2', '1-30-3'))).rejects.toThrow('neither to 1-27-2 nor to 1-30-3');
    expect(lab.writes).toEqual([]);
  });

  it('of a namespace label is not overwritten, not even between reading and writing', async () => {
    const lab = await labOf('unrevisioned');
    const { store } = lab.cluster;
    const ref = { resource: resources.namespaces, name: 'shop' };
    const { api } = lab.context;
    let first = true;
    const raced = {
      ...lab.context,
      api: {
        ...api,
        patch: (...call: Parameters<typeof api.patch>) => {
          if (first) store.patch(ref, 'merge', { metadata: { labels: { 'istio.io/rev': 'theirs' } } });
          first = false;
          return api.patch(...call);
        },
      },
    };
    Object.assign(lab.context, raced);
    await expect(lab.apply(shopLabels)).rejects.toThrow('Label istio.io/rev of namespace shop is theirs');
    expect(store.get(ref).metadata.labels).toMatchObject({ 'istio-injection': 'enabled', 'istio.io/rev': 'theirs' });
  });
});

describe('a control plane in use', () => {
  it('is not removed, and everything that uses it is named', async () => {
    const lab = await labOf('bookinfo');
    const spec = removal('1-29-6', '1.29.6', 'istiod-1-29-6');
    const users = usersOf(await lab.look(), '1-29-6');
    const kinds = [...new Set(users.map(({ what }) => what))];
    expect(kinds).toEqual(['proxy', 'namespace', 'workload', 'tag', 'webhook', 'gateway']);
    expect(users).toContainEqual({ what: 'tag', name: 'prod', passing: false });
    expect(users).toContainEqual({
      what: 'webhook',
      name: 'ValidatingWebhookConfiguration istiod-default-validator',
      passing: false,
    });
    expect(users).toContainEqual({ what: 'namespace', name: 'bookinfo (istio.io/rev=prod)', passing: false });
    await expect(lab.apply(spec)).rejects.toThrow('Revision 1-29-6 is still used by proxy');
    expect((await lab.observe(spec)).state).toBe('blocked');
    expect(lab.writes).toEqual([]);
  });

  it('counts what could not be read as a user', async () => {
    const lab = await labOf('bookinfo');
    await lab.apply(install(old));
    const view = await lab.look();
    const blind = (unread: string) => ({ ...view, facts: { ...view.facts, pods: { items: [], unread } } });
    const what = 'not seen';
    const refused = [{ what, name: 'pods: forbidden: no right', passing: false }];
    expect(usersOf(blind('forbidden: no right'), '1-30-3')).toEqual(refused);
    expect(usersOf(blind('time-out'), '1-30-3')).toEqual([{ what, name: 'pods: time-out', passing: true }]);
    expect(usersOf(view, '1-30-3')).toEqual([]);
    const spec = removal('1-30-3', '1.30.3', 'istiod-1-30-3');
    expect(stepKindOf(spec).observe(blind('forbidden: no right'), spec).state).toBe('blocked');
    expect(stepKindOf(spec).observe(blind('time-out'), spec).state).toBe('unknown');
  });

  it('is waited for while only proxies of it that end are left', async () => {
    const lab = await labOf('bookinfo');
    await lab.apply(install(old));
    const view = await lab.look();
    const spec = removal('1-30-3', '1.30.3', 'istiod-1-30-3');
    const [first] = view.mesh.proxies;
    if (first === undefined) throw new Error('bookinfo has proxies');
    const withOne = (deleting: boolean) => ({
      ...view,
      mesh: { ...view.mesh, proxies: [{ ...first, deleting, revision: '1-30-3' }] },
    });
    const why = `Revision 1-30-3 is still used by proxy ${first.namespace}/${first.pod}.`;
    expect(stepKindOf(spec).observe(withOne(true), spec)).toEqual({ state: 'waiting', why });
    expect(stepKindOf(spec).observe(withOne(false), spec)).toEqual({ state: 'blocked', why });
  });

  it('counts a proxy of another cluster that is connected to it', async () => {
    const lab = await labOf('bookinfo');
    await lab.apply(install(old));
    const view = await lab.look();
    const entry = { namespace: 'far', pod: 'web-1', proxyType: 'sidecar', version: '1.29.6', stale: [] };
    const items = view.facts.istiods.items.map((one) =>
      one.revision === '1-30-3' ? { ...one, syncz: [...(one.syncz ?? []), entry] } : one,
    );
    const far = { ...view, facts: { ...view.facts, istiods: { ...view.facts.istiods, items } } };
    expect(usersOf(far, '1-30-3')).toEqual([{ what: 'remote proxy', name: 'far/web-1', passing: false }]);
  });
});

describe('removal of the old revision', () => {
  it('leaves no webhook to its Service, and configuration is judged at every moment (G1)', async () => {
    const lab = await labOf('mixed-labels');
    lab.watch = () => mustJudge(lab);
    const removed = removal('1-29-6', '1.29.6', 'istiod-1-29-6');
    await lab.apply(byDefault('1-29-6', 'istioctl', true));
    await lab.apply(tag('stable', '1-29-6', '1-30-3'));
    await expect(lab.apply(removed)).rejects.toThrow('is still used by proxy');
    for (const namespace of ['both', 'podrev', 'podonly']) {
      const where = { resource: resources.deployments, namespace, name: 'web' };
      const annotations = { renewed: 'now' };
      lab.cluster.store.patch(where, 'strategic', { spec: { template: { metadata: { annotations } } } });
    }
    lab.clock.advance(60_000);
    await lab.apply(removed);
    expect(await lab.verify(removed)).toEqual({ state: 'passed' });
    const { mesh } = await lab.look();
    expect(mesh.controlPlanes.map(({ revision }) => revision)).toEqual(['1-30-3']);
    expect(mesh.webhooks.filter(({ healthy }) => healthy !== true)).toEqual([]);
  });

  it('takes away its own webhooks that an interrupted removal left', async () => {
    const lab = await labOf('bookinfo');
    await lab.apply(install(old));
    const { store } = lab.cluster;
    const ref = { resource: resources.validatingWebhooks, name: 'istio-validator-1-30-3-istio-system' };
    const { apiVersion = '', kind = '', ...own } = store.get(ref);
    lab.cluster.installer.uninstall({ name: 'istiod-1-30-3', namespace: 'istio-system' });
    lab.clock.advance(30_000);
    const metadata = { name: ref.name, labels: { ...own.metadata.labels } };
    store.create(ref.resource, { ...own, apiVersion, kind, metadata });
    const removed = removal('1-30-3', '1.30.3', 'istiod-1-30-3');
    expect(await lab.observe(removed)).toEqual({ state: 'ready' });
    await lab.apply(removed);
    expect(lab.writes.at(-1)).toBe('delete ValidatingWebhookConfiguration istio-validator-1-30-3-istio-system');
    expect(await lab.observe(removed)).toEqual({ state: 'done' });
  });

  it('says which webhook still leads to what is gone', async () => {
    const lab = await labOf('bookinfo');
    await lab.apply(install(old));
    const { store } = lab.cluster;
    const own = store.get({ resource: resources.validatingWebhooks, name: 'istio-validator-1-30-3-istio-system' });
    const { apiVersion = '', kind = '', ...rest } = own;
    const foreign = { ...rest, apiVersion, kind, metadata: { name: 'left-over' } };
    await lab.apply(removal('1-30-3', '1.30.3', 'istiod-1-30-3'));
    store.create(resources.validatingWebhooks, foreign);
    await expect(lab.apply(removal('1-30-3', '1.30.3', 'istiod-1-30-3'))).rejects.toThrow('left-over');
  });
});
