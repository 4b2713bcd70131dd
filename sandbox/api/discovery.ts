import { joinApiVersion } from '../store/registry.ts';
import type { KindInfo, Subresource } from '../store/types.ts';

/** What a server says about itself. */
export interface ServerFacts {
  readonly kinds: Iterable<KindInfo>;
  /** For example 'v1.34.4'. */
  readonly gitVersion: string;
}

/** An answer to a GET of a path that is no object. */
export interface RawDocument {
  readonly contentType: string;
  readonly body: string;
}

/** Media type of aggregated discovery, which the answer's Content-Type must repeat for kubectl to use it. */
const aggregatedType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/**
 * The document behind /version, /healthz, /livez, /readyz, /api, /apis, /api/v1, /apis/GROUP and /apis/GROUP/VERSION,
 * aggregated discovery (v2) when `accept` asks for it. Undefined for every other path.
 */
export function rawDocument(facts: ServerFacts, path: string, accept = ''): RawDocument | undefined {
  const [clean = ''] = path.split('?');
  const parts = clean.split('/').filter((part) => part !== '');
  const [root = ''] = parts;
  if (['healthz', 'livez', 'readyz'].includes(root)) return { contentType: 'text/plain', body: 'ok' };
  if (parts.length === 1 && root === 'version') return json(versionDocument(facts.gitVersion));
  return discovery([...facts.kinds], parts, accept);
}

function discovery(kinds: readonly KindInfo[], parts: readonly string[], accept: string): RawDocument | undefined {
  const [root, group = '', version = ''] = parts;
  if (root !== 'api' && root !== 'apis') return undefined;
  if (parts.length === 1 && accept.includes('as=APIGroupDiscoveryList')) {
    return { contentType: aggregatedType, body: JSON.stringify(aggregated(kinds, root === 'api')) };
  }
  if (root === 'api') return coreDocument(kinds, parts);
  return parts.length > 3 ? undefined : groupDocument(kinds, group, version);
}

const json = (value: unknown): RawDocument => ({ contentType: 'application/json', body: JSON.stringify(value) });

function versionDocument(gitVersion: string): unknown {
  const [, major = '', minor = ''] = /^v(\d+)\.(\d+)/.exec(gitVersion) ?? [];
  return {
    major,
    minor,
    gitVersion,
    gitTreeState: 'clean',
    goVersion: 'none',
    compiler: 'none',
    platform: 'linux/amd64',
  };
}

function coreDocument(kinds: readonly KindInfo[], parts: readonly string[]): RawDocument | undefined {
  if (parts.length === 1) return json({ kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] });
  return parts.length === 2 && parts[1] === 'v1' ? json(resourceList(kinds, '', 'v1')) : undefined;
}

function groupDocument(kinds: readonly KindInfo[], group: string, version: string): RawDocument | undefined {
  const groups = groupsOf(kinds).filter((name) => name !== '');
  if (group === '')
    return json({ kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map((name) => apiGroup(kinds, name)) });
  if (!groups.includes(group)) return undefined;
  if (version === '') return json({ kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(kinds, group) });
  return versionsOf(kinds, group).includes(version) ? json(resourceList(kinds, group, version)) : undefined;
}

function groupsOf(kinds: readonly KindInfo[]): readonly string[] {
  return [...new Set(kinds.map((kind) => kind.group))];
}

/** Versions of a group, the preferred one first: stable before beta before alpha, newer before older. */
function versionsOf(kinds: readonly KindInfo[], group: string): readonly string[] {
  const versions = new Set(kinds.filter((kind) => kind.group === group).flatMap((kind) => kind.versions));
  return [...versions].sort((a, b) => versionRank(b) - versionRank(a));
}

function versionRank(version: string): number {
  const [, major = '0', stage = '', minor = '0'] = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version) ?? [];
  const stages: Readonly<Record<string, number>> = { '': 2, beta: 1, alpha: 0 };
  return (stages[stage] ?? 0) * 1_000_000 + Number(major) * 1000 + Number(minor);
}

function apiGroup(kinds: readonly KindInfo[], group: string): object {
  const versions = versionsOf(kinds, group).map((version) => ({ groupVersion: `${group}/${version}`, version }));
  return { name: group, versions, preferredVersion: versions[0] };
}

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/** What a subresource answers with and which verbs it takes. */
function subresource(
  kind: KindInfo,
  name: Subresource,
): { group: string; version: string; kind: string; verbs: readonly string[] } {
  const own = { group: kind.group, version: kind.storage, kind: kind.kind };
  switch (name) {
    case 'status':
      return { ...own, verbs: ['get', 'patch', 'update'] };
    case 'scale':
      return { group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: ['get', 'patch', 'update'] };
    case 'eviction':
      return { group: 'policy', version: 'v1', kind: 'Eviction', verbs: ['create'] };
    case 'binding':
      return { ...own, kind: 'Binding', verbs: ['create'] };
    case 'finalize':
      return { ...own, verbs: ['update'] };
  }
}

function resourceList(kinds: readonly KindInfo[], group: string, version: string): object {
  const served = kinds.filter((kind) => kind.group === group && kind.versions.includes(version));
  const resources = served.flatMap((kind) => [
    {
      name: kind.plural,
      singularName: kind.singular,
      namespaced: kind.namespaced,
      kind: kind.kind,
      verbs,
      ...(kind.shortNames.length > 0 && { shortNames: kind.shortNames }),
      ...(kind.categories.length > 0 && { categories: kind.categories }),
    },
    ...kind.subresources.map((name) => {
      const { verbs: allowed, ...type } = subresource(kind, name);
      return { name: `${kind.plural}/${name}`, singularName: '', namespaced: kind.namespaced, ...type, verbs: allowed };
    }),
  ]);
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: joinApiVersion(group, version), resources };
}

function aggregated(kinds: readonly KindInfo[], core: boolean): object {
  const groups = groupsOf(kinds).filter((group) => (group === '') === core);
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: groups.map((group) => ({
      metadata: group ? { name: group, creationTimestamp: null } : { creationTimestamp: null },
      versions: versionsOf(kinds, group).map((version) => ({
        version,
        freshness: 'Current',
        resources: kinds
          .filter((kind) => kind.group === group && kind.versions.includes(version))
          .map((kind) => aggregatedResource(kind, version)),
      })),
    })),
  };
}

function aggregatedResource(kind: KindInfo, version: string): object {
  return {
    resource: kind.plural,
    responseKind: { group: kind.group, version, kind: kind.kind },
    scope: kind.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: kind.singular,
    verbs,
    ...(kind.shortNames.length > 0 && { shortNames: kind.shortNames }),
    ...(kind.categories.length > 0 && { categories: kind.categories }),
    subresources: kind.subresources.map((name) => {
      const { verbs: allowed, ...responseKind } = subresource(kind, name);
      return { subresource: name, responseKind, verbs: allowed };
    }),
  };
}
