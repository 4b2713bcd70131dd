import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { VirtualScheduler } from './clock/virtual.ts';
import { createCluster, type Cluster } from './cluster.ts';
import { proxiesOf, recordedProxies } from './assembly/compare.test-helper.ts';
import { recordedObjects } from './istio/recorded.test-helper.ts';
import { lab } from './istio/situations.test-helper.ts';
import { resources } from './store/resources.ts';

function everything({ store }: Cluster): string {
  const hash = createHash('sha256');
  for (const kind of store.kinds()) {
    const objects = [...store.all(kind)].map((object) => JSON.stringify(object)).sort();
    hash.update(objects.join('\n'));
  }
  return hash.digest('hex');
}

function upgrade(seed: number): string {
  const clock = new VirtualScheduler(Date.UTC(2026, 0, 1));
  const cluster = createCluster({ clock, seed, nodes: 3 });
  const release = { ...lab, release: 'istiod', revision: '', replicas: 2, autoscale: 'off' } as const;
  cluster.installer.istiod({ ...release, version: '1.29.6' });
  clock.advance(15_000);
  const metadata = { name: 'shop', labels: { 'istio-injection': 'enabled' } };
  cluster.store.create(resources.namespaces, { metadata });
  const template = { metadata: { labels: { app: 'api' } }, spec: { containers: [{ name: 'app', image: 'api:1' }] } };
  const spec = { replicas: 10, selector: { matchLabels: { app: 'api' } }, template };
  cluster.store.create(resources.deployments, { metadata: { name: 'api', namespace: 'shop' }, spec });
  clock.advance(15_000);
  cluster.installer.istiod({ ...release, version: '1.30.3' });
  clock.advance(60_000);
  cluster.close();
  return everything(cluster);
}

describe('a cluster', () => {
  it('is the same again for the same seed, and another one for another', () => {
    expect(upgrade(1)).toBe(upgrade(1));
    expect(upgrade(1)).not.toBe(upgrade(2));
  });

  it('does nothing more once it is closed', () => {
    const clock = new VirtualScheduler(Date.UTC(2026, 0, 1));
    const cluster = createCluster({ clock, seed: 1 });
    cluster.installer.istiod({ ...lab, release: 'istiod', revision: '', version: '1.30.3' });
    clock.advance(1000);
    cluster.close();
    const before = cluster.store.resourceVersion;
    clock.advance(600_000);
    expect(cluster.store.resourceVersion).toBe(before);
  });

  it('goes on from a recording: nothing is restarted, and the proxies find their istiods', async () => {
    const moment = 'canary/30-restarted-half';
    const recorded = recordedObjects(moment);
    const clock = new VirtualScheduler(Date.parse('2026-11-21T02:24:30Z'));
    const cluster = createCluster({ clock, seed: 1, restored: recorded });
    clock.advance(120_000);
    const names = (kind: string): string[] =>
      recorded
        .filter((object) => object.kind === kind)
        .map(({ metadata }) => metadata.name)
        .sort();
    expect([...cluster.store.all(resources.pods)].map(({ metadata }) => metadata.name).sort()).toEqual(names('Pod'));
    expect((await proxiesOf(cluster)).sort()).toEqual(recordedProxies(moment).sort());
  });
});
