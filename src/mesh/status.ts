/** From the model to the document of `meshlift status`. */
import type { Component } from './component-model.ts';
import type { ControlPlane, RevisionTag, Webhook } from './control-plane-model.ts';
import type { Proxy, Workload } from './data-plane-model.ts';
import type { Gateway } from './gateway-model.ts';
import type { InjectionDecision } from './injection-model.ts';
import type { Mesh } from './mesh.ts';
import type { Owner } from './model-basics.ts';
import { defaultSources } from './status-document.ts';
import type { ComponentStatus, ComponentsStatus, ControlPlaneStatus, DataPlaneStatus } from './status-document.ts';
import type { GatewayStatus, InjectionStatus, MeshStatus, TagStatus, TroubledProxy } from './status-document.ts';
import type { WebhookStatus, WorkloadStatus } from './status-document.ts';
import { compareNatural, compareVersions } from './versions.ts';
import { compareText } from './workload-index.ts';

export type { MeshStatus } from './status-document.ts';

/** What the document says besides the mesh. */
export interface StatusOptions {
  /** Restricts namespaces, workloads, gateways and the data plane; the rest stays whole. Default: all. */
  readonly namespace?: string;
  /** RFC 3339. */
  readonly takenAt: string;
  readonly toolVersion: string;
}

/** The document for a mesh: plain data in a fixed order, so the same mesh always gives the same text. */
export function meshStatus(mesh: Mesh, options: StatusOptions): MeshStatus {
  const { namespace } = options;
  const inScope = (name: string): boolean => namespace === undefined || name === namespace;
  return {
    apiVersion: 'meshlift.dev/v1alpha1',
    kind: 'MeshStatus',
    toolVersion: options.toolVersion,
    takenAt: options.takenAt,
    source: mesh.source,
    kubernetesVersion: mesh.kubernetesVersion,
    namespace: namespace ?? null,
    controlPlanes: sorted(mesh.controlPlanes, (plane) => [plane.revision, plane.namespace, plane.deployment]).map(
      controlPlane,
    ),
    tags: sorted(mesh.tags, (one) => [one.name]).map(tag),
    defaultRevision: mesh.defaultRevision.revision,
    defaultRevisionSources: defaultSources(mesh.defaultRevision),
    webhooks: sorted(mesh.webhooks, (one) => [one.kind, one.name, one.target]).map(webhook),
    namespaces: sorted(mesh.namespaces, (one) => [one.name])
      .filter((one) => inScope(one.name))
      .map(({ name, injection: decision, ambient, workloads }) => ({
        ...{ name, injection: injection(decision), ambient, workloads },
      })),
    workloads: sorted(mesh.workloads.filter(isOfMesh), (one) => [one.namespace, one.kind, one.name])
      .filter((one) => inScope(one.namespace))
      .map(workload),
    dataPlane: dataPlane(mesh.proxies.filter((proxy) => proxy.role !== 'ztunnel' && inScope(proxy.namespace))),
    gateways: sorted(mesh.gateways, (one) => [one.namespace, one.name, one.form])
      .filter((one) => inScope(one.namespace))
      .map(gateway),
    components: components(mesh),
    ambient: mesh.ambient,
    incomplete: sorted(mesh.incomplete, (one) => [one.what, one.why]),
  };
}

function sorted<T>(items: readonly T[], keys: (item: T) => readonly string[]): T[] {
  const keyed = items.map((item) => ({ item, key: keys(item) }));
  keyed.sort((a, b) => {
    const first = a.key.findIndex((part, index) => part !== b.key[index]);
    return first < 0 ? 0 : compareText(a.key[first] ?? '', b.key[first] ?? '');
  });
  return keyed.map(({ item }) => item);
}

function owned({ kind, name, evidence }: Owner): { owner: Owner['kind']; ownerName: string; ownerEvidence: string } {
  return { owner: kind, ownerName: name, ownerEvidence: evidence };
}

function controlPlane(plane: ControlPlane): ControlPlaneStatus {
  const { revision, version, namespace, deployment, readyReplicas, replicas, imageVersion, runningVersions } = plane;
  const silent = plane.pods.filter((pod) => !pod.answered).map((pod) => ({ pod: pod.name, why: pod.error }));
  return {
    ...{ revision, version, namespace, deployment, readyReplicas, replicas, imageVersion, runningVersions, silent },
    ...owned(plane.owner),
  };
}

function tag({ name, revision, webhook: configuration, service, problem, owner }: RevisionTag): TagStatus {
  return { name, revision, webhook: configuration, service, problem, ...owned(owner) };
}

function webhook({ owner, ...rest }: Webhook): WebhookStatus {
  return { ...rest, ...owned(owner) };
}

function injection({ outcome, revision, tag: through, code, reason }: InjectionDecision): InjectionStatus {
  return { outcome, revision, tag: through, code, reason };
}

function isOfMesh({ proxies, pending, injection: decision }: Workload): boolean {
  return proxies > 0 || pending !== null || decision.outcome !== 'none';
}

function workload(one: Workload): WorkloadStatus {
  const { namespace, kind, name, role, pods, proxies, versions, revisions, pending } = one;
  return {
    ...{ namespace, kind, name, role, pods, proxies, versions, revisions, pending },
    injection: injection(one.injection),
  };
}

function dataPlane(all: readonly Proxy[]): DataPlaneStatus {
  const running = all.filter((proxy) => proxy.running);
  const troubled = running.filter((proxy) => proxy.connected === false || proxy.stale.length > 0).map(trouble);
  return {
    proxies: running.length,
    byVersion: counts(running, (proxy) => proxy.version, compareVersions),
    byRevision: counts(running, (proxy) => proxy.revision, compareNatural),
    notConnected: troubled.filter((proxy) => !proxy.connected).length,
    notSynced: troubled.filter((proxy) => proxy.connected).length,
    connectionUnknown: running.filter((proxy) => proxy.connected === null).length,
    troubled: sorted(troubled, (proxy) => [proxy.namespace, proxy.pod]),
  };
}

function trouble({ namespace, pod, connected, stale }: Proxy): TroubledProxy {
  return { namespace, pod, connected: connected !== false, stale };
}

// What is not known comes last, under a name that no version or revision of Istio has.
function counts(
  proxies: readonly Proxy[],
  key: (proxy: Proxy) => string | null,
  compare: (a: string, b: string) => number,
): Readonly<Record<string, number>> {
  const found = new Map<string, number>();
  for (const proxy of proxies) found.set(key(proxy) ?? 'unknown', (found.get(key(proxy) ?? 'unknown') ?? 0) + 1);
  const rank = (name: string): number => (name === 'unknown' ? 1 : 0);
  return Object.fromEntries([...found].sort(([a], [b]) => rank(a) - rank(b) || compare(a, b) || compareText(a, b)));
}

function gateway(one: Gateway): GatewayStatus {
  const { namespace, name, form, effectiveRevision, reason, versions, revisions, replicas, readyReplicas } = one;
  const { autoscaler, budget, istioGateways } = one;
  return {
    ...{ namespace, name, form, effectiveRevision, reason, versions, revisions, replicas, readyReplicas },
    service: one.service === null ? null : serviceOf(one.service),
    ...{ autoscaler, budget, istioGateways },
    ...owned(one.owner),
  };
}

function serviceOf(service: NonNullable<Gateway['service']>): GatewayStatus['service'] {
  const { name, type, addresses, externalTrafficPolicy } = service;
  return { name, type, addresses, externalTrafficPolicy };
}

function components({ components: { base, cni, ztunnel }, proxies }: Mesh): ComponentsStatus {
  const lost = proxies.filter((proxy) => proxy.role === 'ztunnel' && proxy.running && proxy.connected === false);
  return {
    base: base === null ? null : { version: base.version, crds: base.crds, ...owned(base.owner) },
    cni: cni === null ? null : component(cni),
    ztunnel: ztunnel === null ? null : { ...component(ztunnel), notConnected: lost.length },
  };
}

function component({ owner, ...rest }: Component): ComponentStatus {
  return { ...rest, ...owned(owner) };
}
