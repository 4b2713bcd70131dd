import { parse } from 'yaml';
import type { KubeObject } from '../../../src/kube/api.ts';
import { isObject, objectAt, textAt, type JsonObject } from '../../store/json.ts';
import { revisioned } from '../charts/control-plane.ts';
import { minorOf } from '../charts/version.ts';
import type { InjectorSettings } from '../inject/settings.ts';
import { containerNamed, envOf, imageParts } from './pod-state.ts';

/** What a pod of istiod is, by its own specification. */
export interface IstiodFacts {
  /** Name of the revision; '' for the one without. */
  readonly revision: string;
  readonly namespace: string;
  /** Version of its image, such as '1.30.3'. */
  readonly version: string;
  readonly hub: string;
  /** Cores that it may use: its CPU limit, else those of a small node. */
  readonly cpus: number;
  readonly ambient: boolean;
  /** env ENABLE_NATIVE_SIDECARS; undefined when the version decides. */
  readonly native: boolean | undefined;
}

/** Minor release from which sidecars are native where every node can (pilot/pkg/features/pilot.go). */
const nativeSince = 27;

/** Cores of an istiod without CPU limit: those of a small node. */
const nodeCores = 2;

function cores(quantity: string | undefined): number {
  if (quantity === undefined) return nodeCores;
  const value = quantity.endsWith('m') ? Number(quantity.slice(0, -1)) / 1000 : Number(quantity);
  return Number.isFinite(value) ? Math.max(1, Math.ceil(value)) : nodeCores;
}

/** Reads a pod's specification; undefined when it is no pod of istiod. */
export function istiodFacts(pod: KubeObject): IstiodFacts | undefined {
  const container = containerNamed(pod, 'discovery');
  if (container === undefined || pod.metadata.labels?.['app'] !== 'istiod') return undefined;
  const revision = envOf(container, 'REVISION') ?? pod.metadata.labels['istio.io/rev'] ?? 'default';
  const native = envOf(container, 'ENABLE_NATIVE_SIDECARS');
  const { hub, version } = imageParts(textAt(container, 'image') ?? '');
  return {
    revision: revision === 'default' ? '' : revision,
    namespace: pod.metadata.namespace ?? '',
    version,
    hub,
    cpus: cores(textAt(container, 'resources', 'limits', 'cpu')),
    ambient: envOf(container, 'PILOT_ENABLE_AMBIENT') === 'true',
    native: native === undefined || native === 'auto' ? undefined : native === 'true',
  };
}

/** The ConfigMaps that an istiod reads; undefined where one is missing. */
export interface IstiodConfig {
  /** istio[-REVISION]. */
  readonly mesh: KubeObject | undefined;
  /** istio-sidecar-injector[-REVISION]. */
  readonly injector: KubeObject | undefined;
}

/** Names of the ConfigMaps of a revision. */
export function configNames(revision: string): Readonly<Record<keyof IstiodConfig, string>> {
  return { mesh: revisioned('istio', revision), injector: revisioned('istio-sidecar-injector', revision) };
}

/** YAML or JSON in a ConfigMap; what is no object, as in a recording without contents, counts as empty. */
function documentOf(configMap: KubeObject | undefined, key: string): JsonObject {
  const text = textAt(configMap, 'data', key);
  if (text === undefined) return {};
  try {
    const value: unknown = parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

const texts = (value: JsonObject | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(value ?? {}).map(([key, one]) => [key, String(one)]));

function requestsOf(values: JsonObject): InjectorSettings['proxyRequests'] {
  const requests = objectAt(values, 'global', 'proxy', 'resources', 'requests');
  const [cpu, memory] = [textAt(requests, 'cpu'), textAt(requests, 'memory')];
  return cpu === undefined || memory === undefined ? undefined : { cpu, memory };
}

/** How this istiod injects: from its ConfigMaps, and where they say nothing from its own image. */
export function injectorSettings(facts: IstiodFacts, config: IstiodConfig): InjectorSettings {
  const values = documentOf(config.injector, 'values');
  const metadata = texts(objectAt(documentOf(config.mesh, 'mesh'), 'defaultConfig', 'proxyMetadata'));
  const policy = textAt(documentOf(config.injector, 'config'), 'policy');
  const pullPolicy = textAt(values, 'global', 'imagePullPolicy');
  const proxyRequests = requestsOf(values);
  const version = textAt(values, 'global', 'tag') ?? facts.version;
  const cni = [objectAt(values, 'pilot', 'cni'), objectAt(values, 'istio_cni')].some(
    (one) => one?.['enabled'] === true,
  );
  return {
    revision: facts.revision,
    namespace: facts.namespace,
    version,
    hub: textAt(values, 'global', 'hub') ?? facts.hub,
    native: facts.native ?? minorOf(facts.version) >= nativeSince,
    ...(pullPolicy === undefined || pullPolicy === '' ? {} : { pullPolicy }),
    ...(Object.keys(metadata).length === 0 ? {} : { proxyMetadata: metadata }),
    ...(proxyRequests === undefined ? {} : { proxyRequests }),
    ...(cni ? { cni } : {}),
    ...(policy === 'disabled' ? { policy } : {}),
  };
}
