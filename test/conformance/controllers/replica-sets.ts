import { expect } from 'vitest';
import { all, living, ref, types, type Body } from './harness.ts';
import { createService, createWorkload, endpoints, untilRolledOut } from './workloads.ts';

/**
 * ReplicaSets. Source: Kubernetes documentation, "ReplicaSet", "Isolating Pods from a ReplicaSet", and what was measured
 * on a real cluster: a pod whose pod-template-hash is changed is let go, replaced, and goes on serving.
 */
export const replicaSetBodies: readonly Body[] = [
  {
    says: 'lets go of a pod whose labels left the selector and makes another, while a Service still selects it',
    run: async (target) => {
      await createWorkload(target, types.deployments, { replicas: 2 });
      await createService(target);
      await untilRolledOut(target, 2);
      const [released] = await all(target, types.pods);
      const name = released?.metadata.name ?? '';
      const labels = { 'pod-template-hash': 'foreign' };
      await target.api.patch(ref(target, types.pods, name), 'merge', { metadata: { labels } });
      await target.eventually('no owner', async () => {
        const pod = await target.api.get(ref(target, types.pods, name));
        return (pod.metadata.ownerReferences ?? []).length === 0;
      });
      // Until its controller has looked, the ReplicaSet's status still counts the pod that it has let go.
      await target.eventually('another pod', async () => (await living(target)).length === 3);
      await untilRolledOut(target, 2);
      await target.eventually('three ready endpoints', async () => {
        const found = await endpoints(target, 'web');
        return found.size === 3 && [...found.values()].every((conditions) => conditions['ready'] === true);
      });
      expect([...(await endpoints(target, 'web')).keys()]).toContain(name);
      expect(await all(target, types.replicaSets)).toHaveLength(1);
    },
  },
  {
    says: 'leaves a released pod alone when its Deployment is deleted',
    run: async (target) => {
      await createWorkload(target, types.deployments, { replicas: 1 });
      await untilRolledOut(target, 1);
      const [released] = await all(target, types.pods);
      const name = released?.metadata.name ?? '';
      await target.api.patch(ref(target, types.pods, name), 'merge', {
        metadata: { labels: { 'pod-template-hash': 'foreign' } },
      });
      await target.eventually('a replacement', async () => (await living(target)).length === 2);
      await target.api.delete(ref(target, types.deployments, 'web'));
      await target.eventually('only the released pod is left', async () => {
        const pods = await all(target, types.pods);
        return pods.length === 1 && pods[0]?.metadata.name === name;
      });
    },
  },
  {
    says: 'adopts a pod that matches and has no owner, and deletes one too many',
    run: async (target) => {
      await createWorkload(target, types.deployments, { replicas: 2 });
      await untilRolledOut(target, 2);
      const [taken] = await all(target, types.pods);
      const place = ref(target, types.pods, taken?.metadata.name ?? '');
      const hash = taken?.metadata.labels?.['pod-template-hash'] ?? '';
      await target.api.patch(place, 'merge', { metadata: { labels: { 'pod-template-hash': 'foreign' } } });
      await target.eventually('three pods', async () => (await living(target)).length === 3);
      await target.api.patch(place, 'merge', { metadata: { labels: { 'pod-template-hash': hash } } });
      await target.eventually('two pods, both owned', async () => {
        const pods = await living(target);
        return pods.length === 2 && pods.every((pod) => pod.metadata.ownerReferences?.[0]?.kind === 'ReplicaSet');
      });
    },
  },
  {
    says: 'deletes pods that are not ready before ready ones, and those with a lower deletion cost first',
    run: async (target) => {
      await createWorkload(target, types.deployments, { replicas: 3 });
      await untilRolledOut(target, 3);
      const [cheap, dear, other] = await all(target, types.pods);
      const cost = async (name: string | undefined, value: string) => {
        const annotations = { 'controller.kubernetes.io/pod-deletion-cost': value };
        await target.api.patch(ref(target, types.pods, name ?? ''), 'merge', { metadata: { annotations } });
      };
      await cost(cheap?.metadata.name, '-10');
      await cost(dear?.metadata.name, '10');
      await target.api.patch(ref(target, types.deployments, 'web'), 'merge', { spec: { replicas: 2 } });
      await target.eventually('two left', async () => (await living(target)).length === 2);
      expect((await living(target)).map((pod) => pod.metadata.name).sort()).toEqual(
        [dear?.metadata.name, other?.metadata.name].sort(),
      );
    },
  },
];
