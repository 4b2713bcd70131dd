import { afterEach, describe, expect, it } from 'vitest';
import { sandboxInstaller, isSandbox } from '../../src/installers/sandbox.ts';
import type { Installer } from '../../src/installers/installer.ts';
import { connect } from '../../src/kube/connection.ts';
import { httpKubeApi } from '../../src/kube/http-api.ts';
import { readCluster } from '../../src/inventory/read-cluster.ts';
import { buildMesh } from '../../src/mesh/build.ts';
import { startHttp } from '../../sandbox/http/server.ts';
import { kubeconfigFile } from '../../sandbox/http/served.test-helper.ts';
import { resources } from '../../sandbox/store/resources.ts';
import { base, install } from './cases.ts';
import { helm, labOf, young } from './lab.ts';

const old = { revision: '1-29-6', version: '1.29.6', release: 'istiod-1-29-6' };
const never = new AbortController().signal;

describe('a control plane that never becomes ready', () => {
  it('is given up with the reasons of its pods', async () => {
    const lab = await labOf('bookinfo');
    for (const name of ['node-1', 'node-2']) {
      lab.cluster.store.patch({ resource: resources.nodes, name }, 'merge', { spec: { unschedulable: true } });
    }
    const began = lab.clock.now();
    const installed = lab.apply(install(old));
    await expect(installed).rejects.toThrow(
      /istiod-1-30-3: not so after 300 s that it serves: 0 of 1 replicas are available; pod .*Unschedulable/,
    );
    expect(lab.clock.now() - began).toBeGreaterThanOrEqual(300_000);
    expect((await lab.verify(install(old))).state).toBe('waiting');
  });

  it('is not taken for installed when the revision is there in another version', async () => {
    const lab = await labOf('mixed-labels');
    const other = { ...install(old), version: '1.30.4' };
    expect(await lab.observe(other)).toMatchObject({ state: 'blocked' });
  });
});

describe('the installation in the sandbox', () => {
  it('carries the settings of the old control plane over', async () => {
    const lab = await labOf('gateways');
    await lab.apply(install({ revision: '1-28-6', version: '1.28.6', release: 'istiod-1-28-6' }));
    const { mesh } = await lab.look();
    const [first, second] = mesh.controlPlanes;
    expect([first?.version, second?.version]).toEqual(['1.28.6', '1.30.3']);
    const hbone = { defaultConfig: { proxyMetadata: { ISTIO_META_ENABLE_HBONE: expect.any(String) as unknown } } };
    expect(second?.meshConfig).toMatchObject(hbone);
    expect(mesh.tags.map(({ revision }) => revision)).toEqual(['1-28-6', '1-28-6']);
  });

  it('says what it refuses, in its own words', async () => {
    const lab = await labOf('bookinfo');
    const request = { chart: 'istiod', release: helm('istiod-1-30-3'), ...young, tags: ['prod'], like: null } as const;
    const refused = lab.context.installer.install(request, never);
    await expect(refused).rejects.toThrow(
      'The sandbox refused: Unable to continue with install: Service "istiod-revision-tag-prod"',
    );
  });

  it('asks again for what was done before, because there may have been a way back', async () => {
    const lab = await labOf('bookinfo');
    const move = (defaultRevision: string) =>
      lab.context.installer.install(
        { chart: 'base', release: helm('istio-base'), version: '1.29.6', defaultRevision },
        never,
      );
    const label = async () => (await lab.look()).mesh.defaultRevision.byValidator;
    for (const revision of ['x', '1-29-6', 'x']) {
      await move(revision);
      expect(await label()).toBe(revision);
    }
  });
});

describe('the same through HTTP', () => {
  const ends: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  it('is found, and installs', async () => {
    const lab = await labOf('bookinfo');
    const door = await startHttp(lab.cluster, { port: 0 });
    ends.push(() => door.close());
    const file = await kubeconfigFile(door.url);
    ends.push(() => file.remove());
    const rate = { perSecond: 10_000, burst: 10_000 };
    const api = httpKubeApi(await connect({ kubeconfig: file.path }), { backoffMs: 1, rate });
    ends.push(() => api.close());
    expect(await isSandbox(api, never)).toBe(true);
    const clock = {
      now: () => lab.clock.now(),
      sleep: async (ms: number) => {
        lab.clock.advance(ms);
        await Promise.resolve();
      },
    };
    const installer: Installer = sandboxInstaller({ api, clock });
    await installer.install(
      { chart: 'istiod', release: helm('istiod-1-30-3'), ...young, tags: null, like: helm('istiod-1-29-6') },
      never,
    );
    lab.clock.advance(30_000);
    const mesh = buildMesh(await readCluster(api, { context: 'http' }));
    expect(mesh.controlPlanes.map(({ version }) => version)).toEqual(['1.29.6', '1.30.3']);
    await installer.remove(helm('istiod-1-30-3'), '1-30-3', never);
    await installer.remove(helm('istiod-1-30-3'), '1-30-3', never);
    lab.clock.advance(30_000);
    const after = buildMesh(await readCluster(api, { context: 'http' }));
    expect(after.controlPlanes.map(({ version }) => version)).toEqual(['1.29.6']);
  });
});

describe('a real cluster', () => {
  it('is not taken for a sandbox', async () => {
    const lab = await labOf('bookinfo', { installations: false });
    expect(await isSandbox(lab.cluster.api, never)).toBe(false);
  });
});

describe('the base chart', () => {
  it('never goes down', async () => {
    const lab = await labOf('mixed-labels');
    const spec = { ...base('1.30.3', '1-29-6'), to: '1.29.6' };
    expect(await lab.observe(spec)).toEqual({ state: 'done' });
    await lab.apply(spec);
    expect(lab.writes).toEqual([]);
  });
});
