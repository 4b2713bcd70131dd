import type { KubeObject } from '../kube/api.ts';

/** Stands wherever people could write a secret. */
export const secret = 'hunter2-canary';

/** An object in namespace shop; `rest` stands beside its metadata, and `metadata` wins over name and namespace. */
export function object(
  apiVersion: string,
  kind: string,
  name: string,
  rest: object,
  metadata: object = {},
): KubeObject {
  return { apiVersion, kind, metadata: { name, namespace: 'shop', ...metadata }, ...rest };
}
