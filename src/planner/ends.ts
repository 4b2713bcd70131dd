import { Blocked, InvalidInput } from '../errors.ts';
import type { ControlPlane } from '../mesh/control-plane-model.ts';
import type { Mesh } from '../mesh/mesh.ts';
import type { Ends, PlanRequest } from './input.ts';

/** Name of the revision of a version: dots are not allowed in it. */
export function revisionName(version: string): string {
  return version.replaceAll('.', '-').replaceAll('+', '-');
}

/** A control plane by its revision, as a person would say it. */
export function planeWords(revision: string): string {
  return revision === 'default' ? 'the control plane without a revision' : `control plane ${revision}`;
}

/**
 * The control plane that is upgraded: the one named, else the only one that is not at the target, else the one with most proxies.
 * @throws InvalidInput (no such revision), Blocked (none, or its version is not known)
 */
export function oldControlPlane(mesh: Mesh, to: string, wanted: string | null): ControlPlane & { version: string } {
  const found = wanted === null ? busiest(mesh, to) : mesh.controlPlanes.find(({ revision }) => revision === wanted);
  if (found === undefined) throw none(mesh, wanted);
  const { version, revision, namespace, deployment } = found;
  if (version !== null) return { ...found, version };
  throw new Blocked(`The version of control plane ${revision} is not known.`, {
    object: `Deployment ${namespace}/${deployment}`,
    remedy: 'Let its pods answer (see meshlift status), or give its image a tag with a version.',
  });
}

function busiest(mesh: Mesh, to: string): ControlPlane | undefined {
  const proxies = (plane: ControlPlane): number =>
    mesh.proxies.filter(({ revision }) => revision === plane.revision).length;
  const others = mesh.controlPlanes.filter((plane) => plane.version !== to);
  return [...(others.length > 0 ? others : mesh.controlPlanes)].sort((a, b) => proxies(b) - proxies(a))[0];
}

function none(mesh: Mesh, wanted: string | null): InvalidInput | Blocked {
  const known = mesh.controlPlanes.map(({ revision }) => revision).join(', ') || 'none';
  if (wanted !== null) {
    return new InvalidInput(`There is no control plane of revision ${wanted}; there are: ${known}.`, {
      object: `revision ${wanted}`,
      remedy: 'Name one of them with --revision.',
    });
  }
  return new Blocked('There is no Istio control plane in this cluster.', {
    remedy: 'Check the context: meshlift status.',
  });
}

/**
 * Both ends of the first hop. A control plane of the target's revision that has another version is in the way.
 * @throws Blocked
 */
export function endsOf(
  { view: { mesh }, hops }: Pick<PlanRequest, 'view' | 'hops'>,
  old: ControlPlane & { version: string },
): Ends {
  const to = hops[0]?.to ?? old.version;
  const present = mesh.controlPlanes.find((plane) => plane.version === to && plane.revision !== old.revision);
  const revision = present?.revision ?? revisionName(to);
  const taken = mesh.controlPlanes.find((plane) => plane.revision === revision && plane !== present);
  if (taken === undefined) return { old, from: old.version, to, revision };
  throw new Blocked(
    `Revision ${revision} exists already, with version ${taken.version ?? 'unknown'} instead of ${to}.`,
    {
      object: `Deployment ${taken.namespace}/${taken.deployment}`,
      remedy: 'Remove it if nothing uses it, or give the revision names of their versions.',
    },
  );
}
