/** I11, I12 and G1: webhooks reach a ready istiod of their revision, one injector a template, configuration is judged. */
import type { KubeObject } from '../../../src/kube/api.ts';
import { compileLabelSelector } from '../../../sandbox/store/selectors.ts';
import { at, objectAt, objectsAt, textAt, type JsonObject } from '../../../sandbox/store/json.ts';
import { resources } from '../../../sandbox/store/resources.ts';
import type { Store } from '../../../sandbox/store/store.ts';
import { labelsOf } from './mirror.ts';

const injector = 'sidecar-injector.istio.io';
const revisionKey = 'istio.io/rev';

/** Names of Istio's webhook configurations that do not reach a ready istiod of the revision that they are labelled with. */
export function deadHooks(store: Store): readonly string[] {
  const ready = endpoints(store);
  return [...store.all(resources.mutatingWebhooks), ...store.all(resources.validatingWebhooks)]
    .filter((config) => isIstios(config) && !isOff(config))
    .filter((config) => {
      const wanted = labelsOf(config)[revisionKey] ?? 'default';
      return !servicesOf(config).every((service) => ready.get(service)?.has(wanted) === true);
    })
    .map(({ metadata }) => metadata.name);
}

/** Injectors that match the pods of each workload, by workload. */
export function injectorsByWorkload(store: Store): ReadonlyMap<string, number> {
  const hooks = [...store.all(resources.mutatingWebhooks)].flatMap((config) => compiledHooks(config));
  const namespaces = new Map([...store.all(resources.namespaces)].map((one) => [one.metadata.name, labelsOf(one)]));
  const found = new Map<string, number>();
  for (const owner of templated(store)) {
    const { namespace = '', name } = owner.metadata;
    const labels = objectAt(owner, 'spec', 'template', 'metadata', 'labels') ?? {};
    const around = { 'kubernetes.io/metadata.name': namespace, ...namespaces.get(namespace) };
    const matching = hooks.filter((hook) => hook.namespaces(around) && hook.objects(labels)).length;
    found.set(`${owner.kind ?? ''} ${namespace}/${name}`, matching);
  }
  return found;
}

/** What is wrong with the validation of configuration without revision; null: a valid one passes, an invalid one does not. */
export function validation(store: Store): string | null {
  const good = judged(store, 'good', { http: [{ route: [{ destination: { host: 'a.invalid' } }] }] });
  if (good !== null) return `a valid VirtualService is refused: ${good}`;
  const bad = judged(store, 'bad', {});
  if (bad === null) return 'an invalid VirtualService is taken';
  return bad.includes('denied the request') ? null : `nobody judges an invalid VirtualService: ${bad}`;
}

function judged(store: Store, name: string, spec: JsonObject): string | null {
  const resource = {
    ...{ group: 'networking.istio.io', version: 'v1', plural: 'virtualservices', kind: 'VirtualService' },
    namespaced: true,
  };
  const object: KubeObject = {
    ...{ apiVersion: 'networking.istio.io/v1', kind: 'VirtualService' },
    metadata: { name: `oracle-${name}`, namespace: 'default' },
    spec: { hosts: ['a.invalid'], ...spec },
  };
  try {
    store.create(resource, object, { dryRun: true });
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function isIstios(config: KubeObject): boolean {
  return objectsAt(config, 'webhooks').some((hook) => /istio\.io$/.test(textAt(hook, 'name') ?? ''));
}

/** Istio turns the injector without revision off by selectors that match nothing, when tag `default` takes over. */
function isOff(config: KubeObject): boolean {
  const selectors = objectsAt(config, 'webhooks').map((hook) => JSON.stringify(at(hook, 'namespaceSelector') ?? {}));
  return selectors.length > 0 && selectors.every((text) => text.includes('istio.io/deactivated'));
}

function servicesOf(config: KubeObject): readonly string[] {
  return objectsAt(config, 'webhooks').map((hook) => {
    const service = objectAt(hook, 'clientConfig', 'service');
    return `${textAt(service, 'namespace') ?? ''}/${textAt(service, 'name') ?? ''}`;
  });
}

/** Revisions of the ready istiods behind each Service, by 'namespace/name'. */
function endpoints(store: Store): ReadonlyMap<string, ReadonlySet<string>> {
  const pods = new Map<string, string>();
  for (const pod of store.all(resources.pods)) {
    const labels = labelsOf(pod);
    if (labels['app'] === 'istiod') pods.set(pod.metadata.uid ?? '', labels[revisionKey] ?? 'default');
  }
  const found = new Map<string, Set<string>>();
  for (const slice of store.all(resources.endpointSlices)) {
    const key = `${slice.metadata.namespace ?? ''}/${labelsOf(slice)['kubernetes.io/service-name'] ?? ''}`;
    const revisions = found.get(key) ?? new Set();
    for (const endpoint of objectsAt(slice, 'endpoints')) {
      const revision = pods.get(textAt(endpoint, 'targetRef', 'uid') ?? '');
      if (revision !== undefined && at(endpoint, 'conditions', 'ready') === true) revisions.add(revision);
    }
    found.set(key, revisions);
  }
  return found;
}

function compiledHooks(config: KubeObject) {
  return objectsAt(config, 'webhooks')
    .filter((hook) => (textAt(hook, 'name') ?? '').endsWith(injector))
    .map((hook) => ({
      namespaces: compileLabelSelector(at(hook, 'namespaceSelector') ?? {}),
      objects: compileLabelSelector(at(hook, 'objectSelector') ?? {}),
    }));
}

function* templated(store: Store): Generator<KubeObject> {
  for (const kind of [resources.deployments, resources.statefulSets, resources.daemonSets]) yield* store.all(kind);
}
