import type { ControlPlane } from '../mesh/control-plane-model.ts';
import type { Owner } from '../mesh/model-basics.ts';
import type { Release } from '../steps/spec.ts';

/** A release from an owner's name, 'namespace/name' or 'name'. */
export function releaseOf({ kind, name }: Owner, namespace: string): Release {
  const [first = '', second] = name.split('/');
  return second === undefined
    ? { owner: kind, name: first, namespace }
    : { owner: kind, name: second, namespace: first };
}

/** Release of a new control plane beside an old one: its name with the other revision, or with the revision added. */
export function newRelease(old: ControlPlane, revision: string): Release {
  const release = releaseOf(old.owner, old.namespace);
  if (release.name === '') return release;
  const named = release.name.endsWith(old.revision) && old.revision !== 'default';
  const stem = named ? release.name.slice(0, -old.revision.length) : `${release.name}-`;
  return { ...release, name: `${stem}${revision}` };
}
