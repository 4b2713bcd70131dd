import { Blocked, MeshliftError } from '../../src/errors.ts';
import type {
  CallOptions,
  ForwardOptions,
  KubeApi,
  KubeObject,
  ListOptions,
  ListPage,
  ObjectRef,
  PodPort,
  PortAnswer,
  ResourceType,
  WriteOptions,
} from '../../src/kube/api.ts';
import { abortedError } from '../../src/kube/deadline.ts';
import { apiVersionOf, describeCollection, describeObject, objectPath, resourceName } from '../../src/kube/paths.ts';
import { type Attempt, connectionError } from '../../src/kube/status-error.ts';
import { ApiFailure, badRequest, unknownResource } from '../store/failure.ts';
import { textAt, thawed } from '../store/json.ts';
import { resources } from '../store/resources.ts';
import type { Store } from '../store/store.ts';
import type { StoreWriteOptions, Subresource } from '../store/types.ts';
import { rawDocument } from './discovery.ts';
import { clientError } from './failures.ts';
import { selectionOf, watchStore } from './in-process-watch.ts';
import { podBehindService, type PortCaller, type PortReply, type PortRequest } from './ports.ts';

/** A cluster to talk to without a network. */
export interface InProcessCluster {
  readonly store: Store;
  /** Default: every port refuses. */
  readonly ports?: PortCaller;
  /** Version that /version tells. Default 'v1.34.4'. */
  readonly gitVersion?: string;
}

/** Owner of the fields that meshlift writes, as the HTTP client names itself. */
const fieldManager = 'meshlift';
const pageSize = 500;

/**
 * The `KubeApi` of an embedded cluster. Failures become the errors that the HTTP client would throw. Nothing takes time:
 * `deadlineMs` has no effect, and returned objects are frozen.
 */
export function inProcessApi(cluster: InProcessCluster): KubeApi {
  const { store } = cluster;
  return {
    server: 'sandbox',
    getRaw: async (path, options = {}) =>
      answer(attemptAt('get', path, path), options, () => {
        const facts = { kinds: store.kinds(), gitVersion: cluster.gitVersion ?? 'v1.34.4' };
        const document = rawDocument(facts, path, options.accept);
        if (!document) throw unknownResource();
        return document.body;
      }),
    list: (resource, options) => listPages(store, resource, options),
    get: async (ref, options = {}) => answer(attemptOn('get', ref), options, () => store.get(ref)),
    ...writes(store),
    watch: (resource, options) => watchStore(store, resource, options),
    forwardedRequest: async (to, path, options = {}) => forwardedRequest(cluster, to, path, options),
    proxyGet: async (to, path, options = {}) => proxyGet(cluster, to, path, options),
    close: () => Promise.resolve(),
  };
}

type Writes = Pick<KubeApi, 'create' | 'patch' | 'delete' | 'evict'>;

function writes(store: Store): Writes {
  return {
    create: async (resource, object, options = {}) => {
      const { name, namespace } = object.metadata;
      const ref = { resource, name, ...(namespace !== undefined && { namespace }) };
      const body: KubeObject = { ...object, apiVersion: apiVersionOf(resource), kind: resource.kind };
      return answer(attemptOn('create', ref), options, () => store.create(resource, body, writeOptions(options)));
    },
    patch: async (ref, kind, patch, options = {}) =>
      answer(attemptOn('patch', ref, options.subresource), options, () =>
        store.patch(ref, kind, thawed(patch), { ...writeOptions(options), ...subresourceOf(options.subresource) }),
      ),
    delete: async (ref, options = {}) => {
      const { uid, resourceVersion, dryRun } = options;
      answer(attemptOn('delete', ref), options, () =>
        store.delete(ref, {
          ...(uid !== undefined && { uid }),
          ...(resourceVersion !== undefined && { resourceVersion }),
          ...(dryRun !== undefined && { dryRun }),
        }),
      );
    },
    evict: async (pod, options = {}) => evict(store, pod, options),
  };
}

async function evict(store: Store, pod: Parameters<KubeApi['evict']>[0], options: WriteOptions): Promise<void> {
  const ref: ObjectRef = { resource: resources.pods, namespace: pod.namespace, name: pod.name };
  const attempt = { ...attemptOn('create', ref, 'eviction'), verb: 'evict' };
  try {
    answer(attempt, options, () =>
      store.evict(ref, { ...(pod.uid !== undefined && { uid: pod.uid }), dryRun: options.dryRun === true }),
    );
  } catch (error) {
    if (!(error instanceof MeshliftError) || !error.message.includes('more than one PodDisruptionBudget')) throw error;
    const remedy = 'Leave only one PodDisruptionBudget that selects the pod.';
    throw new Blocked(error.message, { cause: error, remedy, object: attempt.object, status: 500 });
  }
}

const subresources: readonly string[] = ['status', 'scale', 'eviction', 'binding', 'finalize'] satisfies Subresource[];

function subresourceOf(name: string | undefined): Pick<StoreWriteOptions, 'subresource'> {
  if (name === undefined) return {};
  if (!subresources.includes(name)) throw unknownResource();
  return { subresource: name as Subresource };
}

function writeOptions(options: WriteOptions): StoreWriteOptions {
  return {
    fieldManager,
    ...(options.dryRun !== undefined && { dryRun: options.dryRun }),
    ...(options.force !== undefined && { force: options.force }),
  };
}

async function* listPages<T>(
  store: Store,
  resource: ResourceType,
  options: ListOptions<T>,
): AsyncGenerator<ListPage<T>, void, undefined> {
  const object = describeCollection(resource, options.namespace);
  const attempt: Attempt = { verb: 'list', object, right: `list ${resourceName(resource)}`, server: 'sandbox' };
  let token: string | undefined;
  do {
    const from = { limit: options.pageSize ?? pageSize, ...(token !== undefined && { continue: token }) };
    const list = answer(attempt, options, () => store.list(resource, { ...selectionOf(options), ...from }));
    token = list.continue;
    const items = list.items.map((item) => options.project(options.metadataOnly ? metadataOf(item) : item));
    yield await Promise.resolve({ items, resourceVersion: list.resourceVersion, remaining: list.remaining });
  } while (token !== undefined);
}

function metadataOf({ apiVersion, kind, metadata }: KubeObject): KubeObject {
  return { ...(apiVersion !== undefined && { apiVersion }), ...(kind !== undefined && { kind }), metadata };
}

async function forwardedRequest(
  cluster: InProcessCluster,
  to: PodPort,
  path: string,
  options: ForwardOptions,
): Promise<PortAnswer> {
  const attempt = attemptAt(
    'port-forward to',
    `Pod ${to.namespace}/${to.pod} port ${to.port}`,
    'create pods/portforward',
  );
  answer(attempt, options, () => {
    const pod = cluster.store.get({ resource: resources.pods, namespace: to.namespace, name: to.pod });
    const phase = textAt(pod, 'status', 'phase') ?? 'Unknown';
    if (phase === 'Running') return;
    throw badRequest(`unable to forward port because pod is not running. Current status=${phase}`);
  });
  const reply = await callPort(
    cluster,
    { to, path, method: options.method ?? 'GET', via: 'port-forward' },
    options,
    attempt,
  );
  if (reply.kind === 'refused') throw connectionError(new Error(reply.error), attempt, false);
  if (options.onBody === undefined || reply.status !== 200) return { status: reply.status, body: reply.body };
  options.onBody(Buffer.from(reply.body));
  return { status: reply.status, body: '' };
}

async function proxyGet(
  cluster: InProcessCluster,
  to: Parameters<KubeApi['proxyGet']>[0],
  path: string,
  options: CallOptions,
): Promise<PortAnswer> {
  const { namespace, name, port } = to;
  const attempt = attemptAt('get', `${to.kind}/proxy ${namespace}/${name} port ${port}`, `get ${to.kind}/proxy`);
  const target = answer(attempt, options, () => {
    if (to.kind === 'services') return podBehindService(cluster.store, namespace, name, port);
    cluster.store.get({ resource: resources.pods, namespace, name });
    return { namespace, pod: name, port };
  });
  const reply = await callPort(cluster, { to: target, path, method: 'GET', via: 'proxy' }, options, attempt);
  if (reply.kind === 'answered') return { status: reply.status, body: reply.body };
  const why = `error trying to reach service: ${reply.error}`;
  throw clientError(new ApiFailure(503, 'ServiceUnavailable', why), attempt);
}

async function callPort(
  cluster: InProcessCluster,
  request: PortRequest,
  options: CallOptions,
  attempt: Attempt,
): Promise<PortReply> {
  const refused: PortReply = { kind: 'refused', error: 'connect: connection refused' };
  const reply = await (cluster.ports?.call(request) ?? refused);
  if (options.signal?.aborted) throw abortedError(`${attempt.verb} ${attempt.object}`, options.signal);
  return reply;
}

/** Runs one call of the store as the HTTP client would have run it. */
function answer<T>(attempt: Attempt, options: CallOptions, call: () => T): T {
  if (options.signal?.aborted) throw abortedError(`${attempt.verb} ${attempt.object}`, options.signal);
  try {
    return call();
  } catch (failure) {
    throw clientError(failure, attempt);
  }
}

/** Also refuses references without a name or namespace, as the HTTP client does before it sends anything. */
function attemptOn(verb: string, ref: ObjectRef, subresource?: string): Attempt {
  if (verb !== 'create' || subresource !== undefined) objectPath(ref, subresource);
  const right = `${verb} ${resourceName(ref.resource)}${subresource ? `/${subresource}` : ''}`;
  return attemptAt(verb, describeObject(ref), right);
}

function attemptAt(verb: string, object: string, right: string): Attempt {
  return { verb, object, right, server: 'sandbox' };
}
