/** The target of an upgrade as the checks see it: where it starts, and the way there. */
import { planHops, type Strategy } from '../knowledge/hops.ts';
import type { Knowledge } from '../knowledge/model.ts';
import { minorOf, parseVersion } from '../knowledge/versions.ts';
import type { Mesh } from '../mesh/mesh.ts';
import { compareVersions } from '../mesh/versions.ts';
import type { Target } from './check.ts';

/** What was asked for. */
export interface TargetRequest {
  /** A version, or a minor, which means its newest known patch. */
  readonly to: string;
  readonly strategy: Strategy;
}

/** `unknown`: nothing is known of the version, and why. */
export type TargetResult =
  | { readonly outcome: 'known'; readonly target: Target }
  | { readonly outcome: 'unknown'; readonly version: string; readonly why: string; readonly remedy: string };

/** Resolves a target over the mesh as it stands. */
export function resolveTarget({ to, strategy }: TargetRequest, mesh: Mesh, knowledge: Knowledge): TargetResult {
  const release = knowledge.releases.find(({ minor }) => minor === minorOf(to));
  if (release === undefined) return neverHeardOf(to, knowledge);
  const version = parseVersion(to)?.patch === null ? release.latest.value : to.replace(/^v/, '');
  const start = oldestPlane(mesh);
  if (start === null) {
    return { outcome: 'known', target: { version, strategy, from: null, fromRevision: null, hops: [], way: null } };
  }
  const way = planHops({ from: start.version, to: version, strategy, kubernetes: mesh.kubernetesVersion, knowledge });
  const hops = way.outcome === 'hops' ? way.hops : [];
  const { version: from, revision: fromRevision } = start;
  return { outcome: 'known', target: { version, strategy, from, fromRevision, hops, way } };
}

function neverHeardOf(version: string, { releases }: Knowledge): TargetResult {
  const range = `${releases[0]?.minor ?? 'none'} to ${releases.at(-1)?.minor ?? 'none'}`;
  return {
    outcome: 'unknown',
    version,
    why: `nothing is known of Istio ${version}; known are ${range}`,
    remedy: 'Add the release with --knowledge FILE, use a newer meshlift, or check the number.',
  };
}

/** Where the upgrade starts: the oldest control plane of a known version. One that is scaled to 0 counts only when all are. */
function oldestPlane({ controlPlanes }: Mesh): { readonly version: string; readonly revision: string } | null {
  const known = controlPlanes.flatMap(({ version, revision, replicas }) =>
    version === null ? [] : [{ version, revision, replicas }],
  );
  const running = known.filter(({ replicas }) => replicas > 0);
  const [oldest] = (running.length > 0 ? running : known).toSorted((a, b) => compareVersions(a.version, b.version));
  return oldest ?? null;
}
