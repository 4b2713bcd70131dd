/** What a story leaves behind, without what differs from run to run: names of pods, times, versions of objects. */
import { createHash } from 'node:crypto';
import type { KubeObject } from '../../src/kube/api.ts';
import { canonicalJson } from '../../src/journal/canonical.ts';
import { at, objectAt, objectsAt, textAt } from '../../sandbox/store/json.ts';
import { resources } from '../../sandbox/store/resources.ts';
import type { Store } from '../../sandbox/store/store.ts';
import { isUp, proxyOf, type Mirror } from './oracle/mirror.ts';

/** Text by object. */
export type EndState = Readonly<Record<string, string>>;

const times = /restartedAt|meshlift\.dev\/renewed|deployment\.kubernetes\.io\/revision|hand-over-before/;

/** Everything that an upgrade may change, by object. */
export function endState(store: Store, mirror: Mirror): EndState {
  const found: Record<string, string> = {};
  const put = (kind: string, object: KubeObject, value: unknown): void => {
    found[`${kind} ${object.metadata.namespace ?? ''}/${object.metadata.name}`] = canonicalJson(value);
  };
  for (const one of store.all(resources.namespaces)) put('Namespace', one, one.metadata.labels);
  for (const kind of [resources.mutatingWebhooks, resources.validatingWebhooks])
    for (const one of store.all(kind)) put(kind.kind, one, hooks(one));
  for (const one of store.all(resources.services)) {
    const { labels = {}, namespace } = one.metadata;
    if (namespace === 'istio-system' || labels['istio.io/rev'] !== undefined) {
      put('Service', one, [labels, at(one, 'spec', 'selector')]);
    }
  }
  for (const kind of [resources.deployments, resources.statefulSets, resources.daemonSets])
    for (const one of store.all(kind)) put(kind.kind, one, workload(one));
  for (const plural of ['gateways']) {
    for (const one of store.all({ group: 'gateway.networking.k8s.io', plural }))
      put('Gateway', one, one.metadata.labels);
  }
  return { ...found, ...pods(mirror) };
}

/** Objects that differ, at most five, with both texts. */
export function differences(wanted: EndState, got: EndState): readonly string[] {
  const keys = [...new Set([...Object.keys(wanted), ...Object.keys(got)])].sort();
  const different = keys.filter((key) => wanted[key] !== got[key]);
  return different.slice(0, 5).map((key) => `${key} is ${got[key] ?? 'absent'} and not ${wanted[key] ?? 'absent'}`);
}

/** SHA-256, 12 hex digits. */
export function shortHash(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 12);
}

function hooks(object: KubeObject): unknown {
  const webhooks = objectsAt(object, 'webhooks').map((hook) => ({
    ...hook,
    clientConfig: { ...objectAt(hook, 'clientConfig'), caBundle: shortHash(textAt(hook, 'clientConfig', 'caBundle')) },
  }));
  return { labels: object.metadata.labels, webhooks };
}

function workload(object: KubeObject): unknown {
  const timeless = (annotations: unknown) =>
    Object.fromEntries(Object.entries({ ...(annotations as object) }).filter(([key]) => !times.test(key)));
  const spec = objectAt(object, 'spec');
  const template = objectAt(spec, 'template');
  const annotations = timeless(at(template, 'metadata', 'annotations'));
  return {
    labels: object.metadata.labels,
    annotations: timeless(object.metadata.annotations),
    spec: { ...spec, template: { ...template, metadata: { labels: at(template, 'metadata', 'labels'), annotations } } },
  };
}

/** Pods by workload: how many are up, with which proxies, and whether one is still being handed over. */
function pods(mirror: Mirror): EndState {
  const found = new Map<string, string[]>();
  for (const { workload: owner, object } of mirror.pods.values()) {
    // When those that end are gone is a matter of time.
    if (object.metadata.deletionTimestamp !== undefined) continue;
    const proxy = proxyOf(object);
    const parts = [isUp(object) ? 'up' : 'down', proxy?.revision ?? '-', proxy?.version ?? '-'];
    if (object.metadata.labels?.['meshlift.dev/hand-over'] !== undefined) parts.push('handed over');
    if (owner !== '') found.set(owner, [...(found.get(owner) ?? []), parts.join(' ')]);
  }
  return Object.fromEntries([...found].map(([owner, all]) => [`pods of ${owner}`, all.sort().join(', ')]));
}
