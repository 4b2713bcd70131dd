/** Every proxy that runs or starts: role, version, revision and the istiod that serves it. */
import type { Proxy, ProxyRole } from './data-plane-model.ts';
import type { Facts, PodFact, SyncEntry } from './facts.ts';
import { autoImage, managedKey, revisionKey, statusKey, templatesKey } from './keys.ts';
import type { Known } from './model-basics.ts';
import { imageVersion } from './versions.ts';
import { compareText, isLive } from './workload-index.ts';

/** Role by the word that pilot-agent gets after `proxy`. */
const ROLES: Readonly<Record<string, ProxyRole>> = {
  sidecar: 'sidecar',
  router: 'gateway',
  waypoint: 'waypoint',
  ztunnel: 'ztunnel',
};

interface Connection {
  /** One object for all proxies of an istiod. */
  readonly to: NonNullable<Proxy['connectedTo']>;
  readonly entry: SyncEntry;
}

/** By namespace, then by pod: a key text for each of 100,000 proxies would cost more than the connections. */
type Connections = ReadonlyMap<string, ReadonlyMap<string, Connection>>;

/**
 * Proxies of all pods that have not ended, sorted by namespace and pod.
 * @param byPod position in `Mesh.workloads`
 */
export function proxies(facts: Facts, byPod: ReadonlyMap<PodFact, number>): Proxy[] {
  const connections = connectionsOf(facts);
  const absent = unlisted(facts);
  return facts.pods.items
    .filter((pod) => pod.proxy !== null && isLive(pod))
    .map((pod) => {
      const connection = connections.get(pod.meta.namespace)?.get(pod.meta.name) ?? null;
      return proxyOf(pod, connection, absent, byPod.get(pod) ?? -1);
    })
    .sort((a, b) => compareText(a.namespace, b.namespace) || compareText(a.pod, b.pod));
}

/** Role of a pod's proxy; also right for one that was never injected and so has no arguments yet. */
export function proxyRole({ meta, proxy }: Pick<PodFact, 'meta' | 'proxy'>): ProxyRole {
  if (meta.labels[managedKey] === 'istio.io-mesh-controller') return 'waypoint';
  const role = ROLES[proxy?.role ?? ''];
  if (role) return role;
  if (isGatewayTemplate(meta.annotations)) return 'gateway';
  return meta.labels['app'] === 'ztunnel' ? 'ztunnel' : 'sidecar';
}

/** Whether annotations ask for the injection template of a gateway. */
export function isGatewayTemplate(annotations: Readonly<Record<string, string>>): boolean {
  const names = (annotations[templatesKey] ?? '').split(',');
  return names.some((name) => name.trim() === 'gateway');
}

function proxyOf(pod: PodFact, connection: Connection | null, absent: Known, workload: number): Proxy {
  return {
    namespace: pod.meta.namespace,
    pod: pod.meta.name,
    node: pod.node,
    role: proxyRole(pod),
    form: pod.proxy?.form ?? 'classic',
    version: versionOf(pod, connection),
    revision: revisionOf(pod),
    running: pod.phase === 'Running',
    ready: pod.ready,
    deleting: pod.deleting,
    connectedTo: connection?.to ?? null,
    connected: connection ? true : absent,
    stale: connection?.entry.stale ?? [],
    workload,
  };
}

function connectionsOf(facts: Facts): Connections {
  const found = new Map<string, Map<string, Connection>>();
  for (const { pod, revision, syncz } of facts.istiods.items) {
    const to = { pod, revision };
    for (const entry of syncz ?? []) {
      const inNamespace = found.get(entry.namespace) ?? new Map<string, Connection>();
      found.set(entry.namespace, inNamespace.set(entry.pod, { to, entry }));
    }
  }
  return found;
}

/** What it means that no istiod lists a proxy: nothing when one of them could not be asked. */
function unlisted(facts: Facts): Known {
  const silent = facts.istiods.unread !== null || facts.istiods.items.some((istiod) => istiod.syncz === null);
  return silent ? null : false;
}

// The chart's labels on a gateway keep the version of the chart: they are not read.
function versionOf(pod: PodFact, connection: Connection | null): string | null {
  if (pod.proxy?.image === autoImage) return null;
  return imageVersion(pod.proxy?.image ?? '') ?? (connection?.entry.version || null);
}

// The label istio.io/rev is left out: it is the user's, and may be a tag.
function revisionOf(pod: PodFact): string | null {
  return (
    pod.meta.annotations[revisionKey] ||
    statusRevision(pod.meta.annotations[statusKey]) ||
    dialledRevision(pod.proxy?.dials ?? '')
  );
}

function statusRevision(status: string | undefined): string | null {
  if (!status) return null;
  try {
    const parsed: unknown = JSON.parse(status);
    if (typeof parsed !== 'object' || parsed === null || !('revision' in parsed)) return null;
    return typeof parsed.revision === 'string' && parsed.revision !== '' ? parsed.revision : null;
  } catch {
    return null;
  }
}

/**
 * Revision by the name of the control plane's Service, 'istiod' or 'istiod-REVISION' (istiod chart); null for any other
 * host and for a tag's Service, whose target may have changed since.
 */
export function dialledRevision(host: string): string | null {
  const service = (host.split('.')[0] ?? '').replace(/-remote$/, '');
  if (service === 'istiod') return 'default';
  if (!service.startsWith('istiod-') || service.startsWith('istiod-revision-tag-')) return null;
  return service.slice('istiod-'.length);
}
