/** REST paths of Kubernetes and the names that messages use for what lies behind them. */
import { InvalidInput } from '../errors.ts';
import type { ObjectRef, ResourceType } from './api.ts';

/** Query parameters; those that are undefined are left out. */
export type Query = Readonly<Record<string, string | number | undefined>>;

/** 'apps/v1', or 'v1' for the core group. */
export function apiVersionOf(resource: ResourceType): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

/** The kind as `kubectl auth can-i` and roles name it: 'deployments.apps', or 'pods' for the core group. */
export function resourceName(resource: ResourceType): string {
  return resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;
}

/** Path of a collection; of all namespaces when `namespace` is left out. */
export function collectionPath(resource: ResourceType, namespace?: string): string {
  const root = resource.group === '' ? '/api' : `/apis/${resource.group}`;
  const scope = resource.namespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}/${resource.version}${scope}/${resource.plural}`;
}

/** Path of one object. Throws InvalidInput when its name, or the namespace of a namespaced kind, is empty. */
export function objectPath(ref: ObjectRef, subresource?: string): string {
  // An empty segment would turn a write to one object into a write to the whole collection.
  if (!ref.name) throw new InvalidInput(`A ${ref.resource.kind} is named without a name.`);
  if (ref.resource.namespaced && !ref.namespace) {
    throw new InvalidInput(`${ref.resource.kind} ${ref.name} is named without its namespace.`);
  }
  const path = `${collectionPath(ref.resource, ref.namespace)}/${encodeURIComponent(ref.name)}`;
  return subresource ? `${path}/${subresource}` : path;
}

/** For messages: 'Deployment shop/web', 'Namespace shop'. */
export function describeObject(ref: ObjectRef): string {
  return ref.namespace ? `${ref.resource.kind} ${ref.namespace}/${ref.name}` : `${ref.resource.kind} ${ref.name}`;
}

/** For messages: 'pods in shop', 'deployments.apps in all namespaces', 'nodes'. */
export function describeCollection(resource: ResourceType, namespace?: string): string {
  if (!resource.namespaced) return resourceName(resource);
  return `${resourceName(resource)} in ${namespace ?? 'all namespaces'}`;
}

/** Path with its query string. */
export function withQuery(path: string, query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') parameters.set(name, String(value));
  }
  return parameters.size === 0 ? path : `${path}?${parameters.toString()}`;
}
