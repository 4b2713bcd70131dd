import { describe, expect, it } from 'vitest';
import { expected, type Expected } from './expected.ts';
import { recorded } from './recorded.ts';
import type { MeshStatus } from '../../src/mesh/status.ts';

/** The status cut down to what `expected.ts` speaks of. */
function observed(status: MeshStatus): Expected {
  const component = (part: { readonly version: string | null } | null): string | null => part?.version ?? null;
  return {
    controlPlanes: status.controlPlanes.map(({ revision, version, readyReplicas, replicas, owner }) => ({
      revision,
      version: version ?? 'unknown',
      ready: `${readyReplicas}/${replicas}`,
      owner,
    })),
    tags: Object.fromEntries(status.tags.map((tag) => [tag.name, tag.revision])),
    defaultRevision: status.defaultRevision,
    proxies: status.dataPlane.proxies,
    byVersion: status.dataPlane.byVersion,
    byRevision: status.dataPlane.byRevision,
    notConnected: status.dataPlane.notConnected,
    pending: Object.fromEntries(
      status.workloads.flatMap((workload) =>
        workload.pending === null ? [] : [[`${workload.namespace}/${workload.name}`, workload.pending.revision]],
      ),
    ),
    injection: Object.fromEntries(status.namespaces.map(({ name, injection }) => [name, injection.revision])),
    sick: status.webhooks.filter((webhook) => webhook.healthy === false).map((webhook) => webhook.name),
    cni: component(status.components.cni),
    ztunnel: component(status.components.ztunnel),
  };
}

describe('recorded moments of real clusters', () => {
  it.each(Object.keys(expected))('%s', async (moment) => {
    const { status } = await recorded(moment);

    expect(observed(status)).toEqual(expected[moment]);
  });

  it('finds every proxy of the canary in sync and connected to the control plane that injected it', async () => {
    const { mesh } = await recorded('canary/30-restarted-half');
    const sidecars = mesh.proxies.filter((proxy) => proxy.role === 'sidecar');

    expect(sidecars).toHaveLength(12);
    for (const proxy of mesh.proxies) {
      expect(proxy.connectedTo?.revision, proxy.pod).toBe(proxy.revision);
      expect(proxy.stale, proxy.pod).toEqual([]);
    }
    expect(new Set(sidecars.map((proxy) => proxy.form))).toEqual(new Set(['native']));
  });

  it('knows the gateway by what it runs, not by its version labels, which still say 1.29.6', async () => {
    const { mesh } = await recorded('canary/50-old-removed');

    expect(
      mesh.gateways.map(({ name, form, versions, effectiveRevision }) => ({ name, form, versions, effectiveRevision })),
    ).toEqual([{ name: 'istio-ingressgateway', form: 'injected', versions: ['1.30.3'], effectiveRevision: '1-30-3' }]);
  });

  it('takes a tag made by istioctl for what it is although its labels say Helm', async () => {
    const { mesh } = await recorded('canary/20-tag-moved');

    expect(mesh.tags[0]?.owner.kind).not.toBe('helm');
    expect(mesh.controlPlanes.map((plane) => plane.owner)).toMatchObject([
      { kind: 'helm', name: 'istio-system/istiod-1-29-6' },
      { kind: 'helm', name: 'istio-system/istiod-1-30-3' },
    ]);
  });

  it('sees that the object named istio-sidecar-injector never matches after istioctl install', async () => {
    const { mesh } = await recorded('inplace/00-before');
    const injector = mesh.webhooks.find((webhook) => webhook.name === 'istio-sidecar-injector');

    expect(injector).toMatchObject({ deactivated: true, healthy: true });
    expect(mesh.defaultRevision).toMatchObject({
      revision: 'default',
      byTag: 'default',
      byInjector: null,
      byValidator: 'default',
      injects: true,
    });
    const shop = mesh.namespaces.find((namespace) => namespace.name === 'shop');
    expect(shop?.injection.matched).toEqual(['istio-revision-tag-default/namespace.sidecar-injector.istio.io']);
  });

  it('says of a removed control plane which pods would be refused and which would lose their sidecar', async () => {
    const { mesh } = await recorded('broken/control-plane-removed-in-use');
    const outcome = (name: string): string | undefined =>
      mesh.namespaces.find((ns) => ns.name === name)?.injection.outcome;

    expect(outcome('shop')).toBe('fails');
    expect(outcome('billing')).toBe('none');
    const dangling = mesh.webhooks.filter((webhook) => webhook.healthy === false);
    expect(dangling.map((webhook) => webhook.target)).toEqual([
      'istio-system/istiod-1-30-3',
      'istio-system/istiod-1-30-3',
    ]);
    expect(dangling.every((webhook) => webhook.problem?.includes('not found'))).toBe(true);
    expect(mesh.tags[0]?.problem).toMatch(/1-30-3/);
  });

  it('counts the pods of an ambient mesh, whose version is that of the ztunnel of their node', async () => {
    const { mesh } = await recorded('ambient/00-before');

    expect(mesh.ambient.namespaces).toEqual(['probe', 'shop', 'way']);
    expect(mesh.ambient.pods).toBe(16); // ztunnel itself counts 16 workloads by HBONE
    expect(mesh.ambient.nodesWithoutZtunnel).toEqual([]);
    expect(mesh.ambient.nodesWithoutCni).toEqual([]);
    const ztunnel = mesh.proxies.filter((proxy) => proxy.role === 'ztunnel');
    expect(ztunnel).toMatchObject([{ connected: true, version: '1.29.6', stale: [] }]);
    expect(mesh.gateways).toMatchObject([
      { namespace: 'way', name: 'waypoint', form: 'waypoint', effectiveRevision: 'default' },
    ]);
  });

  it('lists what the files do not hold instead of taking it for absent', async () => {
    const { mesh } = await recorded('inplace/00-before');

    expect(mesh.incomplete.map((entry) => entry.what).join(', ')).toMatch(/helm/i);
  });
});
