import type { KubeObject, ObjectRef } from '../../../src/kube/api.ts';
import { ApiFailure } from '../../store/failure.ts';
import type { Store } from '../../store/store.ts';

/** An object, or undefined when there is none or its kind is not served. */
export function lookup(store: Store, ref: ObjectRef): KubeObject | undefined {
  try {
    return store.get(ref);
  } catch (error) {
    if (error instanceof ApiFailure && error.code === 404) return undefined;
    throw error;
  }
}
