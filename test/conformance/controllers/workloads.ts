import type { KubeObject, ResourceType } from '../../../src/kube/api.ts';
import { all, condition, gate, items, part, ref, types, type ControllerTarget, type Fields } from './harness.ts';

/** Parts of a workload that a body decides. */
export interface WorkloadWish {
  readonly name?: string;
  readonly replicas?: number;
  /** Laid over the workload's spec. */
  readonly spec?: Fields;
  /** Laid over the pod's spec. */
  readonly pod?: Fields;
  /** Pods are ready only when the body opens their gate. Default false. */
  readonly gated?: boolean;
}

function podSpec(target: ControllerTarget, wish: WorkloadWish): Fields {
  const containers = [{ name: 'app', image: target.image }];
  return { containers, ...(wish.gated && { readinessGates: [{ conditionType: gate }] }), ...wish.pod };
}

/** Creates a workload of one container; label `app` is its name. */
export async function createWorkload(
  target: ControllerTarget,
  resource: ResourceType,
  wish: WorkloadWish = {},
): Promise<KubeObject> {
  const { name = 'web', replicas } = wish;
  const labels = { app: name };
  return target.api.create(resource, {
    metadata: { name, namespace: target.namespace },
    spec: {
      ...(replicas !== undefined && { replicas }),
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: podSpec(target, wish) },
      ...wish.spec,
    },
  });
}

/** Changes the pod template of a workload, as `kubectl rollout restart` does. */
export async function restart(
  target: ControllerTarget,
  resource: ResourceType,
  value: string,
  name = 'web',
): Promise<void> {
  const annotations = { 'kubectl.kubernetes.io/restartedAt': value };
  const patch = { spec: { template: { metadata: { annotations } } } };
  await target.api.patch(ref(target, resource, name), 'strategic', patch);
}

/** Opens the readiness gate of pods that are there now. */
export async function openGates(target: ControllerTarget, pods: readonly KubeObject[]): Promise<void> {
  const conditions = [{ type: gate, status: 'True' }];
  for (const pod of pods) {
    const patch = { status: { conditions } };
    await target.api.patch(ref(target, types.pods, pod.metadata.name), 'strategic', patch, { subresource: 'status' });
  }
}

/** Waits for the status of a workload to say something. */
export async function untilStatus(
  target: ControllerTarget,
  resource: ResourceType,
  what: string,
  holds: (status: Fields, object: KubeObject) => boolean,
  name = 'web',
): Promise<KubeObject> {
  let seen: KubeObject | undefined;
  await target.eventually(`${resource.kind} ${name}: ${what}`, async () => {
    seen = await target.api.get(ref(target, resource, name));
    const status = part(seen, 'status');
    return status['observedGeneration'] === seen.metadata.generation && holds(status, seen);
  });
  if (!seen) throw new Error('a condition held before it was asked');
  return seen;
}

/** Waits until all pods of a Deployment are of its template and available. */
export async function untilRolledOut(target: ControllerTarget, replicas: number, name = 'web'): Promise<KubeObject> {
  const counts = ['replicas', 'updatedReplicas', 'availableReplicas'];
  const done = (status: Fields) => counts.every((field) => status[field] === replicas);
  return untilStatus(target, types.deployments, `${replicas} updated and available`, done, name);
}

/** Opens gates of all pods again and again until the Deployment is rolled out. */
export async function openUntilRolledOut(target: ControllerTarget, replicas: number): Promise<KubeObject> {
  await target.eventually('rolled out with gates being opened', async () => {
    const shut = (await all(target, types.pods)).filter((pod) => condition(pod, gate)['status'] !== 'True');
    await openGates(
      target,
      shut.filter((pod) => pod.metadata.deletionTimestamp === undefined),
    );
    const deployment = await target.api.get(ref(target, types.deployments, 'web'));
    const status = part(deployment, 'status');
    const seen = status['observedGeneration'] === deployment.metadata.generation;
    return seen && ['replicas', 'updatedReplicas', 'availableReplicas'].every((field) => status[field] === replicas);
  });
  return untilRolledOut(target, replicas);
}

/** Sizes of a Deployment's ReplicaSets that want pods, largest first. */
export async function setSizes(target: ControllerTarget): Promise<readonly number[]> {
  const sets = await all(target, types.replicaSets);
  return sets
    .map((set) => Number(part(set, 'spec')['replicas']))
    .filter((size) => size > 0)
    .sort((a, b) => b - a);
}

/** Endpoints of a Service by name of the pod, with their conditions. */
export async function endpoints(target: ControllerTarget, service: string): Promise<ReadonlyMap<string, Fields>> {
  const slices = await all(target, types.endpointSlices, `kubernetes.io/service-name=${service}`);
  const found = slices.flatMap((slice) => items(slice, 'endpoints'));
  return new Map(found.map((endpoint) => [String(part(endpoint, 'targetRef')['name']), part(endpoint, 'conditions')]));
}

/** Creates a Service that selects by label `app`. */
export async function createService(target: ControllerTarget, app = 'web', spec: Fields = {}): Promise<void> {
  const ports = [{ name: 'http', port: 80, targetPort: 8080 }];
  const metadata = { name: app, namespace: target.namespace };
  await target.api.create(types.services, { metadata, spec: { selector: { app }, ports, ...spec } });
}
