import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { VirtualScheduler } from '../../../sandbox/clock/virtual.ts';
import { startControllers } from '../../../sandbox/controllers/start.ts';
import { seededRandom } from '../../../sandbox/store/random.ts';
import { resources } from '../../../sandbox/store/resources.ts';
import { Store } from '../../../sandbox/store/store.ts';
import type { KubeObject } from '../../../src/kube/api.ts';

function recorded(moment: string): readonly KubeObject[] {
  const file = fileURLToPath(new URL(`../../fixtures/recorded/${moment}.json.gz`, import.meta.url));
  return (JSON.parse(gunzipSync(readFileSync(file)).toString()) as { items: readonly KubeObject[] }).items;
}

/** Kinds of which nothing may come, go or be replaced in a cluster that was at rest when it was recorded. */
const settled = ['deployments', 'replicaSets', 'statefulSets', 'daemonSets', 'pods', 'endpointSlices'] as const;

test.each(['canary/00-before', 'ambient/00-before'])('a recorded cluster at rest stays as it is: %s', (moment) => {
  const objects = recorded(moment);
  const latest = Math.max(...objects.map((object) => Date.parse(object.metadata.creationTimestamp ?? '2026-01-01')));
  const clock = new VirtualScheduler(latest + 600_000);
  const store = new Store({ clock: () => clock.now(), random: seededRandom(1) });
  store.restore(objects);
  const uids = () => settled.map((kind) => store.list(resources[kind]).items.map(({ metadata }) => metadata.uid));
  const specs = () => settled.map((kind) => store.list(resources[kind]).items.map((object) => object['spec']));
  const before = { uids: uids(), specs: specs() };
  const { stop } = startControllers(store, clock);
  clock.advance(600_000);
  stop();
  expect(uids().flat().length).toBeGreaterThan(40);
  expect({ uids: uids(), specs: specs() }).toEqual(before);
});
