/** Between which versions the mesh is under way: what the headline and the list of laggards rest on. */
import type { ControlPlaneStatus, MeshStatus, WorkloadStatus } from '../../mesh/status-document.ts';
import { compareVersions } from '../../mesh/versions.ts';

/** Whether a list of the facts was read to its end. One entry of `incomplete` may name several lists. */
export function wasRead({ incomplete }: MeshStatus, list: 'deployments' | 'mutatingWebhooks' | 'istiods'): boolean {
  return !incomplete.some(({ what }) => what.split(', ').includes(list));
}

/** Versions of the control planes and where the proxies are between them. */
export interface Course {
  /** Distinct known versions of control planes, oldest first. */
  readonly versions: readonly string[];
  /** The newest; null when none is known. */
  readonly newest: string | null;
  /** Control planes of the newest version. */
  readonly targets: readonly ControlPlaneStatus[];
  /** Proxies that are where the newest control planes are: by revision, or by version when revisions don't tell them apart. */
  readonly arrived: number;
}

/** Reads the course off the document. */
export function courseOf({ controlPlanes, dataPlane }: MeshStatus): Course {
  const known = controlPlanes.map((plane) => plane.version).filter((version) => version !== null);
  const versions = [...new Set(known)].sort(compareVersions);
  const newest = versions.at(-1) ?? null;
  const targets = controlPlanes.filter((plane) => plane.version === newest && newest !== null);
  const others = controlPlanes.filter((plane) => plane.version !== newest);
  const revisions = new Set(targets.map((plane) => plane.revision));
  const byRevision = others.length > 0 && !others.some((plane) => revisions.has(plane.revision));
  const arrived = byRevision
    ? [...revisions].reduce((sum, revision) => sum + (dataPlane.byRevision[revision] ?? 0), 0)
    : (dataPlane.byVersion[newest ?? ''] ?? 0);
  return { versions, newest, targets, arrived };
}

/** Workloads that have the same thing before them at a restart. */
export interface LagGroup {
  /** moves: to another revision or version. gains, loses: a proxy. refused: new pods. stays: old, and a restart changes nothing. */
  readonly what: 'refused' | 'loses' | 'moves' | 'gains' | 'stays';
  readonly title: string;
  readonly workloads: readonly WorkloadStatus[];
}

const order: readonly LagGroup['what'][] = ['refused', 'loses', 'moves', 'stays', 'gains'];

/** Who lags behind, worst first; empty when a restart changes nothing and nobody is older than the newest control plane. */
export function lagGroups(status: MeshStatus): LagGroup[] {
  const { newest } = courseOf(status);
  const groups = new Map<string, { what: LagGroup['what']; title: string; workloads: WorkloadStatus[] }>();
  for (const workload of status.workloads) {
    const found = lagOf(workload, newest);
    if (found === null) continue;
    const key = `${found.what} ${found.title}`;
    const group = groups.get(key) ?? { ...found, workloads: [] };
    group.workloads.push(workload);
    groups.set(key, group);
  }
  return [...groups.values()].sort((a, b) => order.indexOf(a.what) - order.indexOf(b.what));
}

function lagOf(workload: WorkloadStatus, newest: string | null): Pick<LagGroup, 'what' | 'title'> | null {
  const { pending, injection, proxies, role } = workload;
  // Ztunnels stand under components.
  if (role === 'ztunnel') return null;
  if (pending === null) return older(workload, newest) ? { what: 'stays', title: whyItStays(workload) } : null;
  if (injection.outcome === 'fails')
    return { what: 'refused', title: 'new pods are refused (see PROBLEMS); pods that run are not touched' };
  if (pending.revision === null) return { what: 'loses', title: `a restart takes the proxy away: ${injection.reason}` };
  const target = `revision ${pending.revision}${pending.version === null ? '' : ` (${pending.version})`}`;
  if (proxies === 0) return { what: 'gains', title: `a restart gives a proxy of ${target}` };
  return { what: 'moves', title: `a restart moves to ${target}` };
}

function older({ versions, proxies }: WorkloadStatus, newest: string | null): boolean {
  return proxies > 0 && newest !== null && versions.some((version) => compareVersions(version, newest) < 0);
}

function whyItStays({ injection, role }: WorkloadStatus): string {
  if (injection.outcome === 'unknown') return `what a restart does is not known: ${injection.reason}`;
  if (role === 'waypoint') return 'istiod renews waypoints by itself; this has not happened or is under way';
  return `a restart does not change the version: ${injection.reason}`;
}
