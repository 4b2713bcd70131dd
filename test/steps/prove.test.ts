import { describe, expect, it } from 'vitest';
import { NotFound } from '../../src/errors.ts';
import type { ProveControlPlane } from '../../src/steps/spec.ts';
import { resources } from '../../sandbox/store/resources.ts';
import { install, removal } from './cases.ts';
import { labOf, young, type Lab } from './lab.ts';

const old = { revision: '1-29-6', version: '1.29.6', release: 'istiod-1-29-6' };

async function installed(): Promise<{ readonly lab: Lab; readonly spec: ProveControlPlane }> {
  const lab = await labOf('bookinfo');
  await lab.apply(install(old));
  lab.writes.length = 0;
  lab.dryRuns.length = 0;
  const { mesh } = await lab.look();
  const rootHash = mesh.controlPlanes.find(({ revision }) => revision === '1-29-6')?.caRootHash ?? null;
  const proxies = [
    { role: 'sidecar', version: '1.29.6' },
    { role: 'gateway', version: '1.29.6' },
  ] as const;
  const namespaces = ['bookinfo', 'istio-ingress'];
  return {
    lab,
    spec: { kind: 'prove-control-plane', ...young, namespace: 'istio-system', namespaces, proxies, rootHash },
  };
}

/** Namespaces and pods of the proof that are there. */
function left({ cluster, clock }: Lab): string[] {
  clock.advance(60_000);
  const all = [...cluster.store.all(resources.namespaces), ...cluster.store.all(resources.pods)];
  return all.map(({ metadata }) => metadata.name).filter((name) => name.startsWith('meshlift-proof'));
}

describe('the proof of a new control plane', () => {
  it('passes, writes nothing but its own namespace and pods, and leaves nothing', async () => {
    const { lab, spec } = await installed();
    expect(await lab.observe(spec)).toEqual({ state: 'ready' });
    await lab.apply(spec);
    const [sidecar, gateway] = ['sidecar', 'gateway'].map(
      (role) => `Pod meshlift-proof-1-30-3/meshlift-proof-${role}-1-29-6`,
    );
    expect(lab.writes).toEqual([
      'create Namespace meshlift-proof-1-30-3',
      `create ${sidecar ?? ''}`,
      `create ${gateway ?? ''}`,
      `delete ${gateway ?? ''}`,
      `delete ${sidecar ?? ''}`,
      'delete Namespace meshlift-proof-1-30-3',
    ]);
    expect(lab.dryRuns).toContain('Pod meshlift-proof-1-30-3/meshlift-proof-like-bookinfo-0');
    expect(lab.dryRuns).toContain('Pod meshlift-proof-1-30-3/meshlift-proof-like-istio-ingress-0');
    expect(left(lab)).toEqual([]);
    expect(await lab.verify(spec)).toEqual({ state: 'passed' });
    expect(lab.evidence).toContainEqual(['shadow sidecar 1.29.6', 'ready, in sync, nothing refused']);
  });

  it('fails when an old proxy refuses its configuration, and leaves nothing', async () => {
    const { lab, spec } = await installed();
    lab.cluster.setBadPairs([{ proxy: '1.29', istiod: '1.30' }]);
    await expect(lab.apply(spec)).rejects.toThrow('was refused 1 time while a sidecar with proxy 1.29.6 connected');
    expect(left(lab)).toEqual([]);
  });

  it('does not mind a pair that is not among the proxies', async () => {
    const { lab, spec } = await installed();
    lab.cluster.setBadPairs([{ proxy: '1.22', istiod: '1.30' }]);
    await lab.apply(spec);
    expect(left(lab)).toEqual([]);
  });

  it.each([
    ['another root', 'f'.repeat(64), 'has another root certificate'],
    ['an unknown root', null, 'could not be read'],
  ])('fails with %s before it writes anything', async (_name, rootHash, message) => {
    const { lab, spec } = await installed();
    await expect(lab.apply({ ...spec, rootHash })).rejects.toThrow(message);
    expect(lab.writes).toEqual([]);
  });

  it('fails when the new injector gives another version', async () => {
    const { lab, spec } = await installed();
    const ref = { resource: resources.configMaps, namespace: 'istio-system', name: 'istio-sidecar-injector-1-30-3' };
    const values = JSON.stringify({ global: { hub: 'docker.io/istio', tag: '1.29.6' } });
    lab.cluster.store.patch(ref, 'merge', { data: { values } });
    await expect(lab.apply(spec)).rejects.toThrow(
      'namespace bookinfo: its proxy would run image docker.io/istio/proxyv2:1.29.6',
    );
    expect(left(lab)).toEqual([]);
  });

  it('fails when nobody judges configuration for the new revision', async () => {
    const { lab, spec } = await installed();
    lab.cluster.store.delete({ resource: resources.validatingWebhooks, name: 'istio-validator-1-30-3-istio-system' });
    await expect(lab.apply(spec)).rejects.toThrow('another revision judged');
    expect(left(lab)).toEqual([]);
  });

  it('fails with the reasons of its pods when the control plane is not ready', async () => {
    const { lab, spec } = await installed();
    lab.cluster.store.patch(
      { resource: resources.deployments, namespace: 'istio-system', name: 'istiod-1-30-3' },
      'strategic',
      { spec: { template: { spec: { nodeSelector: { disk: 'none' } } } } },
    );
    lab.clock.advance(5000);
    await expect(lab.apply(spec)).rejects.toThrow('not ready: 1 pod');
  });
});

describe('a shadow pod that', () => {
  const shadow = {
    resource: resources.pods,
    namespace: 'meshlift-proof-1-30-3',
    name: 'meshlift-proof-sidecar-1-29-6',
  };

  /** Does something to it once, when it is waited for. */
  async function disturbed(how: (lab: Lab) => void) {
    const { lab, spec } = await installed();
    let done = false;
    lab.watch = () => {
      const there = [...lab.cluster.store.all(resources.pods)].some(({ metadata }) => metadata.name === shadow.name);
      if (done || !there || !lab.writes.at(-1)?.includes('proof-gateway')) return;
      done = true;
      how(lab);
    };
    await lab.apply(spec);
    expect(done).toBe(true);
    return lab;
  }
  const makings = ({ writes }: Lab) =>
    writes.filter((text) => text === `create Pod ${shadow.namespace}/${shadow.name}`);

  it('is deleted by somebody is made again', async () => {
    const lab = await disturbed(({ cluster }) => cluster.store.delete(shadow, { gracePeriodSeconds: 0 }));
    expect(makings(lab)).toHaveLength(2);
    expect(left(lab)).toEqual([]);
  });

  it('was evicted by its node is made again', async () => {
    const lab = await disturbed(({ cluster }) => {
      cluster.store.patch(
        shadow,
        'merge',
        { status: { phase: 'Failed', reason: 'Evicted' } },
        { subresource: 'status' },
      );
    });
    expect(makings(lab)).toHaveLength(2);
    expect(lab.waits.join()).toContain('it ended (Failed, Evicted), and will be made again');
    expect(left(lab)).toEqual([]);
  });
});

it('a pod of istiod that is gone when it is asked is no end of the proof', async () => {
  const { lab, spec } = await installed();
  const { forwardedRequest } = lab.context.api;
  let left = 1;
  const once: typeof forwardedRequest = (to, path, options) => {
    if (path !== '/debug/syncz' || left === 0) return forwardedRequest(to, path, options);
    left -= 1;
    return Promise.reject(new NotFound(`pod ${to.pod} not found`, { status: 404 }));
  };
  Object.assign(lab.context, { api: { ...lab.context.api, forwardedRequest: once } });
  await lab.apply(spec);
  expect(left).toBe(0);
  expect(lab.waits.join()).toContain('could not be asked: it is gone');
});

describe('a proof that passed in this run', () => {
  /** Proved once; `again` is what a resumed run does half a minute later. */
  async function proved() {
    const { lab, spec } = await installed();
    await lab.apply(spec);
    const mark = lab.evidence.find(([name]) => name === 'proved')?.[1];
    if (mark === undefined) throw new Error('it left no mark');
    lab.remembered.set('proved', { value: mark, at: lab.clock.now(), undisturbed: true });
    lab.clock.advance(30_000);
    lab.writes.length = 0;
    return { lab, spec };
  }
  const isWhole = ({ writes }: Lab): boolean => writes.some((text) => text.includes('create Pod'));

  it('is not made again on the same pods: only readiness is', async () => {
    const { lab, spec } = await proved();
    await lab.apply(spec);
    expect(lab.writes).toEqual([]);
    expect(lab.notes.join()).toContain('is the one that this run proved');
    const deployment = { resource: resources.deployments, namespace: 'istio-system', name: 'istiod-1-30-3' };
    lab.cluster.store.patch(deployment, 'merge', { spec: { replicas: 0 } });
    lab.clock.advance(5000);
    await expect(lab.apply(spec)).rejects.toThrow('it has no pods');
  });

  it.each<[string, (lab: Lab) => void]>([
    [
      'other pods of the control plane',
      ({ cluster, clock }) => {
        for (const { metadata } of [...cluster.store.all(resources.pods)]) {
          const { name } = metadata;
          if (!name.startsWith('istiod-1-30-3')) continue;
          cluster.store.delete(
            { resource: resources.pods, namespace: 'istio-system', name },
            { gracePeriodSeconds: 0 },
          );
        }
        clock.advance(60_000);
      },
    ],
    [
      'another setting of its injector',
      ({ cluster }) => {
        const name = 'istio-sidecar-injector-1-30-3';
        const values = JSON.stringify({ global: { hub: 'docker.io/istio', tag: '1.30.3' }, more: true });
        cluster.store.patch({ resource: resources.configMaps, namespace: 'istio-system', name }, 'merge', {
          data: { values },
        });
      },
    ],
    ['more than an hour', ({ clock }) => void clock.advance(3_600_000)],
  ])('is made again after %s', async (_name, change) => {
    const { lab, spec } = await proved();
    change(lab);
    await lab.apply(spec);
    expect(isWhole(lab)).toBe(true);
    expect(left(lab)).toEqual([]);
  });

  it('is made again for other proxies', async () => {
    const { lab, spec } = await proved();
    await lab.apply({ ...spec, proxies: spec.proxies.slice(1) });
    expect(isWhole(lab)).toBe(true);
  });
});

describe('an injection template that', () => {
  /** The pod without what the template does not look at. */
  async function proved(without: (text: string) => string) {
    const { lab, spec } = await installed();
    const { api } = lab.context;
    const create: typeof api.create = (resource, object, options) => {
      const seen = resource.kind === 'Pod' ? (JSON.parse(without(JSON.stringify(object))) as typeof object) : object;
      return api.create(resource, seen, options);
    };
    Object.assign(lab.context, { api: { ...api, create } });
    return { lab, done: lab.apply(spec) };
  }
  const annotation = (text: string) => text.replace(/"sidecar.istio.io\/proxyImage":"[^"]*",?/, '').replace(',}', '}');

  it('does not know the annotation is given the old image by a container', async () => {
    const { lab, done } = await proved(annotation);
    await done;
    expect(lab.evidence).toContainEqual(['shadow sidecar 1.29.6', 'ready, in sync, nothing refused']);
  });

  it('lets no pod choose its proxy proves nothing', async () => {
    const fixed = (text: string) => annotation(text).replaceAll('proxyv2:1.29.6', 'proxyv2:1.30.3');
    const { lab, done } = await proved(fixed);
    await expect(done).rejects.toThrow('gives image');
    expect(left(lab)).toEqual([]);
  });
});

describe('an interrupted proof', () => {
  it('does not keep its control plane, and goes with it', async () => {
    const { lab, spec } = await installed();
    lab.crashAt = { number: 2, how: 'after' };
    const api = lab.context.api;
    // Nothing is tidied up by a process that is gone.
    const dead = { ...api, delete: () => Promise.reject(new Error('the process is gone')) };
    Object.assign(lab.context, { api: dead });
    await lab.apply(spec).catch(() => undefined);
    Object.assign(lab.context, { api });
    lab.clock.advance(20_000);
    expect(
      (await lab.look()).mesh.proxies.filter(({ namespace }) => namespace === 'meshlift-proof-1-30-3'),
    ).toHaveLength(2);
    await lab.apply(removal('1-30-3', '1.30.3', 'istiod-1-30-3'));
    expect(left(lab)).toEqual([]);
  });

  it('is never begun in a namespace of somebody else', async () => {
    const { lab, spec } = await installed();
    lab.cluster.store.create(resources.namespaces, { metadata: { name: 'meshlift-proof-1-30-3' } });
    await expect(lab.apply(spec)).rejects.toThrow('was not made by meshlift');
    expect(lab.writes).toEqual([]);
  });
});

describe('the proof, killed at every write', { timeout: 120_000 }, () => {
  it('passes when it is done again, and leaves nothing', async () => {
    for (const how of ['before', 'after', 'lost'] as const) {
      for (let number = 0; number < 6; number += 1) {
        const { lab, spec } = await installed();
        lab.crashAt = { number, how };
        await lab.apply(spec).catch(() => undefined);
        await lab.apply(spec);
        expect(left(lab)).toEqual([]);
        expect(await lab.verify(spec)).toEqual({ state: 'passed' });
      }
    }
  });
});
