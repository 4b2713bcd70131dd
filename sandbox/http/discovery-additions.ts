import { isObject, objectsAt, textAt, type JsonObject } from '../store/json.ts';
import { reviewKinds } from './reviews.ts';

/** A subresource that only the HTTP server has. */
interface Extra {
  readonly plural: string;
  readonly name: string;
  readonly kind: string;
  readonly group?: string;
  readonly verbs: readonly string[];
}

const proxyVerbs = ['create', 'delete', 'get', 'patch', 'update'];
const extras: readonly Extra[] = [
  { plural: 'pods', name: 'portforward', kind: 'PodPortForwardOptions', verbs: ['create', 'get'] },
  { plural: 'pods', name: 'proxy', kind: 'PodProxyOptions', verbs: proxyVerbs },
  { plural: 'services', name: 'proxy', kind: 'ServiceProxyOptions', verbs: proxyVerbs },
  {
    plural: 'serviceaccounts',
    name: 'token',
    kind: 'TokenRequest',
    group: 'authentication.k8s.io',
    verbs: ['create'],
  },
];

const reviewGroups = [...new Set(reviewKinds.map((review) => review.group))];

/** Whether a group holds reviews only. */
export function isReviewGroup(group: string): boolean {
  return reviewGroups.includes(group);
}

/** Entry of an APIGroupList. */
export function groupOf(name: string): object {
  const version = { groupVersion: `${name}/v1`, version: 'v1' };
  return { name, versions: [version], preferredVersion: version };
}

/** `resources` of the APIResourceList of a group of reviews. */
export function groupResources(group: string): readonly object[] {
  return reviewKinds
    .filter((review) => review.group === group)
    .map(({ plural, kind, namespaced }) => ({
      name: plural,
      singularName: kind.toLowerCase(),
      namespaced,
      kind,
      verbs: ['create'],
    }));
}

/** A discovery document of the store with what only the HTTP server adds. */
export function withHttpOnly(path: string, document: JsonObject): JsonObject {
  const kind = textAt(document, 'kind');
  if (kind === 'APIGroupList')
    return { ...document, groups: [...listAt(document, 'groups'), ...reviewGroups.map(groupOf)] };
  if (kind === 'APIResourceList' && path === '/api/v1') return withExtras(document);
  if (kind !== 'APIGroupDiscoveryList') return document;
  const items = listAt(document, 'items');
  return path === '/api'
    ? { ...document, items: items.map(aggregatedCore) }
    : { ...document, items: [...items, ...reviewGroups.map(aggregatedReviews)] };
}

const listAt = (document: JsonObject, field: string): readonly unknown[] =>
  Array.isArray(document[field]) ? document[field] : [];

function withExtras(document: JsonObject): JsonObject {
  const added = extras.map(({ plural, name, kind, group, verbs }) => ({
    name: `${plural}/${name}`,
    singularName: '',
    namespaced: true,
    ...(group !== undefined && { group, version: 'v1' }),
    kind,
    verbs,
  }));
  return { ...document, resources: [...listAt(document, 'resources'), ...added] };
}

function aggregatedCore(item: unknown): unknown {
  if (!isObject(item)) return item;
  const versions = objectsAt(item, 'versions').map((version) => ({
    ...version,
    resources: objectsAt(version, 'resources').map((resource) => ({
      ...resource,
      subresources: [...objectsAt(resource, 'subresources'), ...aggregatedExtras(resource['resource'])],
    })),
  }));
  return { ...item, versions };
}

function aggregatedExtras(plural: unknown): readonly object[] {
  return extras
    .filter((extra) => extra.plural === plural)
    .map(({ name, kind, group = '', verbs }) => ({
      subresource: name,
      responseKind: { group, version: 'v1', kind },
      verbs,
    }));
}

function aggregatedReviews(group: string): object {
  const resources = reviewKinds
    .filter((review) => review.group === group)
    .map(({ plural, kind, namespaced }) => ({
      resource: plural,
      responseKind: { group, version: 'v1', kind },
      scope: namespaced ? 'Namespaced' : 'Cluster',
      singularResource: kind.toLowerCase(),
      verbs: ['create'],
      subresources: [],
    }));
  return {
    metadata: { name: group, creationTimestamp: null },
    versions: [{ version: 'v1', freshness: 'Current', resources }],
  };
}
