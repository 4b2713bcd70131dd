/** The objects of Istio that an upgrade writes, each with its owner. */
import { ownerOf } from '../../../mesh/owner.ts';
import { injectionKey, revisionKey } from '../../../mesh/keys.ts';
import type { Owner } from '../../../mesh/model-basics.ts';
import type { CheckView, FoundObject } from '../../check.ts';

/** One object with who holds it. */
export interface Part {
  readonly object: FoundObject;
  readonly owner: Owner;
}

/** Control planes, their webhooks and tags, node components, gateways, and namespaces that choose a revision by label. */
export function parts({ mesh, facts }: CheckView): readonly Part[] {
  const { components } = mesh;
  const daemonSets = [components.cni, components.ztunnel].filter((one) => one !== null);
  return [
    ...mesh.controlPlanes.map(({ namespace, deployment, owner }) => part('Deployment', namespace, deployment, owner)),
    ...distinct(mesh.webhooks.map(({ kind, name, owner }) => part(kind, '', name, owner))),
    ...daemonSets.map(({ namespace, name, owner }) => part('DaemonSet', namespace, name, owner)),
    ...mesh.gateways.map(({ namespace, name, form, owner }) =>
      part(form === 'gateway-api' || form === 'waypoint' ? 'Gateway' : 'Deployment', namespace, name, owner),
    ),
    ...facts.namespaces.items
      .filter(({ meta: { labels } }) => labels[revisionKey] !== undefined || labels[injectionKey] !== undefined)
      .map(({ meta }) => part('Namespace', '', meta.name, ownerOf(meta, facts.helmReleases))),
  ];
}

function part(kind: string, namespace: string, name: string, owner: Owner): Part {
  return { object: { kind, namespace, name }, owner };
}

// A webhook configuration is there once for each of its targets.
function distinct(all: readonly Part[]): readonly Part[] {
  return [...new Map(all.map((one) => [`${one.object.kind} ${one.object.name}`, one])).values()];
}

/** 'Kind namespace/name', at most three and how many more. */
export function words(objects: readonly FoundObject[]): string {
  const names = objects.map(({ kind, namespace, name }) => `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`);
  const more = names.length - 3;
  return `${names.slice(0, 3).join(', ')}${more > 0 ? ` and ${String(more)} more` : ''}`;
}
