/** Pods and pod templates: which proxy is in them, and what admission would look at. */
import type { KubeObject } from '../kube/api.ts';
import type { PodFact, ProxyContainerFact, TemplateFact } from '../mesh/facts.ts';
import { isKnownAnnotation } from './annotations.ts';
import type { Interner } from './interner.ts';
import { istioEnv, neededKeys } from './istio-env.ts';
import { count, isRecord, record, records, text, texts, type Json } from './json.ts';
import { fitness, requests } from './project-fitness.ts';
import { condition, meta, spec, status, type Projection } from './project-meta.ts';
import { proxyConfigKey, proxyConfigOf } from './proxy-config.ts';

/** Roles that follow the word `proxy` in the arguments of pilot-agent and ztunnel. */
export const proxyRoles: ReadonlySet<string> = new Set(['sidecar', 'router', 'waypoint', 'ztunnel']);

/** A pod. */
export function pod(object: KubeObject, projection: Projection): PodFact {
  const { intern } = projection;
  const podSpec = spec(object);
  return {
    meta: meta(object, projection),
    uid: text(object.metadata.uid),
    node: intern.text(text(podSpec['nodeName'])),
    phase: intern.text(text(status(object)['phase'])),
    ready: condition(status(object), 'Ready') === 'True',
    deleting: text(record(object.metadata)['deletionTimestamp']) !== '',
    hostNetwork: podSpec['hostNetwork'] === true,
    proxy: proxyContainer(podSpec, intern),
    discoveryImage: intern.text(discoveryImage(podSpec)),
    cniImage: intern.text(cniImage(podSpec)),
    waiting: intern.text(waiting(status(object))),
    restarts: statuses(status(object)).reduce((sum, one) => sum + count(one['restartCount']), 0),
    requests: requests(podSpec, intern),
  };
}

function statuses(state: Json): readonly Json[] {
  return [...records(state['initContainerStatuses']), ...records(state['containerStatuses'])];
}

function waiting(state: Json): string {
  if (condition(state, 'PodScheduled') === 'False') return 'Unschedulable';
  const reasons = statuses(state).map((one) => text(record(record(one['state'])['waiting'])['reason']));
  return reasons.find((reason) => reason !== '') ?? '';
}

/** A pod template (`spec.template`); an absent one gives empty fields. */
export function template(value: unknown, intern: Interner): TemplateFact {
  const metadata = record(record(value)['metadata']);
  const podSpec = record(record(value)['spec']);
  const containers = [...records(podSpec['initContainers']), ...records(podSpec['containers'])];
  return {
    labels: intern.map(metadata['labels']),
    annotations: intern.map(metadata['annotations'], isKnownAnnotation),
    hostNetwork: podSpec['hostNetwork'] === true,
    proxy: proxyContainer(podSpec, intern),
    images: intern.map(Object.fromEntries(containers.map((entry) => [text(entry['name']), text(entry['image'])]))),
    gracePeriodSeconds: count(podSpec['terminationGracePeriodSeconds'], 30),
    fitness: fitness(podSpec),
    requests: requests(podSpec, intern),
    env: istioEnv(podSpec),
    proxyConfig: proxyConfigOf(text(record(metadata['annotations'])[proxyConfigKey])),
    configKeys: neededKeys(podSpec),
  };
}

/** Image of istiod's container `discovery` in a pod spec; '' when this is no istiod. Other software uses that name too. */
export function discoveryImage(podSpec: Json): string {
  const container = records(podSpec['containers']).find((entry) => entry['name'] === 'discovery');
  if (container === undefined) return '';
  const image = text(container['image']);
  return image.includes('pilot') || texts(container['args']).includes('discovery') ? image : '';
}

function cniImage(podSpec: Json): string {
  return text(records(podSpec['containers']).find((entry) => entry['name'] === 'install-cni')?.['image']);
}

/** Value of an env variable that is written out; '' when unset or taken from elsewhere. */
export function envValue(container: Json, name: string): string {
  return text(records(container['env']).find((entry) => entry['name'] === name)?.['value']);
}

function proxyContainer(podSpec: Json, intern: Interner): ProxyContainerFact | null {
  const classic = records(podSpec['containers']).find((entry) => entry['name'] === 'istio-proxy');
  const native = records(podSpec['initContainers']).find(
    (entry) => entry['name'] === 'istio-proxy' && entry['restartPolicy'] === 'Always',
  );
  const ztunnel = records(podSpec['containers']).find(
    (entry) => entry['name'] === 'ztunnel' && proxyRole(entry) === 'ztunnel',
  );
  const container = native ?? classic ?? ztunnel;
  if (container === undefined) return null;
  const fact: ProxyContainerFact = {
    image: text(container['image']),
    form: native === undefined ? 'classic' : 'native',
    role: proxyRole(container),
    dials: dials(container),
  };
  return intern.same(`proxy ${fact.form} ${fact.role} ${fact.dials} ${fact.image}`, () => fact);
}

function proxyRole(container: Json): string {
  const words = [...texts(container['command']), ...texts(container['args'])];
  const role = words[words.indexOf('proxy') + 1] ?? '';
  return words.includes('proxy') && proxyRoles.has(role) ? role : '';
}

function dials(container: Json): string {
  const address =
    discoveryAddress(envValue(container, 'PROXY_CONFIG')) ||
    envValue(container, 'CA_ADDR') ||
    envValue(container, 'XDS_ADDRESS') ||
    envValue(container, 'CA_ADDRESS');
  return address.replace(/^https?:\/\//, '').replace(/:\d+$/, '');
}

/** `discoveryAddress` of a PROXY_CONFIG value (the injector writes JSON, people write YAML); '' when unset. */
export function discoveryAddress(proxyConfig: string): string {
  if (proxyConfig === '') return '';
  try {
    const value: unknown = JSON.parse(proxyConfig);
    return isRecord(value) ? text(value['discoveryAddress']) : '';
  } catch {
    return /^\s*discoveryAddress:\s*["']?([^\s"']+)/m.exec(proxyConfig)?.[1] ?? '';
  }
}
