import type { KubeObject, ResourceType } from '../../src/kube/api.ts';
import { badRequest, forbidden, invalid, notFound, type FieldError } from './failure.ts';
import { joinApiVersion } from './registry.ts';
import { bucketOf, type StoreState } from './state.ts';
import type { KindInfo } from './types.ts';

/** Body and path must be about the same kind and namespace. @throws ApiFailure 400 */
export function checkIdentity(
  kind: KindInfo,
  resource: ResourceType,
  namespace: string | undefined,
  object: KubeObject,
): void {
  const wanted = joinApiVersion(resource.group, resource.version);
  if (object.apiVersion !== undefined && object.apiVersion !== wanted) {
    throw badRequest(
      `the API version in the data (${object.apiVersion}) does not match the expected API version (${wanted})`,
    );
  }
  if (object.kind !== undefined && object.kind !== kind.kind) {
    throw badRequest(
      `${kind.kind} in version ${JSON.stringify(resource.version)} cannot be handled as a ${kind.kind}: ` +
        `the body is of kind ${JSON.stringify(object.kind)}`,
    );
  }
  const own = object.metadata.namespace;
  if (own && own !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
}

/**
 * New objects need a namespace that exists and is not on its way out (admission plug-in NamespaceLifecycle).
 * @throws ApiFailure 404 or 403
 */
export function checkNamespace(state: StoreState, kind: KindInfo, namespace: string | undefined, name: string): void {
  if (!kind.namespaced) return;
  if (!namespace) throw badRequest('an empty namespace may not be set during creation');
  const namespaces = state.registry.find('', 'namespaces');
  const found = namespaces && bucketOf(state, namespaces).get(namespace);
  if (!found) throw notFound({ group: '', plural: 'namespaces', kind: 'Namespace' }, namespace);
  if (found.metadata.deletionTimestamp === undefined) return;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const message = `namespace ${namespace} is being terminated`;
  throw forbidden(kind, name, why, [{ reason: 'NamespaceTerminating', message, field: 'metadata.namespace' }]);
}

const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const subdomainRule =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end " +
  "with an alphanumeric character (e.g. 'example.com', regex used for validation is " +
  "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

function nameErrors(kind: KindInfo, object: KubeObject): readonly FieldError[] {
  const { name } = object.metadata;
  if (!name) {
    return [
      {
        field: 'metadata.name',
        reason: 'FieldValueRequired',
        text: 'Required value: name or generateName is required',
      },
    ];
  }
  const free = kind.group === 'rbac.authorization.k8s.io';
  const fine = free ? !/[/%]/.test(name) : name.length <= 253 && subdomain.test(name);
  if (fine) return [];
  return [
    {
      field: 'metadata.name',
      reason: 'FieldValueInvalid',
      text: `Invalid value: ${JSON.stringify(name)}: ${subdomainRule}`,
    },
  ];
}

/** The whole object's rules. @throws ApiFailure 422 */
export function checkObject(kind: KindInfo, object: KubeObject): void {
  const errors = [...nameErrors(kind, object), ...(kind.strategy.validate?.(object) ?? [])];
  if (errors.length > 0) throw invalid(kind, object.metadata.name ?? '', errors);
}

/** The rules of a change. @throws ApiFailure 422 */
export function checkChange(kind: KindInfo, object: KubeObject, old: KubeObject): void {
  const errors = [...(kind.strategy.validate?.(object) ?? []), ...(kind.strategy.validateUpdate?.(object, old) ?? [])];
  if (errors.length > 0) throw invalid(kind, object.metadata.name, errors);
}
