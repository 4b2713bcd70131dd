import { servedKinds, type ServedKind } from './kinds.ts';

const verbs = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'];

function aggregatedResource(kind: ServedKind): object {
  return {
    resource: kind.plural,
    responseKind: { group: kind.group, version: kind.version, kind: kind.kind },
    scope: kind.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: kind.kind.toLowerCase(),
    verbs,
  };
}

function groupsOf(core: boolean): Map<string, ServedKind[]> {
  const groups = new Map<string, ServedKind[]>();
  for (const kind of servedKinds.filter((candidate) => (candidate.group === '') === core)) {
    groups.set(kind.group, [...(groups.get(kind.group) ?? []), kind]);
  }
  return groups;
}

/** Aggregated discovery (apidiscovery.k8s.io/v2) of `/api` or `/apis`. */
function aggregatedDiscovery(core: boolean): object {
  const items = [...groupsOf(core)].map(([group, kinds]) => ({
    metadata: { name: group, creationTimestamp: null },
    versions: [...new Set(kinds.map((kind) => kind.version))].map((version) => ({
      version,
      freshness: 'Current',
      resources: kinds.filter((kind) => kind.version === version).map(aggregatedResource),
    })),
  }));
  return { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items };
}

function groupDocument(group: string, kinds: readonly ServedKind[]): object {
  const versions = [...new Set(kinds.map((kind) => kind.version))];
  const entries = versions.map((version) => ({ groupVersion: `${group}/${version}`, version }));
  return { name: group, versions: entries, preferredVersion: entries[0] };
}

function resourceList(groupVersion: string): object | undefined {
  const kinds = servedKinds.filter(({ group, version }) => (group ? `${group}/${version}` : version) === groupVersion);
  if (kinds.length === 0) return undefined;
  const resources = kinds.map((kind) => ({
    name: kind.plural,
    singularName: kind.kind.toLowerCase(),
    namespaced: kind.namespaced,
    kind: kind.kind,
    verbs,
  }));
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources };
}

/** Answers discovery as Kubernetes 1.34 does. Undefined when the path is no discovery path. */
export function discover(path: string, accept: string): { contentType: string; body: object } | undefined {
  const core = path === '/api';
  if ((core || path === '/apis') && accept.includes('as=APIGroupDiscoveryList')) {
    const contentType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    return { contentType, body: aggregatedDiscovery(core) };
  }
  const contentType = 'application/json';
  if (core) return { contentType, body: { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] } };
  if (path === '/apis') {
    const groups = [...groupsOf(false)].map(([group, kinds]) => groupDocument(group, kinds));
    return { contentType, body: { kind: 'APIGroupList', apiVersion: 'v1', groups } };
  }
  const one = /^\/(?:api|apis)\/([^/]+(?:\/[^/]+)?)$/.exec(path);
  const body = resourceList(one?.[1] ?? '');
  return body === undefined ? undefined : { contentType, body };
}
