/** The cluster's own limits, custom resource definitions, and installers' objects. */
import type { KubeObject } from '../kube/api.ts';
import type { CrdFact, InstallerFact, LimitRangeFact, QuotaFact, RemoteSecretFact } from '../mesh/facts.ts';
import { isRecord, list, record, records, text, texts } from './json.ts';
import { managers } from './managers.ts';
import { condition, meta, spec, status, type Projection } from './project-meta.ts';

/** A ResourceQuota. */
export function quota(object: KubeObject, projection: Projection): QuotaFact {
  const wanted = spec(object);
  const hard = status(object)['hard'] ?? wanted['hard'];
  return {
    meta: meta(object, projection),
    hard: quantities(hard),
    used: quantities(status(object)['used']),
    scoped: list(wanted['scopes']).length > 0 || isRecord(wanted['scopeSelector']),
  };
}

function quantities(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(record(value)).map(([key, entry]) => [key, text(entry)]));
}

/** A LimitRange. */
export function limitRange(object: KubeObject, projection: Projection): LimitRangeFact {
  return {
    meta: meta(object, projection),
    limits: records(spec(object)['limits']).map((limit) => ({
      type: text(limit['type']),
      max: quantities(limit['max']),
      min: quantities(limit['min']),
      defaultRequest: quantities(limit['defaultRequest']),
    })),
  };
}

/** A Secret with the access to a remote cluster; only its metadata is asked for. */
export function remoteSecret(object: KubeObject, projection: Projection): RemoteSecretFact {
  return { meta: meta(object, projection) };
}

const followed = /\.(istio\.io|gateway\.networking\.k8s\.io|inference\.networking\.k8s\.io|sailoperator\.io)$/;

/** A CustomResourceDefinition; of those that belong neither to Istio nor to the Gateway API only metadata. */
export function crd(object: KubeObject, projection: Projection): CrdFact {
  const fact = meta(object, projection);
  const known = followed.test(fact.name);
  const state = status(object);
  return {
    meta: fact,
    versions: known ? records(spec(object)['versions']).map(version) : [],
    storedVersions: known ? texts(state['storedVersions']) : [],
    established: isRecord(object['status']) ? condition(state, 'Established') === 'True' : null,
    terminating: condition(state, 'Terminating') === 'True',
    managers: known ? managers(object, projection.intern) : [],
  };
}

function version(value: Readonly<Record<string, unknown>>): CrdFact['versions'][number] {
  return { name: text(value['name']), served: value['served'] === true, storage: value['storage'] === true };
}

/** An object of an installer's own API. */
export function installer(object: KubeObject, projection: Projection): InstallerFact {
  const wanted = spec(object);
  const state = status(object);
  const update = record(wanted['updateStrategy']);
  const grace = update['inactiveRevisionDeletionGracePeriodSeconds'];
  const inUse = condition(state, 'InUse');
  return {
    kind: projection.kind,
    meta: meta(object, projection),
    revision: text(wanted['revision']) || text(record(wanted['targetRef'])['name']),
    version: text(wanted['version']),
    state: text(state['state']) || text(state['status']),
    strategy: text(update['type']),
    graceSeconds: typeof grace === 'number' ? grace : null,
    updateWorkloads: update['updateWorkloads'] === true,
    inUse: inUse === 'True' ? true : inUse === 'False' ? false : null,
    finalizers: list(object.metadata['finalizers']).length > 0,
  };
}
