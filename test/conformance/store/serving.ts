import { describe, expect, it } from 'vitest';
import type { KubeApi, KubeObject, ResourceType } from '../../../src/kube/api.ts';
import { failureOf, refusal, types, withBench, type MakeTarget } from './harness.ts';

const gauges: ResourceType = {
  group: 'conformance.example.com',
  version: 'v1',
  plural: 'gauges',
  kind: 'Gauge',
  namespaced: true,
};

const definition: KubeObject = {
  metadata: { name: 'gauges.conformance.example.com' },
  spec: {
    group: 'conformance.example.com',
    scope: 'Namespaced',
    names: { plural: 'gauges', singular: 'gauge', kind: 'Gauge', listKind: 'GaugeList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        subresources: { status: {} },
      },
    ],
  },
};

/** Reads until the kind answers: a real server needs a moment to establish it. The test's own time-out ends it. */
async function established(api: KubeApi, namespace: string): Promise<void> {
  for (;;) {
    const error = await failureOf(api.get({ resource: gauges, namespace, name: 'none' }));
    if (error.message.includes('"none" not found')) return;
  }
}

/** Discovery, custom kinds and failing webhooks. Source: Kubernetes documentation, "Custom Resources", "Webhooks". */
export function servingConformance(make: MakeTarget): void {
  describe('serving', () => {
    it('tells its version and its kinds', () =>
      withBench(make, async ({ api }) => {
        expect(JSON.parse(await api.getRaw('/version'))).toMatchObject({
          major: '1',
          gitVersion: expect.stringMatching(/^v1\./) as string,
        });
        const list = JSON.parse(await api.getRaw('/api/v1')) as {
          resources: readonly { name: string; kind: string }[];
        };
        expect(list.resources).toEqual(
          expect.arrayContaining([
            expect.objectContaining({ name: 'pods/eviction', kind: 'Eviction', group: 'policy', version: 'v1' }),
            expect.objectContaining({ name: 'pods', kind: 'Pod', namespaced: true, shortNames: ['po'] }),
          ]),
        );
        const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';
        const groups = JSON.parse(await api.getRaw('/apis', { accept })) as {
          items: readonly { metadata: { name: string } }[];
        };
        expect(groups.items.map((item) => item.metadata.name)).toEqual(
          expect.arrayContaining(['apps', 'batch', 'policy']),
        );
        expect(await refusal(api.getRaw('/no/such/path'))).toEqual({ errorClass: 'NotFound', status: 404 });
      }));

    it('serves a custom kind while its definition is stored', () =>
      withBench(make, async ({ api, namespace }) => {
        await api.create(types.definitions, definition);
        const crd = { resource: types.definitions, name: definition.metadata.name };
        try {
          await established(api, namespace);
          const made = await api.create(gauges, {
            metadata: { name: 'a', namespace },
            spec: { n: 1 },
            status: { n: 1 },
          });
          expect(made).toMatchObject({ metadata: { generation: 1 }, spec: { n: 1 } });
          expect(made).not.toHaveProperty('status');
          const at = { resource: gauges, namespace, name: 'a' };
          const told = await api.patch(at, 'merge', { spec: { n: 2 }, status: { n: 5 } }, { subresource: 'status' });
          expect(told).toMatchObject({ metadata: { generation: 1 }, spec: { n: 1 }, status: { n: 5 } });
          const strategic = await failureOf(api.patch(at, 'strategic', { spec: { n: 3 } }));
          expect(strategic.status).toBe(415);
          expect(strategic.message).toContain('application/merge-patch+json');
        } finally {
          await api.delete(crd);
        }
      }));

    it('lets a webhook without service stop what it selects, or not, as its failurePolicy says', () =>
      withBench(make, async ({ api, namespace, configMap, ref }) => {
        const name = `conformance-${namespace}`;
        await api.patch({ resource: types.namespaces, name: namespace }, 'merge', {
          metadata: { labels: { [name]: 'on' } },
        });
        const webhook = {
          name: 'gate.conformance.example.com',
          admissionReviewVersions: ['v1'],
          sideEffects: 'None',
          timeoutSeconds: 5,
          clientConfig: { service: { namespace, name: 'nobody', path: '/validate' } },
          namespaceSelector: { matchLabels: { [name]: 'on' } },
          objectSelector: { matchLabels: { gated: 'yes' } },
          rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }],
        };
        await api.create(types.validatingWebhooks, {
          metadata: { name },
          webhooks: [{ ...webhook, failurePolicy: 'Fail' }],
        });
        const at = { resource: types.validatingWebhooks, name };
        try {
          await configMap('free');
          const error = await refusedByGate(
            () => configMap('gated', {}, { gated: 'yes' }),
            () => api.delete(ref(types.configMaps, 'gated')),
          );
          expect([error.errorClass, error.status]).toEqual(['Transient', 500]);
          expect(error.message).toContain(
            'Internal error occurred: failed calling webhook "gate.conformance.example.com": failed to call webhook: ' +
              `Post "https://nobody.${namespace}.svc:443/validate?timeout=5s": service "nobody" not found`,
          );
        } finally {
          await api.delete(at);
        }
      }));
  });
}

/** Creates until the webhook stops it: a real server learns of a new webhook with a delay. */
async function refusedByGate(create: () => Promise<unknown>, undo: () => Promise<void>) {
  for (;;) {
    const outcome = await create().then(
      () => undefined,
      (error: unknown) => error,
    );
    if (outcome !== undefined) return failureOf(Promise.reject(outcome as Error));
    await undo();
  }
}
