import type { ObjectRef, ResourceType } from '../../src/kube/api.ts';
import { badRequest } from '../store/failure.ts';
import type { KindInfo } from '../store/types.ts';

/** What a REST path names. */
export interface Place {
  readonly kind: KindInfo;
  /** The kind in the path's version. */
  readonly resource: ResourceType;
  /** Undefined for cluster-scoped kinds, and for collections of all namespaces. */
  readonly namespace: string | undefined;
  /** Undefined for collections. */
  readonly name: string | undefined;
  readonly subresource: string | undefined;
  /** Path after the subresource as it was sent, with its first slash; only proxies have one. */
  readonly rest: string;
}

/** One object's place, for the store. */
export interface NamedPlace extends Place {
  readonly name: string;
}

/** The place of a path, or undefined when no served kind has it. @throws ApiFailure 400 for a broken percent-encoding */
export function placeOf(kinds: Iterable<KindInfo>, path: string): Place | undefined {
  const [, root, ...raw] = path.split('/');
  if (root !== 'api' && root !== 'apis') return undefined;
  const [group, version, ...segments] = root === 'api' ? ['', ...raw] : raw;
  const { namespace, names } = scoped(segments);
  const [plural, name, subresource, ...rest] = names;
  const kind = [...kinds].find((known) => known.group === group && known.plural === plural);
  if (!kind || version === undefined || !kind.versions.includes(version)) return undefined;
  const homeless = kind.namespaced && namespace === undefined && Boolean(name);
  if (homeless || (!kind.namespaced && namespace !== undefined)) return undefined;
  return {
    kind,
    resource: { group: kind.group, version, plural: kind.plural, kind: kind.kind, namespaced: kind.namespaced },
    namespace,
    name: name ? decoded(name) : undefined,
    subresource: subresource || undefined,
    rest: rest.length > 0 ? `/${rest.join('/')}` : '',
  };
}

/** Subresources of a Namespace, which else would look like kinds in it. */
const ofNamespaces: readonly string[] = ['status', 'finalize'];

function scoped(segments: readonly string[]): { namespace: string | undefined; names: readonly string[] } {
  const [first, namespace, inner] = segments;
  if (first !== 'namespaces' || !namespace || !inner || ofNamespaces.includes(inner)) {
    return { namespace: undefined, names: segments };
  }
  return { namespace: decoded(namespace), names: segments.slice(2) };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw badRequest(`the path segment ${JSON.stringify(segment)} is not percent-encoded correctly`);
  }
}

/** The reference of a named place. */
export function refOf(place: NamedPlace): ObjectRef {
  const { resource, namespace, name } = place;
  return { resource, name, ...(namespace !== undefined && { namespace }) };
}

/** Whether the place is one object. */
export function isNamed(place: Place): place is NamedPlace {
  return place.name !== undefined;
}
