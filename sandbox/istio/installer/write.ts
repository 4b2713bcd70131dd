import type { KubeObject, ObjectRef, ResourceType } from '../../../src/kube/api.ts';
import { InvalidInput } from '../../../src/errors.ts';
import { resources } from '../../store/resources.ts';
import type { Store } from '../../store/store.ts';

/** Kinds that the charts render, in the order in which Helm installs them; it deletes in the opposite one. */
export const chartKinds: readonly ResourceType[] = [
  resources.disruptionBudgets,
  resources.serviceAccounts,
  resources.secrets,
  resources.configMaps,
  resources.definitions,
  resources.services,
  resources.daemonSets,
  resources.deployments,
  resources.autoscalers,
  resources.mutatingWebhooks,
  resources.validatingWebhooks,
];

/** Place of an object that a chart renders. @throws InvalidInput for a kind that no chart renders */
export function placeOf(object: KubeObject): ObjectRef {
  const resource = chartKinds.find(({ kind }) => kind === object.kind);
  if (resource === undefined) {
    throw new InvalidInput(`no chart renders objects of kind ${object.kind ?? 'unknown'}`, {
      object: `${object.kind ?? 'object'} ${object.metadata.name}`,
      remedy: 'Create it through the API.',
    });
  }
  const { name, namespace } = object.metadata;
  return { resource, name, ...(namespace !== undefined && { namespace }) };
}

/** The objects in the order of `chartKinds`. */
export function inOrder(objects: readonly KubeObject[]): KubeObject[] {
  const rank = (object: KubeObject): number => chartKinds.findIndex(({ kind }) => kind === object.kind);
  return [...objects].sort((a, b) => rank(a) - rank(b));
}

/** Creates or changes an object so that it says what was rendered; what others wrote beside it stays. */
export function writeRendered(store: Store, object: KubeObject, manager: string): void {
  store.patch(placeOf(object), 'apply', object, { fieldManager: manager, force: true });
}

/** Makes a namespace when it is missing. */
export function ensureNamespace(store: Store, name: string): void {
  for (const { metadata } of store.all(resources.namespaces)) if (metadata.name === name) return;
  store.create(resources.namespaces, { metadata: { name } });
}

/** Every object of the charts' kinds that a condition holds for, in the order of `chartKinds`. */
export function findObjects(store: Store, wanted: (object: KubeObject) => boolean): KubeObject[] {
  return chartKinds.flatMap((resource) => [...store.all(resource)].filter(wanted));
}
