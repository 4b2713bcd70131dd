import { VirtualScheduler } from '../clock/virtual.ts';
import { Store } from '../store/store.ts';
import { seededRandom } from '../store/random.ts';
import { resources } from '../store/resources.ts';
import { startControllers } from './start.ts';

const N = Number(process.argv[2] ?? 20),
  NS = Math.max(1, N / 20),
  R = 10;
const clock = new VirtualScheduler(Date.UTC(2026, 0, 1));
const store = new Store({ clock: () => clock.now(), random: seededRandom(1) });
startControllers(store, clock, { events: 'none' });
for (let n = 0; n < 50; n++)
  store.create(resources.nodes, {
    metadata: { name: `node-${n}` },
    status: {
      allocatable: { pods: '1000', cpu: '64', memory: '256Gi' },
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  } as never);
const counts: Record<string, number> = {};
if (process.argv[3])
  for (const [k, r] of Object.entries(resources))
    store.watch(r, {}, (e: any) => {
      counts[k + ' ' + e.type] = (counts[k + ' ' + e.type] ?? 0) + 1;
    });
const t0 = Date.now();
const c0 = process.cpuUsage();
for (let i = 0; i < N; i++) {
  const ns = `ns-${i % NS}`;
  if (i < NS) store.create(resources.namespaces, { metadata: { name: ns } });
  const labels = { app: `app-${i}` };
  store.create(resources.deployments, {
    metadata: { name: `app-${i}`, namespace: ns },
    spec: {
      replicas: R,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            {
              name: 'app',
              image: 'app:1',
              ports: [{ name: 'http', containerPort: 8080 }],
              readinessProbe: { httpGet: { port: 8080 } },
              resources: { requests: { cpu: '10m' } },
            },
          ],
        },
      },
    },
  } as never);
  store.create(resources.services, {
    metadata: { name: `app-${i}`, namespace: ns },
    spec: { selector: labels, ports: [{ port: 80, targetPort: 'http' }] },
  } as never);
  store.create(resources.disruptionBudgets, {
    metadata: { name: `app-${i}`, namespace: ns },
    spec: { minAvailable: '50%', selector: { matchLabels: labels } },
  } as never);
}
console.log('created', Date.now() - t0, 'ms', store.resourceVersion);
const done = () =>
  [...store.all(resources.deployments)].every(
    (d: any) =>
      d.status.availableReplicas === R &&
      d.status.updatedReplicas === R &&
      d.status.replicas === R &&
      d.status.observedGeneration === d.metadata.generation,
  );
const wait = (label: string) => {
  const t = Date.now(),
    v = clock.now();
  let k = 0;
  for (; k < 2000 && !done(); k++) clock.advance(1000);
  console.log(
    label,
    done(),
    'virtual',
    (clock.now() - v) / 1000,
    's wall',
    Date.now() - t,
    'ms rv',
    store.resourceVersion,
    'rss MB',
    Math.round(process.memoryUsage().rss / 1e6),
  );
};
wait('first');
for (const d of [...store.all(resources.deployments)])
  store.patch({ resource: resources.deployments, namespace: d.metadata.namespace!, name: d.metadata.name }, 'merge', {
    spec: { template: { metadata: { annotations: { again: '1' } } } },
  });
wait('rollout');
console.log(counts, 'cpu', process.cpuUsage(c0).user / 1e6);
if (globalThis.gc) {
  globalThis.gc();
  console.log('heap', process.memoryUsage());
}
const d: any = [...store.all(resources.deployments)][0];
console.log(JSON.stringify(d.status, null, 1), JSON.stringify(d.metadata));
console.log(JSON.stringify([...store.all(resources.pods)][0], null, 1));
console.log(JSON.stringify([...store.all(resources.endpointSlices)][0], null, 1).slice(0, 1500));
console.log(JSON.stringify([...store.all(resources.disruptionBudgets)][0], null, 1));
