/** What --wide adds: every webhook, namespace and workload of the mesh. */
import type { InjectionStatus, MeshStatus } from '../../mesh/status-document.ts';
import { table, type Style } from '../text.ts';
import { section } from './sections.ts';

/** The sections of --wide. */
export function wideSections(status: MeshStatus, style: Style): string[] {
  return [
    ...section('WEBHOOKS', webhooks(status), style),
    ...section('NAMESPACES', namespaces(status), style),
    ...section('WORKLOADS', workloads(status), style),
  ];
}

function webhooks({ webhooks: all }: MeshStatus): string[] {
  if (all.length === 0) return [];
  const rows = all.map((one) => [
    one.name,
    one.kind === 'MutatingWebhookConfiguration' ? 'mutating' : 'validating',
    one.target,
    one.revision ?? 'unknown',
    one.deactivated ? 'switched off' : health(one.healthy),
  ]);
  return table([['NAME', 'KIND', 'TARGET', 'REVISION', 'STATE'], ...rows]);
}

function health(healthy: boolean | null): string {
  if (healthy === null) return 'unknown';
  return healthy ? 'healthy' : 'sick';
}

function namespaces({ namespaces: all }: MeshStatus): string[] {
  if (all.length === 0) return [];
  const rows = all.map((one) => [
    one.name,
    `${injected(one.injection)}${one.ambient ? ' ambient' : ''}`,
    String(one.workloads),
    one.injection.reason,
  ]);
  return table([['NAMESPACE', 'NEW PODS', 'WORKLOADS', 'WHY'], ...rows]);
}

function injected({ outcome, revision, tag }: InjectionStatus): string {
  if (outcome === 'injected') return tag === null ? (revision ?? 'unknown') : `${revision ?? 'unknown'} (tag ${tag})`;
  return outcome === 'none' ? 'no proxy' : outcome;
}

function workloads({ workloads: all }: MeshStatus): string[] {
  if (all.length === 0) return [];
  const rows = all.map((one) => [
    `${one.namespace}/${one.name}`,
    one.kind,
    `${one.proxies}/${one.pods}`,
    one.versions.join('+') || '-',
    one.revisions.join('+') || '-',
    one.pending === null ? 'same' : (one.pending.revision ?? injected(one.injection)),
  ]);
  return table([['WORKLOAD', 'KIND', 'PROXIES/PODS', 'VERSIONS', 'REVISIONS', 'AFTER RESTART'], ...rows]);
}
