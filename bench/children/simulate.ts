/**
 * One canary upgrade in the sandbox on a virtual clock: SIM_WORKLOADS Deployments of SIM_REPLICAS pods move from 1.29.6 to
 * 1.30.3 in waves of a tenth. Prints {pods, moved, writes, simulatedSeconds, seconds, hash}; `hash` is over every event of
 * every kind in its order: what happened, to which object, at which version.
 */
import { createHash } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { VirtualScheduler } from '../../sandbox/clock/virtual.ts';
import { createCluster } from '../../sandbox/cluster.ts';
import { defaultHub } from '../../sandbox/istio/charts/version.ts';
import { install } from '../../sandbox/scenarios/install.ts';
import { settle } from '../../sandbox/scenarios/settle.ts';
import { resources } from '../../sandbox/store/resources.ts';
import type { KubeObject } from '../../src/kube/api.ts';

const [workloads, replicas, seed] = ['SIM_WORKLOADS', 'SIM_REPLICAS', 'SIM_SEED'].map((name) =>
  Number(process.env[name]),
);
const namespaceCount = 50;
const [oldVersion, newVersion] = ['1.29.6', '1.30.3'];
const [oldRevision, newRevision] = ['1-29-6', '1-30-3'];

function deployment(index: number): KubeObject {
  const name = `w${String(index)}`;
  const labels = { app: name };
  const container = { name: 'app', image: 'app:1', readinessProbe: { httpGet: { path: '/', port: 8080 } } };
  return {
    metadata: { name, namespace: `team-${String(index % namespaceCount)}`, labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
  };
}

// One istiod admits 25 streams a second: alone it would take 13 minutes for 20,000 proxies.
function istiod(version: string, revision: string): void {
  const release = `istiod-${revision}`;
  installer.istiod({
    namespace: 'istio-system',
    hub: defaultHub(version),
    version,
    revision,
    release,
    autoscale: 'off',
    replicas: 5,
  });
}

const started = performance.now();
const clock = new VirtualScheduler(Date.UTC(2026, 0, 1));
// A sidecar asks for 100m of a node's 8 CPUs; a wave surges by a quarter.
const nodes = Math.ceil(((workloads ?? 0) * (replicas ?? 0)) / 60) + 2;
const { store, installer, close } = createCluster({ clock, seed: seed ?? 0, nodes, events: 'none' });
const hash = createHash('sha256');
let writes = 0;
// Told to the hash some hundred lines at a time: a call for each takes longer than the hashing.
let lines = '';
function note(line: string): void {
  writes += 1;
  lines += line;
  if (writes % 512 === 0) told();
}
function told(): void {
  hash.update(lines);
  lines = '';
}
for (const resource of Object.values(resources)) {
  store.watch(resource, {}, (event) => {
    if (event.type === 'BOOKMARK') return;
    const { namespace = '', name } = event.object.metadata;
    note(`${event.type} ${resource.plural} ${namespace}/${name} ${event.resourceVersion}\n`);
  });
}
const pass = (ms: number): Promise<void> => Promise.resolve(clock.advance(ms));
const begun = clock.now();

install(installer, { chart: 'base', version: oldVersion ?? '', defaultRevision: oldRevision ?? '' });
istiod(oldVersion ?? '', oldRevision ?? '');
install(installer, { istioctl: 'tag', version: oldVersion ?? '', tag: 'prod', revision: oldRevision ?? '' });
await settle(store, pass);
for (let index = 0; index < namespaceCount; index += 1) {
  store.create(resources.namespaces, {
    metadata: { name: `team-${String(index)}`, labels: { 'istio.io/rev': 'prod' } },
  });
}
const all = Array.from({ length: workloads ?? 0 }, (_, index) => deployment(index));
for (const one of all) store.create(resources.deployments, one);
await settle(store, pass);

istiod(newVersion ?? '', newRevision ?? '');
await settle(store, pass);
installer.setTag({ tag: 'prod', revision: newRevision ?? '', version: newVersion ?? '', overwrite: true });
const wave = Math.ceil(all.length / 10);
for (let from = 0; from < all.length; from += wave) {
  const annotations = { 'kubectl.kubernetes.io/restartedAt': new Date(clock.now()).toISOString() };
  for (const { metadata } of all.slice(from, from + wave)) {
    const ref = { resource: resources.deployments, namespace: metadata.namespace ?? '', name: metadata.name };
    store.patch(ref, 'strategic', { spec: { template: { metadata: { annotations } } } });
  }
  await settle(store, pass);
}
const pods = [...store.all(resources.pods)].filter((pod) => pod.metadata.namespace?.startsWith('team-'));
const moved = pods.filter((pod) => pod.metadata.annotations?.['istio.io/rev'] === newRevision).length;
close();
told();
console.log(
  JSON.stringify({
    ...{ pods: pods.length, moved, writes },
    simulatedSeconds: (clock.now() - begun) / 1000,
    seconds: (performance.now() - started) / 1000,
    hash: hash.digest('hex'),
  }),
);
