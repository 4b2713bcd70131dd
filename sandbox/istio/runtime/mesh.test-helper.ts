/** A small mesh on a virtual clock: istiods by Helm, namespace shop, Deployment api. */
import type { KubeObject } from '../../../src/kube/api.ts';
import { VirtualScheduler } from '../../clock/virtual.ts';
import { createCluster, type Cluster, type ClusterOptions } from '../../cluster.ts';
import { objectsAt } from '../../store/json.ts';
import { resources } from '../../store/resources.ts';
import { lab } from '../situations.test-helper.ts';

/** A cluster with its clock. */
export interface Mesh extends Cluster {
  readonly clock: VirtualScheduler;
}

/** An empty cluster. */
export function emptyMesh(options: Partial<ClusterOptions> = {}): Mesh {
  const clock = new VirtualScheduler(Date.UTC(2026, 0, 1));
  return { ...createCluster({ clock, seed: 3, ...options }), clock };
}

/** Installs or upgrades an istiod without a base chart, and lets it come up. */
export function installIstiod(mesh: Mesh, version: string, revision = '', replicas = 1): void {
  const release = revision === '' ? 'istiod' : `istiod-${revision}`;
  mesh.installer.istiod({ ...lab, version, revision, release, autoscale: 'off', replicas });
  mesh.clock.advance(15_000);
}

/** Creates namespace shop with these labels and Deployment api with so many pods, and lets them start. */
export function createShop(mesh: Mesh, labels: Record<string, string>, replicas = 2): void {
  mesh.store.create(resources.namespaces, { metadata: { name: 'shop', labels } });
  const template = { metadata: { labels: { app: 'api' } }, spec: { containers: [{ name: 'app', image: 'api:1' }] } };
  const spec = { replicas, selector: { matchLabels: { app: 'api' } }, template };
  mesh.store.create(resources.deployments, { metadata: { name: 'api', namespace: 'shop' }, spec });
  mesh.clock.advance(15_000);
}

/** `kubectl rollout restart` of Deployment api; lets so many milliseconds pass. */
export function restartShop(mesh: Mesh, ms = 30_000): void {
  const annotations = { 'kubectl.kubernetes.io/restartedAt': mesh.store.now() };
  const ref = { resource: resources.deployments, namespace: 'shop', name: 'api' };
  mesh.store.patch(ref, 'strategic', { spec: { template: { metadata: { annotations } } } });
  mesh.clock.advance(ms);
}

/** Pods of a namespace. */
export function podsIn(mesh: Mesh, namespace: string, labelSelector = ''): readonly KubeObject[] {
  return mesh.store.list(resources.pods, { namespace, labelSelector }).items;
}

/** Whether condition Ready of a pod is True. */
export function ready(pod: KubeObject): boolean {
  return objectsAt(pod, 'status', 'conditions').some(({ type, status }) => type === 'Ready' && status === 'True');
}

/** Answer of a page of the first (or another) istiod, over a port-forward. */
export async function ask(mesh: Mesh, path: string, index = 0, port = 15014): Promise<string> {
  const pod = podsIn(mesh, 'istio-system', 'app=istiod')[index]?.metadata.name ?? '';
  const answer = await mesh.api.forwardedRequest({ namespace: 'istio-system', pod, port }, path);
  if (answer.status !== 200) throw new Error(`${path} answered ${String(answer.status)}`);
  return answer.body;
}

/** Entries of /debug/syncz. */
export async function syncEntries(mesh: Mesh, index = 0): Promise<readonly Record<string, unknown>[]> {
  return objectsAt({ list: JSON.parse(await ask(mesh, '/debug/syncz', index)) as unknown }, 'list');
}
