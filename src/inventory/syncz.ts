/**
 * istiod's /debug/syncz: one entry a proxy that is connected to that istiod (pilot/pkg/xds/debug.go). Istio 1.24 and later
 * name every type in `resources`; older ones have cluster_sent, cluster_acked and so on only.
 */
import type { SyncEntry } from '../mesh/facts.ts';
import { elementReader } from './elements.ts';
import { isRecord, record, records, text, type Json } from './json.ts';

const oldTypes: readonly (readonly [string, string])[] = [
  ['cluster', 'Cluster'],
  ['listener', 'Listener'],
  ['route', 'RouteConfiguration'],
  ['endpoint', 'ClusterLoadAssignment'],
];

/** Reads the answer as it arrives. */
export interface SynczReader {
  push(piece: Uint8Array): void;
  /** Entries without istioctl's own connections (version 65536.…); null when the answer was no whole list. */
  end(): readonly SyncEntry[] | null;
}

/** A reader for one answer. */
export function synczReader(): SynczReader {
  const entries: SyncEntry[] = [];
  const reader = elementReader((element) => {
    if (isRecord(element) && isProxy(element)) entries.push(syncEntry(element));
  });
  return { push: (piece) => reader.push(piece), end: () => (reader.end() ? entries : null) };
}

/** The same for an answer that was parsed already; null when the value is no list. */
export function parseSyncz(value: unknown): readonly SyncEntry[] | null {
  return Array.isArray(value) ? records(value).filter(isProxy).map(syncEntry) : null;
}

function isProxy(entry: Json): boolean {
  return text(entry['proxy']) !== '' && !text(entry['istio_version']).startsWith('65536');
}

// `proxy` is POD.NAMESPACE; a pod's name may hold dots, a namespace's can't.
function syncEntry(entry: Json): SyncEntry {
  const proxy = text(entry['proxy']);
  const dot = proxy.lastIndexOf('.');
  return {
    namespace: dot < 0 ? '' : proxy.slice(dot + 1),
    pod: dot < 0 ? proxy : proxy.slice(0, dot),
    proxyType: text(entry['proxy_type']),
    version: text(entry['istio_version']),
    stale: isRecord(entry['resources']) ? staleTypes(entry['resources']) : staleOldTypes(entry),
  };
}

function staleTypes(resources: Json): readonly string[] {
  return Object.entries(resources)
    .filter(([, state]) => text(record(state)['sent']) !== text(record(state)['acked']))
    .map(([url]) => url.replace(/^.*[/.]/, ''))
    .sort();
}

function staleOldTypes(entry: Json): readonly string[] {
  return oldTypes
    .filter(([field]) => text(entry[`${field}_sent`]) !== text(entry[`${field}_acked`]))
    .map(([, name]) => name)
    .sort();
}
