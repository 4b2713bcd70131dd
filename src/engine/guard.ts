/**
 * The only way in which steps write. Each write is in the step's list, is journalled before it is sent and after, is
 * fenced by the lease, and does not leave once the run was stopped.
 */
import { Aborted, Blocked, Conflict, MeshliftError, NotFound, Transient, explain } from '../errors.ts';
import type { KubeApi, KubeObject, ResourceType, WriteOptions } from '../kube/api.ts';
import type { WriteRecord } from '../journal/entry.ts';
import type { Journal } from '../journal/journal.ts';
import type { Lease } from '../journal/lease.ts';
import { canonicalJson } from '../journal/canonical.ts';
import type { Write } from '../steps/spec.ts';
import type { Control } from './control.ts';

/** What a guard works with. */
export interface GuardDeps {
  readonly api: KubeApi;
  readonly journal: Pick<Journal, 'append'>;
  readonly lease: Pick<Lease, 'isValid' | 'epoch'>;
  readonly control: Pick<Control, 'mustGoOn'>;
}

/** A step that writes. Ids of its writes come again when it is tried again: an answer belongs to the last write of its id. */
export interface Writer {
  readonly step: string;
  readonly writes: readonly Write[];
}

type Verb = WriteRecord['verb'];

interface Sending {
  readonly verb: Verb;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly precondition: string;
  readonly what: string;
}

/** Plural with group, as RBAC names it: 'pods', 'deployments.apps'. */
export function qualified({ plural, group }: ResourceType): string {
  return group === '' ? plural : `${plural}.${group}`;
}

/** A `KubeApi` for one step. Reads and dry runs pass as they are. */
export function guardedApi(deps: GuardDeps, writer: Writer): KubeApi {
  const { api } = deps;
  let count = 0;
  const send = <T>(sending: Sending, call: () => Promise<T>, versionOf: (done: T) => string): Promise<T> => {
    count += 1;
    return journalled(
      deps,
      { writer, id: `${deps.lease.epoch}/${writer.step}/${count}`, sending },
      { call, versionOf },
    );
  };
  const version = (object: KubeObject): string => object.metadata.resourceVersion ?? '';
  return {
    server: api.server,
    getRaw: (path, options) => api.getRaw(path, options),
    list: (resource, options) => api.list(resource, options),
    get: (ref, options) => api.get(ref, options),
    watch: (resource, options) => api.watch(resource, options),
    forwardedRequest: (to, path, options) => api.forwardedRequest(to, path, options),
    proxyGet: (to, path, options) => api.proxyGet(to, path, options),
    close: () => api.close(),
    create: async (resource, object, options = {}) => {
      if (isDry(options)) return api.create(resource, object, options);
      const { namespace = '', name } = object.metadata;
      const sending = {
        verb: 'create' as const,
        resource: qualified(resource),
        namespace,
        name,
        precondition: 'absent',
      };
      return send({ ...sending, what: brief(object) }, () => api.create(resource, object, options), version);
    },
    patch: async (ref, kind, patch, options = {}) => {
      if (isDry(options)) return api.patch(ref, kind, patch, options);
      const sending = { verb: 'patch' as const, resource: qualified(ref.resource), ...place(ref) };
      const precondition = preconditionOf(patch);
      return send(
        { ...sending, precondition, what: brief(patch) },
        () => api.patch(ref, kind, patch, options),
        version,
      );
    },
    delete: async (ref, options = {}) => {
      if (isDry(options)) return api.delete(ref, options);
      const sending = { verb: 'delete' as const, resource: qualified(ref.resource), ...place(ref), what: 'delete' };
      const precondition = options.uid === undefined ? '' : `uid ${options.uid}`;
      return send(
        { ...sending, precondition },
        () => api.delete(ref, options),
        () => '',
      );
    },
    evict: async (pod, options = {}) => {
      if (isDry(options)) return api.evict(pod, options);
      const sending = {
        verb: 'evict' as const,
        resource: 'pods',
        namespace: pod.namespace,
        name: pod.name,
        what: 'evict',
      };
      const precondition = pod.uid === undefined ? '' : `uid ${pod.uid}`;
      return send(
        { ...sending, precondition },
        () => api.evict(pod, options),
        () => '',
      );
    },
  };
}

const isDry = ({ dryRun }: WriteOptions): boolean => dryRun === true;

const place = (ref: { readonly namespace?: string; readonly name: string }) => ({
  namespace: ref.namespace ?? '',
  name: ref.name,
});

/** Runs something that writes by other means (the owner's tool) under the same rules. */
export function guardedTool<T>(
  deps: GuardDeps,
  writer: Writer,
  tool: Omit<WriteRecord, 'verb' | 'precondition'>,
  call: () => Promise<T>,
): Promise<T> {
  const id = `${deps.lease.epoch}/${writer.step}/tool`;
  const sending = { ...tool, verb: 'tool' as const, precondition: '' };
  return journalled(deps, { writer, id, sending }, { call, versionOf: () => '' });
}

async function journalled<T>(
  deps: GuardDeps,
  { writer, id, sending }: { writer: Writer; id: string; sending: Sending },
  { call, versionOf }: { call: () => Promise<T>; versionOf: (done: T) => string },
): Promise<T> {
  if (!isAllowed(writer.writes, sending)) throw notPlanned(writer, sending);
  mustBeOurs(deps);
  await deps.journal.append({ type: 'write', id, step: writer.step, write: sending });
  // The journal took its time: what was asked meanwhile counts.
  try {
    mustBeOurs(deps);
  } catch (error) {
    await deps.journal.append({ type: 'written', id, outcome: 'refused', detail: 'not sent: the run was stopped' });
    throw error;
  }
  try {
    const done = await call();
    await deps.journal.append({ type: 'written', id, outcome: 'ok', detail: versionOf(done) });
    return done;
  } catch (error) {
    if (!(error instanceof MeshliftError)) throw error;
    await deps.journal.append({ type: 'written', id, outcome: outcomeOf(error), detail: explain(error) });
    throw error;
  }
}

function mustBeOurs({ control, lease }: GuardDeps): void {
  control.mustGoOn();
  if (lease.isValid()) return;
  throw new Transient('The lease could not be renewed in time: no write before it is.', {
    object: 'Lease meshlift',
    remedy: 'It is tried again until another process takes it over.',
  });
}

/** A refusal changed nothing; of a time-out, a reset or a 5xx nobody knows. */
function outcomeOf(error: MeshliftError): 'refused' | 'unknown' {
  if (error instanceof Conflict || error instanceof NotFound || error instanceof Blocked) return 'refused';
  return error instanceof Transient || error instanceof Aborted ? 'unknown' : 'refused';
}

function isAllowed(writes: readonly Write[], sending: Sending): boolean {
  return writes.some(
    ({ verb, resource, namespace, name }) =>
      verb === sending.verb &&
      resource === sending.resource &&
      namespace === sending.namespace &&
      (name === sending.name || (name.endsWith('*') && sending.name.startsWith(name.slice(0, -1)))),
  );
}

function notPlanned({ step }: Writer, { verb, resource, namespace, name }: Sending): Blocked {
  const object = `${resource} ${namespace === '' ? name : `${namespace}/${name}`}`;
  return new Blocked(`Step ${step} wanted to ${verb} ${object}, which the plan does not list: refused.`, {
    object,
    remedy: 'This is a fault of meshlift: please report it with the journal.',
  });
}

function preconditionOf(patch: unknown): string {
  const version = (patch as { metadata?: { resourceVersion?: unknown } } | null)?.metadata?.resourceVersion;
  if (typeof version === 'string') return `resourceVersion ${version}`;
  const tests = Array.isArray(patch) ? patch.filter((one: { op?: unknown }) => one.op === 'test') : [];
  return tests.length === 0 ? '' : canonicalJson(tests).slice(0, 200);
}

/** Enough to know what was sent. Certificates and the like are long: they are cut. */
function brief(body: unknown): string {
  const text = canonicalJson(body);
  return text.length <= 400 ? text : `${text.slice(0, 397)}...`;
}
