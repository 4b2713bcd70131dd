import type { KubeObject, KubeOwnerReference, ResourceType } from '../../../src/kube/api.ts';

/** The owner that manages an object: at most one. */
export function controllerOf(object: KubeObject): KubeOwnerReference | undefined {
  for (const owner of object.metadata.ownerReferences ?? []) if (owner.controller === true) return owner;
  return undefined;
}

/** The entry that makes an object the controller of what it creates. */
export function controllerReference(resource: ResourceType, owner: KubeObject): KubeOwnerReference {
  return {
    apiVersion: resource.group ? `${resource.group}/${resource.version}` : resource.version,
    kind: resource.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** Key of the controller of an object when it is of a kind; undefined for any other or none. */
export function controllerKey(object: KubeObject | undefined, kind: string): string | undefined {
  const owner = object && controllerOf(object);
  return owner?.kind === kind && object ? `${object.metadata.namespace ?? ''}/${owner.name}` : undefined;
}
