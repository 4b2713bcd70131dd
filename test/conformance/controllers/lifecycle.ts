import { expect } from 'vitest';
import type { ControllerTarget, Body } from './harness.ts';
import { all, failure, isGone, ref, types } from './harness.ts';
import { createService, createWorkload, untilRolledOut } from './workloads.ts';

async function owned(
  target: ControllerTarget,
  name: string,
  owners: readonly { name: string; uid: string }[],
): Promise<void> {
  const ownerReferences = owners.map((owner) => ({ apiVersion: 'v1', kind: 'ConfigMap', ...owner }));
  await target.api.create(types.configMaps, { metadata: { name, namespace: target.namespace, ownerReferences } });
}

async function configMap(target: ControllerTarget, name: string): Promise<{ name: string; uid: string }> {
  const made = await target.api.create(types.configMaps, { metadata: { name, namespace: target.namespace } });
  return { name, uid: made.metadata.uid ?? '' };
}

/** Owners, garbage and namespaces. Source: Kubernetes documentation, "Garbage Collection", "Owners and Dependents", "Namespaces". */
export const lifecycleBodies: readonly Body[] = [
  {
    says: 'deletes ReplicaSets and pods after their Deployment, and slices after their Service',
    run: async (target) => {
      await createWorkload(target, types.deployments, { replicas: 2 });
      await createService(target);
      await untilRolledOut(target, 2);
      await target.api.delete(ref(target, types.deployments, 'web'));
      await target.api.delete(ref(target, types.services, 'web'));
      await target.eventually('nothing is left', async () => {
        const kinds = [types.pods, types.replicaSets, types.endpointSlices];
        const left = await Promise.all(kinds.map((kind) => all(target, kind)));
        return left.flat().length === 0;
      });
    },
  },
  {
    says: 'deletes an object when the last of its owners is gone, not before',
    run: async (target) => {
      const [a, b] = [await configMap(target, 'a'), await configMap(target, 'b')];
      await owned(target, 'child', [a, b]);
      await target.api.delete(ref(target, types.configMaps, 'a'));
      await target.eventually('one owner left', async () => {
        const child = await target.api.get(ref(target, types.configMaps, 'child'));
        return child.metadata.ownerReferences?.length === 1;
      });
      await target.api.delete(ref(target, types.configMaps, 'b'));
      await target.eventually('child gone', () => isGone(target, types.configMaps, 'child'));
    },
  },
  {
    says: 'deletes an object whose owner never was',
    run: async (target) => {
      await owned(target, 'child', [{ name: 'ghost', uid: '00000000-0000-4000-8000-000000000000' }]);
      await target.eventually('child gone', () => isGone(target, types.configMaps, 'child'));
    },
  },
  {
    says: 'gives a namespace its ServiceAccount and its root certificate, and again when they are deleted',
    run: async (target) => {
      for (const [kind, name] of [
        [types.serviceAccounts, 'default'],
        [types.configMaps, 'kube-root-ca.crt'],
      ] as const) {
        await target.eventually(`${name} is there`, async () => !(await isGone(target, kind, name)));
        const { metadata } = await target.api.get(ref(target, kind, name));
        await target.api.delete(ref(target, kind, name));
        await target.eventually(`${name} is there again`, async () => {
          if (await isGone(target, kind, name)) return false;
          return (await target.api.get(ref(target, kind, name))).metadata.uid !== metadata.uid;
        });
      }
    },
  },
  {
    says: 'empties a namespace that is deleted, takes nothing new meanwhile, and removes it when all is gone',
    run: async (target) => {
      const lifecycle = { preStop: { sleep: { seconds: 4 } } };
      const pod = { containers: [{ name: 'app', image: target.image, lifecycle }] };
      await createWorkload(target, types.deployments, { replicas: 2, pod });
      await untilRolledOut(target, 2);
      await configMap(target, 'left');
      await target.api.delete(ref(target, types.namespaces, target.namespace));
      const refused = await failure(configMap(target, 'late'));
      expect(refused.status).toBe(403);
      expect(refused.message).toContain('because it is being terminated');
      const namespace = await target.api.get(ref(target, types.namespaces, target.namespace));
      expect(namespace).toMatchObject({ status: { phase: 'Terminating' } });
      await target.eventually('namespace gone', () => isGone(target, types.namespaces, target.namespace));
      expect(await all(target, types.pods)).toEqual([]);
    },
  },
];
