import { expect } from 'vitest';
import { all, condition, living, part, ref, types, type Body, type ControllerTarget } from './harness.ts';
import { createWorkload, openGates, restart, untilStatus } from './workloads.ts';

/** Waits until a pod runs on every node that the set wants; returns how many. */
async function untilEverywhere(target: ControllerTarget): Promise<number> {
  const everywhere = (status: Record<string, unknown>) =>
    Number(status['desiredNumberScheduled']) > 0 &&
    status['numberAvailable'] === status['desiredNumberScheduled'] &&
    status['updatedNumberScheduled'] === status['desiredNumberScheduled'];
  const set = await untilStatus(target, types.daemonSets, 'everywhere', everywhere);
  return Number(part(set, 'status')['desiredNumberScheduled']);
}

async function openAll(target: ControllerTarget): Promise<void> {
  await target.eventually('all gates open', async () => {
    // One look for both: a pod that is made between two would keep its gate shut for ever.
    const pods = await living(target);
    const shut = pods.filter((pod) => condition(pod, 'Ready')['status'] !== 'True');
    await openGates(target, shut);
    return shut.length === 0 && pods.length > 0;
  });
}

/** DaemonSets. Source: Kubernetes documentation, "DaemonSet" and "Perform a Rolling Update on a DaemonSet", and measurements. */
export const daemonSetBodies: readonly Body[] = [
  {
    says: 'runs one pod on each node',
    run: async (target) => {
      await createWorkload(target, types.daemonSets);
      const desired = await untilEverywhere(target);
      const nodes = (await living(target)).map((pod) => String(part(pod, 'spec')['nodeName']));
      expect(nodes).toHaveLength(desired);
      expect(new Set(nodes).size).toBe(desired);
    },
  },
  {
    says: 'renews nothing with OnDelete: updatedNumberScheduled is absent, not 0, and all other numbers look good',
    run: async (target) => {
      await createWorkload(target, types.daemonSets, { spec: { updateStrategy: { type: 'OnDelete' } } });
      const desired = await untilEverywhere(target);
      await restart(target, types.daemonSets, '1');
      const set = await untilStatus(
        target,
        types.daemonSets,
        'seen',
        (status) => status['updatedNumberScheduled'] !== desired,
      );
      await target.pass(3000);
      expect(part(set, 'status')).not.toHaveProperty('updatedNumberScheduled');
      expect(part(set, 'status')).toMatchObject({
        numberReady: desired,
        numberAvailable: desired,
        currentNumberScheduled: desired,
      });
      const [pod] = await living(target);
      await target.api.delete(ref(target, types.pods, pod?.metadata.name ?? ''));
      await untilStatus(target, types.daemonSets, 'one renewed', (status) => status['updatedNumberScheduled'] === 1);
    },
  },
  {
    says: 'makes the next pod of a node only when the last one has ended',
    run: async (target) => {
      const lifecycle = { preStop: { sleep: { seconds: 4 } } };
      const pod = { containers: [{ name: 'app', image: target.image, lifecycle }] };
      await createWorkload(target, types.daemonSets, { pod });
      await untilEverywhere(target);
      await restart(target, types.daemonSets, '1');
      await target.eventually('renewed, never two on a node', async () => {
        const nodes = (await all(target, types.pods)).map((one) => String(part(one, 'spec')['nodeName']));
        expect(new Set(nodes).size).toBe(nodes.length);
        const set = await target.api.get(ref(target, types.daemonSets, 'web'));
        const status = part(set, 'status');
        const seen = status['observedGeneration'] === set.metadata.generation;
        return seen && status['updatedNumberScheduled'] === status['desiredNumberScheduled'];
      });
    },
  },
  {
    says: 'with maxSurge keeps the old pod until the new one is ready',
    run: async (target) => {
      const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
      await createWorkload(target, types.daemonSets, { gated: true, spec: { updateStrategy } });
      await openAll(target);
      const desired = await untilEverywhere(target);
      const old = new Set((await living(target)).map((pod) => pod.metadata.uid));
      await restart(target, types.daemonSets, '1');
      await target.eventually('one more', async () => (await living(target)).length === desired + 1);
      await target.pass(3000);
      const pods = await living(target);
      expect(pods.filter((pod) => old.has(pod.metadata.uid))).toHaveLength(desired);
      expect(pods).toHaveLength(desired + 1);
      await openGates(
        target,
        pods.filter((pod) => !old.has(pod.metadata.uid)),
      );
      await target.eventually('one old pod goes', async () => {
        return (await living(target)).filter((pod) => old.has(pod.metadata.uid)).length === desired - 1;
      });
    },
  },
];
