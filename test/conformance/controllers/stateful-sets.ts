import { expect } from 'vitest';
import { all, condition, living, part, ref, types, type Body, type ControllerTarget } from './harness.ts';
import { createWorkload, openGates, restart, untilStatus } from './workloads.ts';

const revision = 'controller-revision-hash';

async function podNames(target: ControllerTarget): Promise<readonly string[]> {
  return (await living(target)).map((pod) => pod.metadata.name).sort();
}

/** Names of the pods that have another revision than before. */
async function renewed(target: ControllerTarget, before: string): Promise<readonly string[]> {
  const pods = (await living(target)).filter((pod) => pod.metadata.labels?.[revision] !== before);
  return pods.map((pod) => pod.metadata.name).sort();
}

async function untilReady(target: ControllerTarget, replicas: number): Promise<string> {
  const done = (status: Record<string, unknown>) =>
    status['readyReplicas'] === replicas && status['replicas'] === replicas;
  const set = await untilStatus(target, types.statefulSets, `${replicas} ready`, done);
  return String(part(set, 'status')['currentRevision']);
}

const serviceName = 'web';

/** StatefulSets. Source: Kubernetes documentation, "StatefulSets", "Update strategies" and "Pod Management Policies". */
export const statefulSetBodies: readonly Body[] = [
  {
    says: 'makes pods in order, each when the one before is ready, and takes the highest away first',
    run: async (target) => {
      await createWorkload(target, types.statefulSets, { replicas: 3, gated: true, spec: { serviceName } });
      for (const expected of [['web-0'], ['web-0', 'web-1'], ['web-0', 'web-1', 'web-2']]) {
        await target.eventually(
          `pods ${expected.join()}`,
          async () => (await podNames(target)).join() === expected.join(),
        );
        await target.pass(2000);
        expect(await podNames(target)).toEqual(expected);
        await openGates(target, await living(target));
      }
      await untilReady(target, 3);
      await target.api.patch(ref(target, types.statefulSets, 'web'), 'merge', { spec: { replicas: 1 } });
      await target.eventually('one at a time', async () => {
        const terminating = (await all(target, types.pods)).filter(
          (pod) => pod.metadata.deletionTimestamp !== undefined,
        );
        expect(terminating.length).toBeLessThanOrEqual(1);
        return (await podNames(target)).join() === 'web-0';
      });
    },
  },
  {
    says: 'makes all pods at once with Parallel',
    run: async (target) => {
      const spec = { serviceName, podManagementPolicy: 'Parallel' };
      await createWorkload(target, types.statefulSets, { replicas: 3, gated: true, spec });
      await target.eventually('three pods', async () => (await podNames(target)).join() === 'web-0,web-1,web-2');
    },
  },
  {
    says: 'renews only ordinals from the partition on, the highest first, and the rest when the partition is lowered',
    run: async (target) => {
      const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { partition: 2 } };
      await createWorkload(target, types.statefulSets, { replicas: 3, spec: { serviceName, updateStrategy } });
      const first = await untilReady(target, 3);
      const uids = async () => new Map((await living(target)).map(({ metadata }) => [metadata.name, metadata.uid]));
      const before = await uids();
      await restart(target, types.statefulSets, '1');
      await target.eventually('web-2 renewed', async () => (await renewed(target, first)).join() === 'web-2');
      await untilReady(target, 3);
      await target.pass(3000);
      expect(await renewed(target, first)).toEqual(['web-2']);
      const after = await uids();
      const kept = (name: string) => after.get(name) === before.get(name);
      expect(['web-0', 'web-1', 'web-2'].map(kept)).toEqual([true, true, false]);
      const set = await target.api.get(ref(target, types.statefulSets, 'web'));
      expect(part(set, 'status')).toMatchObject({ currentRevision: first, currentReplicas: 2, updatedReplicas: 1 });
      expect(part(set, 'status')['updateRevision']).not.toBe(first);
      // A pod below the partition comes back as it was.
      await target.api.delete(ref(target, types.pods, 'web-0'));
      await untilReady(target, 3);
      expect(await renewed(target, first)).toEqual(['web-2']);
      const lower = { spec: { updateStrategy: { rollingUpdate: { partition: 0 } } } };
      await target.api.patch(ref(target, types.statefulSets, 'web'), 'merge', lower);
      await untilStatus(
        target,
        types.statefulSets,
        'all renewed',
        (status) => status['currentRevision'] === status['updateRevision'] && status['updatedReplicas'] === 3,
      );
    },
  },
  {
    says: 'waits for each renewed pod to be ready before it takes the next',
    run: async (target) => {
      await createWorkload(target, types.statefulSets, { replicas: 2, gated: true, spec: { serviceName } });
      await target.eventually('both ready', async () => {
        await openGates(
          target,
          (await living(target)).filter((pod) => condition(pod, 'Ready')['status'] !== 'True'),
        );
        return (await living(target)).filter((pod) => condition(pod, 'Ready')['status'] === 'True').length === 2;
      });
      const first = await untilReady(target, 2);
      await restart(target, types.statefulSets, '1');
      await target.eventually('web-1 renewed', async () => (await renewed(target, first)).join() === 'web-1');
      await target.pass(5000);
      expect(await renewed(target, first)).toEqual(['web-1']);
    },
  },
  {
    says: 'renews nothing by itself with OnDelete, and a deleted pod by the new template',
    run: async (target) => {
      const updateStrategy = { type: 'OnDelete' };
      await createWorkload(target, types.statefulSets, { replicas: 2, spec: { serviceName, updateStrategy } });
      const first = await untilReady(target, 2);
      await restart(target, types.statefulSets, '1');
      await untilStatus(target, types.statefulSets, 'seen', (status) => status['updateRevision'] !== first);
      await target.pass(3000);
      expect(await renewed(target, first)).toEqual([]);
      await target.api.delete(ref(target, types.pods, 'web-0'));
      await target.eventually('web-0 renewed', async () => (await renewed(target, first)).join() === 'web-0');
    },
  },
];
