import type { RoleObject } from './roles.ts';
import type { Right } from './right.ts';

/** Whether roles give a right, as Kubernetes evaluates them: without resource names, which no test of a kind of write knows. */
export function covers(
  roles: readonly RoleObject[],
  { verb, group, resource, subresource, namespace }: Right,
): boolean {
  const full = subresource === '' ? resource : `${resource}/${subresource}`;
  return roles.some(
    ({ kind, metadata, rules }) =>
      (kind === 'ClusterRole' || metadata.namespace === namespace) &&
      rules.some(
        ({ apiGroups = [], resources = [], verbs }) =>
          apiGroups.includes(group) && resources.includes(full) && verbs.includes(verb),
      ),
  );
}
