import { parse } from 'yaml';
import type { KubeObject } from '../../../src/kube/api.ts';
import { lookup } from '../runtime/lookup.ts';
import { at, isObject, numberAt, objectAt, textAt, without, type JsonObject } from '../../store/json.ts';
import { resources } from '../../store/resources.ts';
import type { Store } from '../../store/store.ts';
import { revisioned } from '../charts/control-plane.ts';
import type { IstiodOptions } from '../charts/istiod-options.ts';
import { defaultHub } from '../charts/version.ts';
import { containerNamed, imageParts } from '../runtime/pod-state.ts';

/** A control plane that is asked for. */
export interface Wanted {
  readonly version: string;
  /** '' for the one without a name. */
  readonly revision: string;
  readonly namespace: string;
  /** Revision whose settings are carried over. Default: its own, when it is there. */
  readonly like?: string;
}

/**
 * Options with the settings of a control plane that is there, as helm takes the user's values of a release: from ConfigMap
 * `values` (Istio 1.26 and later), the mesh configuration and the Deployment. Tags stay with the release that has them.
 */
export function carriedOver(store: Store, wanted: Wanted): Omit<IstiodOptions, 'release'> {
  const { version, revision, namespace, like = revision } = wanted;
  const found = (resource: (typeof resources)[keyof typeof resources], stem: string): KubeObject | undefined =>
    lookup(store, { resource, namespace, name: revisioned(stem, like) });
  const values = parsed(textAt(found(resources.configMaps, 'values'), 'data', 'original-values'));
  const mesh = parsed(textAt(found(resources.configMaps, 'istio'), 'data', 'mesh'));
  const container = discovery(found(resources.deployments, 'istiod'));
  const image = imageParts(textAt(container, 'image') ?? '');
  const hub = textAt(values, 'global', 'hub') ?? image.hub;
  return {
    ...{ version, revision, namespace },
    // A hub of the user's own stays; the charts' own follows the version.
    hub: hub === '' || hub === publicHub(image.version) ? defaultHub(version) : hub,
    ...fromValues(values),
    ...fromMesh(mesh),
    ...texts('env', objectAt(values, 'env')),
    ...(objectAt(container, 'resources') && { resources: objectAt(container, 'resources') ?? {} }),
    ...(like === revision && tagsOf(values)),
  };
}

function publicHub(version: string): string {
  return /^1\.\d+\.\d+/.test(version) ? defaultHub(version) : '';
}

function discovery(deployment: KubeObject | undefined): JsonObject | undefined {
  const template = objectAt(deployment, 'spec', 'template');
  return template === undefined ? undefined : containerNamed({ metadata: { name: '' }, ...template }, 'discovery');
}

function parsed(text: string | undefined): JsonObject {
  if (text === undefined) return {};
  try {
    const value: unknown = parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

type Options = Partial<IstiodOptions>;

function fromValues(values: JsonObject): Options {
  const pullPolicy = textAt(values, 'global', 'imagePullPolicy');
  const requests = objectAt(values, 'global', 'proxy', 'resources', 'requests');
  const [cpu, memory] = [textAt(requests, 'cpu'), textAt(requests, 'memory')];
  const [min, max] = [numberAt(values, 'autoscaleMin'), numberAt(values, 'autoscaleMax')];
  const meshConfig = objectAt(values, 'meshConfig');
  const replicas = numberAt(values, 'replicaCount');
  return {
    ...(pullPolicy && { pullPolicy }),
    ...(cpu !== undefined && memory !== undefined && { proxyRequests: { cpu, memory } }),
    ...(min !== undefined && max !== undefined && { autoscale: { min, max } }),
    ...(at(values, 'autoscaleEnabled') === false && { autoscale: 'off' as const }),
    ...(replicas !== undefined && { replicas }),
    ...(at(values, 'profile') === 'ambient' && { ambient: true }),
    ...(meshConfig && { meshConfig }),
  };
}

function fromMesh(mesh: JsonObject): Options {
  const metadata = objectAt(mesh, 'defaultConfig', 'proxyMetadata') ?? {};
  // The ambient profile sets it by itself.
  return texts('proxyMetadata', without(metadata, 'ISTIO_META_ENABLE_HBONE'));
}

function texts(field: 'env' | 'proxyMetadata', value: JsonObject | undefined): Options {
  const entries = Object.entries(value ?? {}).map(([key, one]) => [key, String(one)] as const);
  return entries.length === 0 ? {} : { [field]: Object.fromEntries(entries) };
}

function tagsOf(values: JsonObject): Options {
  const tags = at(values, 'revisionTags');
  return Array.isArray(tags) ? { tags: tags.filter((tag): tag is string => typeof tag === 'string') } : {};
}
