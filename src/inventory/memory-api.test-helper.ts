/** An in-process cluster for the tests of this room: objects in an array, failures and answers by name. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { Aborted, MeshliftError, NotFound } from '../errors.ts';
import type { KubeApi, KubeObject, ListPage, PortAnswer, ResourceType } from '../kube/api.ts';
import { resources } from '../kube/resources.ts';

/** What the cluster does. */
export interface MemoryCluster {
  readonly objects: readonly KubeObject[];
  /** Errors by plural, thrown one after the other; `after` pages first. */
  readonly failures?: Readonly<Record<string, { after?: number; errors: MeshliftError[] }>>;
  /** Answer to GET /apis; default: aggregated discovery of all kinds that meshlift reads. */
  readonly apis?: string | MeshliftError;
  readonly version?: string | MeshliftError;
  readonly istiod?: (pod: string, path: string) => Promise<PortAnswer>;
  readonly proxied?: (pod: string, path: string) => Promise<PortAnswer>;
  readonly pageSize?: number;
  readonly requests?: string[];
}

/** The objects of a recorded moment. */
export function recordedObjects(moment: string): KubeObject[] {
  const url = new URL(`../../test/fixtures/recorded/${moment}.json.gz`, import.meta.url);
  const list = JSON.parse(gunzipSync(readFileSync(url)).toString()) as { items: KubeObject[] };
  return list.items;
}

function aggregated(): string {
  const groups = new Map<string, ResourceType[]>();
  for (const resource of Object.values(resources)) {
    if (resource.group !== '') groups.set(resource.group, [...(groups.get(resource.group) ?? []), resource]);
  }
  const items = [...groups].map(([name, all]) => ({
    metadata: { name },
    versions: [{ version: all[0]?.version, resources: all.map((one) => ({ resource: one.plural })) }],
  }));
  return JSON.stringify({ kind: 'APIGroupDiscoveryList', items });
}

function matches(object: KubeObject, selector: string | undefined): boolean {
  if (selector === undefined) return true;
  const labels = object.metadata.labels ?? {};
  const within = /^(\S+) in \((.*)\)$/.exec(selector);
  if (within !== null) return (within[2] ?? '').split(',').includes(labels[within[1] ?? ''] ?? '');
  const [key = '', value] = selector.split('=');
  return value === undefined ? key in labels : labels[key] === value;
}

function isOf(object: KubeObject, resource: ResourceType): boolean {
  const group = object.apiVersion?.includes('/') ? object.apiVersion.split('/')[0] : '';
  return object.kind === resource.kind && group === resource.group;
}

function orThrow<T>(value: T | MeshliftError): Promise<T> {
  return value instanceof MeshliftError ? Promise.reject(value) : Promise.resolve(value);
}

/** A KubeApi over it; what the tests don't use rejects. */
export function memoryApi(cluster: MemoryCluster): KubeApi {
  const refuse = (): never => {
    throw new NotFound('not in this test');
  };
  const log = (request: string): void => void cluster.requests?.push(request);
  async function* list<T>(
    resource: ResourceType,
    options: Parameters<KubeApi['list']>[1],
  ): AsyncGenerator<ListPage<T>> {
    const found = cluster.objects.filter((one) => isOf(one, resource) && matches(one, options.labelSelector));
    const failure = cluster.failures?.[resource.plural];
    const size = cluster.pageSize ?? 500;
    for (let from = 0, page = 0; from === 0 || from < found.length; from += size, page += 1) {
      log(`LIST ${resource.plural} ${options.labelSelector ?? ''}`);
      await Promise.resolve();
      if (options.signal?.aborted) throw new Aborted('stopped');
      const error = page >= (failure?.after ?? 0) ? failure?.errors.shift() : undefined;
      if (error !== undefined) throw error;
      // As a server does: entries without kind.
      const items = found
        .slice(from, from + size)
        .map(({ kind: _kind, apiVersion: _version, ...rest }) => options.project(structuredClone(rest)) as T);
      yield { items, resourceVersion: '1', remaining: undefined };
    }
  }
  return {
    server: 'memory',
    getRaw: (path) => {
      log(`GET ${path}`);
      return orThrow(
        path === '/version' ? (cluster.version ?? '{"gitVersion": "v1.34.4"}') : (cluster.apis ?? aggregated()),
      );
    },
    list: (resource, options) => list(resource, options as Parameters<KubeApi['list']>[1]),
    get: (ref) => {
      log(`GET ${ref.resource.plural} ${ref.namespace ?? ''}/${ref.name}`);
      const found = cluster.objects.find(
        (one) => isOf(one, ref.resource) && one.metadata.name === ref.name && one.metadata.namespace === ref.namespace,
      );
      return orThrow(found ?? new NotFound(`${ref.name} not found`, { status: 404 }));
    },
    forwardedRequest: async (to, path, options) => {
      const answer = await (cluster.istiod ?? refuse)(to.pod, path);
      if (options?.onBody === undefined || answer.status !== 200) return answer;
      options.onBody(Buffer.from(answer.body));
      return { status: answer.status, body: '' };
    },
    proxyGet: (to, path) => (cluster.proxied ?? refuse)(to.name, path),
    create: refuse,
    patch: refuse,
    delete: refuse,
    evict: refuse,
    watch: refuse,
    close: () => Promise.resolve(),
  };
}
