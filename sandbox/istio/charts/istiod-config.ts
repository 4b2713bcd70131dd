import { stringify } from 'yaml';
import type { KubeObject } from '../../../src/kube/api.ts';
import { isObject, type JsonObject } from '../../store/json.ts';
import { discoveryAddress, proxyResources, revisioned } from './control-plane.ts';
import type { IstiodOptions } from './istiod-options.ts';
import type { Labels } from './labels.ts';
import { has } from './version.ts';

/** `over` on top of `under`: objects are merged, everything else is replaced. */
function merged(under: JsonObject, over: JsonObject): JsonObject {
  const result: JsonObject = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const old = result[key];
    result[key] = isObject(old) && isObject(value) ? merged(old, value) : value;
  }
  return result;
}

/** Services with label istio.io/global=true are global: what the ambient profile says of multi-cluster. */
const globalScope = {
  serviceScopeConfigs: [
    {
      scope: 'GLOBAL',
      servicesSelector: { matchExpressions: [{ key: 'istio.io/global', operator: 'In', values: ['true'] }] },
    },
  ],
};

function sorted(value: unknown): unknown {
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}

/** The mesh configuration as the chart writes it: YAML with sorted keys and no newline at the end. */
function meshYaml(options: IstiodOptions): string {
  const metadata = {
    ...options.proxyMetadata,
    ...(options.ambient === true ? { ISTIO_META_ENABLE_HBONE: 'true' } : {}),
  };
  const chart: JsonObject = {
    defaultConfig: {
      discoveryAddress: discoveryAddress(options),
      ...(Object.keys(metadata).length === 0 ? {} : { proxyMetadata: metadata }),
    },
    enablePrometheusMerge: true,
    rootNamespace: options.namespace,
    trustDomain: 'cluster.local',
    ...(options.ambient === true ? globalScope : {}),
  };
  return stringify(sorted(merged(chart, options.meshConfig ?? {})), { indentSeq: false, lineWidth: 0 }).trimEnd();
}

function globalValues(options: IstiodOptions): JsonObject {
  const { hub, version, namespace, pullPolicy } = options;
  return {
    hub,
    tag: version,
    istioNamespace: namespace,
    ...(pullPolicy === undefined ? {} : { imagePullPolicy: pullPolicy }),
    proxy: { resources: proxyResources(options) },
  };
}

/** What a user would have given to the chart for these options: `original-values`. */
function userValues(options: IstiodOptions): JsonObject {
  const { revision, tags = [], env, meshConfig, ambient, autoscale, replicas, nativeSidecars } = options;
  const native = nativeSidecars === undefined ? {} : { ENABLE_NATIVE_SIDECARS: String(nativeSidecars) };
  return {
    ...(revision === '' ? {} : { revision }),
    ...(tags.length === 0 ? {} : { revisionTags: tags }),
    ...(ambient === true ? { profile: 'ambient' } : {}),
    ...(autoscale === undefined ? {} : autoscaleValues(autoscale, replicas ?? 1)),
    ...(env === undefined && nativeSidecars === undefined ? {} : { env: { ...native, ...env } }),
    ...(meshConfig === undefined ? {} : { meshConfig }),
    global: globalValues(options),
  };
}

function autoscaleValues(
  autoscale: { readonly min: number; readonly max: number } | 'off',
  replicas: number,
): JsonObject {
  if (autoscale === 'off') return { autoscaleEnabled: false, replicaCount: replicas };
  return { autoscaleMin: autoscale.min, autoscaleMax: autoscale.max };
}

const valuesNote =
  'This ConfigMap contains the Helm values used during chart rendering. This ConfigMap is rendered for debugging ' +
  'purposes and external tooling; modifying these values has no effect.';

function valuesConfigMap(options: IstiodOptions, labels: Labels): KubeObject {
  const { namespace, revision } = options;
  const original = userValues(options);
  const data = {
    'original-values': JSON.stringify(original, undefined, 2),
    'merged-values': JSON.stringify({ autoscaleMin: 1, autoscaleMax: 5, replicaCount: 1, ...original }, undefined, 2),
  };
  const annotations = { 'kubernetes.io/description': valuesNote };
  const name = revisioned('values', revision);
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, labels, annotations }, data };
}

/** The ConfigMaps of a revision: mesh, injector and, from 1.26 on, values. */
export function istiodConfigMaps(options: IstiodOptions, labels: Labels): KubeObject[] {
  const { namespace, revision } = options;
  const named = (name: string, data: JsonObject): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: revisioned(name, revision), namespace, labels },
    data,
  });
  const injectorConfig = { policy: 'enabled', defaultTemplates: ['sidecar'], neverInjectSelector: [] };
  return [
    named('istio', { mesh: meshYaml(options), meshNetworks: 'networks: {}' }),
    named('istio-sidecar-injector', {
      config: stringify(injectorConfig).trimEnd(),
      values: JSON.stringify({ global: globalValues(options), revision, sidecarInjectorWebhook: {} }, undefined, 2),
    }),
    ...(has(options.version, 'valuesConfigMap') ? [valuesConfigMap(options, labels)] : []),
  ];
}
