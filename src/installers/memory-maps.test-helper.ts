/** A KubeApi that only lists what it was given. */
import { NotFound } from '../errors.ts';
import type { KubeApi, KubeObject, ListOptions, ResourceType } from '../kube/api.ts';

/** Lists these objects whatever is asked for; every other call fails. */
export function memoryApi(objects: readonly KubeObject[]): KubeApi {
  const refuse = (): never => {
    throw new NotFound('this API only lists');
  };
  async function* list<T>(_resource: ResourceType, { project }: ListOptions<T>) {
    yield await Promise.resolve({ items: objects.map(project), resourceVersion: '1', remaining: undefined });
  }
  return {
    server: 'memory',
    list,
    getRaw: refuse,
    get: refuse,
    create: refuse,
    patch: refuse,
    delete: refuse,
    evict: refuse,
    watch: refuse,
    forwardedRequest: refuse,
    proxyGet: refuse,
    close: () => Promise.resolve(),
  };
}
