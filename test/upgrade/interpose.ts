/** A KubeApi with something between the caller and the cluster. */
import type { KubeApi, KubeObject, ObjectRef, ResourceType } from '../../src/kube/api.ts';

/** One call as it is made. */
export interface ApiCall {
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'patch' | 'delete' | 'evict' | 'port';
  /** 'pods', 'deployments.apps'; the path of a raw get, or the port of a pod. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  /** It changes something: a create, patch, delete or evict that is no dry run. */
  readonly writes: boolean;
  /** Patch or object. */
  readonly body?: unknown;
}

/** Does a call, does it not, or answers something else. `go` sends it. */
export type Interposer = <T>(call: ApiCall, go: () => Promise<T>) => Promise<T>;

/** Plural and group, as RBAC names a kind. */
export function qualified({ plural, group }: ResourceType): string {
  return group === '' ? plural : `${plural}.${group}`;
}

/** `api` with `around` before every call; a list or watch counts as one call, made when it is begun. */
export function interposed(api: KubeApi, around: Interposer): KubeApi {
  const read = { namespace: '', name: '', writes: false };
  const on = (ref: ObjectRef) => ({
    resource: qualified(ref.resource),
    namespace: ref.namespace ?? '',
    name: ref.name,
  });
  return {
    server: api.server,
    getRaw: (path, options) => around({ ...read, verb: 'get', resource: path }, () => api.getRaw(path, options)),
    list: (resource, options) => {
      const call = {
        ...read,
        verb: 'list',
        resource: qualified(resource),
        namespace: options.namespace ?? '',
      } as const;
      return begun(around, call, () => api.list(resource, options));
    },
    get: (ref, options) => around({ verb: 'get', ...on(ref), writes: false }, () => api.get(ref, options)),
    create: (resource, object: KubeObject, options = {}) => {
      const { namespace = '', name } = object.metadata;
      const what = { verb: 'create', resource: qualified(resource), namespace, name, body: object } as const;
      return around({ ...what, writes: options.dryRun !== true }, () => api.create(resource, object, options));
    },
    patch: (ref, kind, patch, options = {}) => {
      const call = { verb: 'patch', ...on(ref), writes: options.dryRun !== true, body: patch } as const;
      return around(call, () => api.patch(ref, kind, patch, options));
    },
    delete: (ref, options = {}) =>
      around({ verb: 'delete', ...on(ref), writes: options.dryRun !== true }, () => api.delete(ref, options)),
    evict: (pod, options = {}) => {
      const call = { verb: 'evict', resource: 'pods', namespace: pod.namespace, name: pod.name } as const;
      return around({ ...call, writes: options.dryRun !== true }, () => api.evict(pod, options));
    },
    watch: (resource, options) =>
      begun(around, { ...read, verb: 'watch', resource: qualified(resource) }, () => api.watch(resource, options)),
    forwardedRequest: (to, path, options) => {
      const call = { verb: 'port', resource: `${to.port}${path}`, namespace: to.namespace, name: to.pod } as const;
      return around({ ...call, writes: false }, () => api.forwardedRequest(to, path, options));
    },
    proxyGet: (to, path, options) => {
      const call = { verb: 'port', resource: `${to.port}${path}`, namespace: to.namespace, name: to.name } as const;
      return around({ ...call, writes: false }, () => api.proxyGet(to, path, options));
    },
    close: () => api.close(),
  };
}

async function* begun<T>(around: Interposer, call: ApiCall, begin: () => AsyncIterable<T>): AsyncGenerator<T> {
  yield* await around(call, () => Promise.resolve(begin()));
}
