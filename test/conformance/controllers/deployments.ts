import { expect } from 'vitest';
import { all, condition, living, part, ref, types, type Body } from './harness.ts';
import {
  createWorkload,
  openGates,
  openUntilRolledOut,
  restart,
  setSizes,
  untilRolledOut,
  untilStatus,
} from './workloads.ts';

const rolling = (maxSurge: number | string, maxUnavailable: number | string) => ({
  strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } },
});

/** A rollout whose new pods never become ready must stop exactly at its limits. */
function stuck(says: string, replicas: number, spec: Record<string, unknown>, sizes: readonly number[]): Body {
  return {
    says,
    run: async (target) => {
      await createWorkload(target, types.deployments, { replicas, spec, gated: true });
      await openUntilRolledOut(target, replicas);
      await restart(target, types.deployments, '1');
      await target.eventually(`sizes ${sizes.join()}`, async () => (await setSizes(target)).join() === sizes.join());
      await target.pass(3000);
      expect(await setSizes(target)).toEqual(sizes);
      const ready = (await living(target)).filter((pod) => condition(pod, 'Ready')['status'] === 'True');
      // Only old pods are ready, and every one of them still is.
      expect(ready).toHaveLength(sizes[0] ?? 0);
    },
  };
}

/** Deployments. Source: Kubernetes documentation, "Deployments", "Rolling Update Deployment" and "Deployment status". */
export const deploymentBodies: readonly Body[] = [
  stuck('surges by one and takes nothing away with maxSurge 1 and maxUnavailable 0', 3, rolling(1, 0), [3, 1]),
  stuck('rounds 25 % of 10 up to a surge of 3 and down to 2 unavailable', 10, {}, [8, 5]),
  stuck('takes one away when both limits come out as 0', 4, rolling(0, '10%'), [3, 1]),
  stuck('uses both limits at once', 4, rolling(1, 1), [3, 2]),
  {
    says: 'completes with all pods of the new template, revision 2 and the old ReplicaSet at 0',
    run: async (target) => {
      await createWorkload(target, types.deployments, { replicas: 3, gated: true });
      const first = await openUntilRolledOut(target, 3);
      expect(first.metadata.annotations).toMatchObject({ 'deployment.kubernetes.io/revision': '1' });
      await restart(target, types.deployments, '1');
      const done = await openUntilRolledOut(target, 3);
      expect(done.metadata.annotations).toMatchObject({ 'deployment.kubernetes.io/revision': '2' });
      expect(condition(done, 'Available')).toMatchObject({ status: 'True', reason: 'MinimumReplicasAvailable' });
      await untilStatus(
        target,
        types.deployments,
        'NewReplicaSetAvailable',
        (_, object) => condition(object, 'Progressing')['reason'] === 'NewReplicaSetAvailable',
      );
      expect(await setSizes(target)).toEqual([3]);
      expect(await all(target, types.replicaSets)).toHaveLength(2);
      await target.eventually('the old pods are gone', async () => (await all(target, types.pods)).length === 3);
    },
  },
  {
    says: 'names ReplicaSets and pods after the template hash',
    run: async (target) => {
      await createWorkload(target, types.deployments, { replicas: 1 });
      await untilRolledOut(target, 1);
      const [set] = await all(target, types.replicaSets);
      const hash = set?.metadata.labels?.['pod-template-hash'] ?? 'none';
      expect(set?.metadata.name).toBe(`web-${hash}`);
      const [pod] = await all(target, types.pods);
      expect(pod?.metadata.name).toMatch(new RegExp(`^web-${hash}-[a-z0-9]{5}$`));
      expect(pod?.metadata.ownerReferences).toEqual([
        expect.objectContaining({
          kind: 'ReplicaSet',
          uid: set?.metadata.uid,
          controller: true,
          blockOwnerDeletion: true,
        }),
      ]);
    },
  },
  {
    says: 'does nothing about a changed template while paused',
    run: async (target) => {
      await createWorkload(target, types.deployments, { replicas: 2 });
      await untilRolledOut(target, 2);
      const place = ref(target, types.deployments, 'web');
      await target.api.patch(place, 'merge', { spec: { paused: true } });
      await restart(target, types.deployments, '1');
      await untilStatus(
        target,
        types.deployments,
        'paused',
        (_, object) => condition(object, 'Progressing')['reason'] === 'DeploymentPaused',
      );
      await target.pass(3000);
      expect(await all(target, types.replicaSets)).toHaveLength(1);
      await target.api.patch(place, 'merge', { spec: { paused: false } });
      await untilRolledOut(target, 2);
      expect(await all(target, types.replicaSets)).toHaveLength(2);
    },
  },
  {
    says: 'counts pods as available only minReadySeconds after they are ready',
    run: async (target) => {
      await createWorkload(target, types.deployments, { replicas: 2, spec: { minReadySeconds: 4 } });
      const early = await untilStatus(target, types.deployments, '2 ready', (status) => status['readyReplicas'] === 2);
      expect(part(early, 'status')['availableReplicas'] ?? 0).toBe(0);
      const late = await untilRolledOut(target, 2);
      const readyAt = (await all(target, types.pods)).map((pod) =>
        Date.parse(String(condition(pod, 'Ready')['lastTransitionTime'])),
      );
      const availableAt = Date.parse(String(condition(late, 'Available')['lastTransitionTime']));
      // Times are kept to the second; maxUnavailable of 2 is 0 (25 %), so Available waits for the last pod.
      expect(availableAt - Math.max(...readyAt)).toBeGreaterThanOrEqual(4000);
      expect(availableAt - Math.max(...readyAt)).toBeLessThanOrEqual(7000);
    },
  },
  {
    says: 'tells when a rollout makes no progress within its deadline, and keeps the old pods',
    run: async (target) => {
      await createWorkload(target, types.deployments, {
        replicas: 2,
        gated: true,
        spec: { progressDeadlineSeconds: 3 },
      });
      await openUntilRolledOut(target, 2);
      await restart(target, types.deployments, '1');
      const late = await untilStatus(
        target,
        types.deployments,
        'deadline exceeded',
        (_, object) => condition(object, 'Progressing')['status'] === 'False',
      );
      expect(condition(late, 'Progressing')['reason']).toBe('ProgressDeadlineExceeded');
      expect(condition(late, 'Progressing')['message']).toMatch(
        /^ReplicaSet "web-[a-z0-9]+" has timed out progressing\.$/,
      );
      expect(condition(late, 'Available')['status']).toBe('True');
      expect(await setSizes(target)).toEqual([2, 1]);
    },
  },
  {
    says: 'with Recreate makes the first new pod when the last old one is gone',
    run: async (target) => {
      const spec = { strategy: { type: 'Recreate' } };
      await createWorkload(target, types.deployments, { replicas: 2, spec, pod: { terminationGracePeriodSeconds: 5 } });
      await untilRolledOut(target, 2);
      const old = new Set((await all(target, types.pods)).map((pod) => pod.metadata.uid));
      await restart(target, types.deployments, '1');
      await target.eventually('only new pods, never both', async () => {
        const pods = await all(target, types.pods);
        const fresh = pods.filter((pod) => !old.has(pod.metadata.uid));
        if (fresh.length > 0) expect(fresh).toHaveLength(pods.length);
        return fresh.length === 2;
      });
      await untilRolledOut(target, 2);
    },
  },
  {
    says: 'keeps as many old ReplicaSets as revisionHistoryLimit says',
    run: async (target) => {
      await createWorkload(target, types.deployments, { replicas: 1, spec: { revisionHistoryLimit: 1 } });
      await untilRolledOut(target, 1);
      for (const value of ['1', '2', '3']) {
        await restart(target, types.deployments, value);
        await untilRolledOut(target, 1);
      }
      await target.eventually('one old set left', async () => (await all(target, types.replicaSets)).length === 2);
      const revisions = (await all(target, types.replicaSets)).map(
        (set) => set.metadata.annotations?.['deployment.kubernetes.io/revision'],
      );
      expect(revisions.sort()).toEqual(['3', '4']);
    },
  },
  {
    says: 'takes an old ReplicaSet up again when its template comes back, as a new revision',
    run: async (target) => {
      await createWorkload(target, types.deployments, { replicas: 1 });
      await untilRolledOut(target, 1);
      const [first] = await all(target, types.replicaSets);
      await restart(target, types.deployments, '1');
      await untilRolledOut(target, 1);
      const undo = { spec: { template: { metadata: { annotations: null } } } };
      await target.api.patch(ref(target, types.deployments, 'web'), 'merge', undo);
      const back = await untilRolledOut(target, 1);
      expect(await all(target, types.replicaSets)).toHaveLength(2);
      const again = await target.api.get(ref(target, types.replicaSets, first?.metadata.name ?? ''));
      expect(part(again, 'spec')['replicas']).toBe(1);
      expect(again.metadata.annotations).toMatchObject({
        'deployment.kubernetes.io/revision': '3',
        'deployment.kubernetes.io/revision-history': '1',
      });
      await target.eventually('revision 3', async () => {
        const { metadata } = await target.api.get(ref(target, types.deployments, 'web'));
        return metadata.annotations?.['deployment.kubernetes.io/revision'] === '3';
      });
      expect(back.metadata.name).toBe('web');
    },
  },
  {
    says: 'scales at once, also in the middle of a rollout, within the surge',
    run: async (target) => {
      await createWorkload(target, types.deployments, { replicas: 10, gated: true, spec: rolling(3, 2) });
      await openUntilRolledOut(target, 10);
      await restart(target, types.deployments, '1');
      await target.eventually('sizes 8,5', async () => (await setSizes(target)).join() === '8,5');
      await target.api.patch(ref(target, types.deployments, 'web'), 'merge', { spec: { replicas: 15 } });
      // The documentation's own example of proportional scaling: 5 more are spread 3 to the old and 2 to the new set.
      await target.eventually('sizes 11,7', async () => (await setSizes(target)).join() === '11,7');
      await openGates(target, await living(target));
    },
  },
];
