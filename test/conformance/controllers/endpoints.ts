import { expect } from 'vitest';
import { all, items, part, ref, types, type Body } from './harness.ts';
import { createService, createWorkload, endpoints, openGates, untilRolledOut } from './workloads.ts';

/** EndpointSlices. Source: Kubernetes documentation, "EndpointSlices", "Conditions", and measurements. */
export const endpointBodies: readonly Body[] = [
  {
    says: 'lists ready pods with address, node, port and where they come from',
    run: async (target) => {
      await createWorkload(target, types.deployments, { replicas: 2 });
      await createService(target);
      await untilRolledOut(target, 2);
      await target.eventually('two ready', async () => {
        const found = [...(await endpoints(target, 'web')).values()];
        return found.length === 2 && found.every((conditions) => conditions['ready'] === true);
      });
      const [slice] = await all(target, types.endpointSlices, 'kubernetes.io/service-name=web');
      expect(slice?.metadata.labels).toMatchObject({
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
      });
      expect(slice?.metadata.ownerReferences).toEqual([
        expect.objectContaining({ kind: 'Service', name: 'web', controller: true }),
      ]);
      expect(items(slice, 'ports')).toEqual([{ name: 'http', port: 8080, protocol: 'TCP' }]);
      for (const endpoint of items(slice, 'endpoints')) {
        const pod = await target.api.get(ref(target, types.pods, String(part(endpoint, 'targetRef')['name'])));
        expect(endpoint).toMatchObject({
          addresses: [part(pod, 'status')['podIP']],
          nodeName: part(pod, 'spec')['nodeName'],
          conditions: { ready: true, serving: true, terminating: false },
          targetRef: { kind: 'Pod', namespace: target.namespace, uid: pod.metadata.uid },
        });
      }
    },
  },
  {
    says: 'lists pods that are not ready too, with ready false: here by a readiness gate',
    run: async (target) => {
      await createWorkload(target, types.deployments, { replicas: 1, gated: true });
      await createService(target);
      await target.eventually('listed, not ready', async () => {
        const [conditions] = [...(await endpoints(target, 'web')).values()];
        return conditions?.['ready'] === false && conditions['serving'] === false;
      });
      await openGates(target, await all(target, types.pods));
      await target.eventually('ready', async () => {
        const [conditions] = [...(await endpoints(target, 'web')).values()];
        return conditions?.['ready'] === true;
      });
    },
  },
  {
    says: 'keeps a pod on its way out as serving and terminating, but not ready, until it has ended',
    run: async (target) => {
      const lifecycle = { preStop: { sleep: { seconds: 5 } } };
      const pod = { containers: [{ name: 'app', image: target.image, lifecycle }] };
      await createWorkload(target, types.deployments, { replicas: 1, pod });
      await createService(target);
      await untilRolledOut(target, 1);
      const [leaving] = await all(target, types.pods);
      const name = leaving?.metadata.name ?? '';
      await target.api.delete(ref(target, types.pods, name));
      const leave = { ready: false, serving: true, terminating: true };
      await target.eventually('terminating', async () => {
        const conditions = (await endpoints(target, 'web')).get(name);
        return JSON.stringify(conditions) === JSON.stringify(leave);
      });
      await target.eventually('gone', async () => !(await endpoints(target, 'web')).has(name));
    },
  },
  {
    says: 'lists all addresses as ready with publishNotReadyAddresses',
    run: async (target) => {
      await createWorkload(target, types.deployments, { replicas: 1, gated: true });
      await createService(target, 'web', { publishNotReadyAddresses: true, clusterIP: 'None' });
      await target.eventually('ready', async () => {
        const [conditions] = [...(await endpoints(target, 'web')).values()];
        return conditions?.['ready'] === true;
      });
      const [slice] = await all(target, types.endpointSlices, 'kubernetes.io/service-name=web');
      expect(slice?.metadata.labels).toHaveProperty(['service.kubernetes.io/headless'], '');
    },
  },
];
