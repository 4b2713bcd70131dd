import type { KubeObject, ObjectRef, ResourceType } from '../../src/kube/api.ts';
import { ApiFailure } from './failure.ts';
import { seededRandom } from './random.ts';
import { resources } from './resources.ts';
import { Store, type StoreOptions } from './store.ts';

/** A store with namespace shop, on a clock that the test moves. */
export function testCluster(options: Partial<StoreOptions> = {}): { store: Store; clock: { now: number } } {
  const clock = { now: Date.UTC(2026, 0, 1) };
  const store = new Store({ clock: () => clock.now, random: seededRandom(1), ...options });
  store.create(resources.namespaces, { metadata: { name: 'shop' } });
  return { store, clock };
}

/** Place of an object in namespace shop. */
export function inShop(resource: ResourceType, name: string): ObjectRef {
  return { resource, namespace: 'shop', name };
}

/** A pod of namespace shop; on node-1 and ready when asked. */
export function createPod(store: Store, name: string, labels: Record<string, string>, ready = false): KubeObject {
  const spec = { containers: [{ name: 'app', image: 'example.com/app:1' }] };
  const pod = store.create(resources.pods, { metadata: { name, namespace: 'shop', labels }, spec });
  if (!ready) return pod;
  const bound = store.bind(inShop(resources.pods, name), 'node-1');
  const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
  return store.update(resources.pods, { ...bound, status }, { subresource: 'status' });
}

/** The ApiFailure that a call throws; anything else fails the test. */
export function failing(call: () => unknown): ApiFailure {
  try {
    call();
  } catch (error) {
    if (error instanceof ApiFailure) return error;
    throw error;
  }
  throw new Error('expected an ApiFailure');
}
