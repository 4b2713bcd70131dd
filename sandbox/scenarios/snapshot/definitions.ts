import type { KubeObject } from '../../../src/kube/api.ts';
import { customResources } from '../../istio/charts/crds.ts';
import { customDefinitions } from '../../store/custom-kinds.ts';
import { at } from '../../store/json.ts';
import { builtInKinds } from '../../store/kinds.ts';

/** Group of an apiVersion: '' for 'v1'. */
export const groupOf = (apiVersion = ''): string =>
  apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
const versionOf = (apiVersion = '') => apiVersion.slice(apiVersion.indexOf('/') + 1);

/** Whether an object is a definition of a custom kind. */
export const isDefinition = (object: KubeObject) => object.kind === 'CustomResourceDefinition';

/** A custom kind of which the snapshot holds objects. */
interface Seen {
  readonly group: string;
  readonly kind: string;
  readonly versions: Set<string>;
  readonly namespaced: boolean;
}

function seenKinds(objects: readonly KubeObject[]): readonly Seen[] {
  const builtIn = new Set(builtInKinds().map((kind) => kind.group));
  const seen = new Map<string, Seen>();
  for (const { apiVersion, kind = '', metadata } of objects) {
    const group = groupOf(apiVersion);
    if (builtIn.has(group)) continue;
    const fresh = { group, kind, versions: new Set<string>(), namespaced: metadata.namespace !== undefined };
    const entry = seen.get(`${group}/${kind}`) ?? fresh;
    entry.versions.add(versionOf(apiVersion));
    seen.set(`${group}/${kind}`, entry);
  }
  return [...seen.values()];
}

/** Kinds whose definitions are known; the version of Istio only decides which are there, and the newest has all. */
function knownDefinitions(): ReadonlyMap<string, KubeObject> {
  const groups = ['gateway.networking.k8s.io', 'argoproj.io'];
  const all = [...customDefinitions(...groups), ...customResources({ version: '1.30.3', release: 'istio-base' })];
  return new Map(all.map((definition) => [definition.metadata.name, definition]));
}

function specFor(name: string, seen: Seen | undefined): Record<string, unknown> {
  const plural = name.split('.')[0] ?? name;
  const kind = seen?.kind ?? `${plural.charAt(0).toUpperCase()}${plural.slice(1).replace(/s$/, '')}`;
  const versions = [...(seen?.versions ?? ['v1'])].sort();
  return {
    group: name.slice(plural.length + 1),
    names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() },
    scope: seen?.namespaced === false ? 'Cluster' : 'Namespaced',
    versions: versions.map((version, index) => ({ name: version, served: true, storage: index === 0 })),
  };
}

const matches = (name: string, { group, kind }: Seen) => {
  const [plural = ''] = name.split('.');
  const stem = kind.toLowerCase();
  return name === `${plural}.${group}` && [stem, `${stem}s`, `${stem}es`, stem.replace(/y$/, 'ies')].includes(plural);
};

/**
 * The definitions of a snapshot, which knows them by name only, with what their objects and the known kinds say of
 * them; and one for each custom kind that has objects but no definition.
 */
export function completedDefinitions(objects: readonly KubeObject[]): readonly KubeObject[] {
  const known = knownDefinitions();
  const seen = seenKinds(objects);
  const recorded = objects.filter(isDefinition).map((definition) => {
    // A snapshot keeps the versions of a definition at most.
    if (at(definition, 'spec', 'names', 'plural') !== undefined) return definition;
    const { name } = definition.metadata;
    const spec =
      known.get(name)?.['spec'] ??
      specFor(
        name,
        seen.find((kind) => matches(name, kind)),
      );
    return { ...definition, spec };
  });
  const names = recorded.map((definition) => definition.metadata.name);
  const missing = seen.filter((kind) => !names.some((name) => matches(name, kind)));
  return [...recorded, ...missing.map((kind) => definitionOf(kind, known))];
}

function definitionOf(seen: Seen, known: ReadonlyMap<string, KubeObject>): KubeObject {
  const found = [...known.values()].find((definition) => matches(definition.metadata.name, seen));
  if (found) return found;
  const name = `${seen.kind.toLowerCase()}s.${seen.group}`;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name },
    spec: specFor(name, seen),
  };
}
