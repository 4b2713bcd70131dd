/** Values of the charts. Pure. */
import { isRecord, type Json } from '../../../src/inventory/json.ts';
import type { GivenIstio, Istio } from './source.ts';

/** A small machine: requests far below the charts' own, and as many replicas as are asked for. */
const small: Json = {
  autoscaleEnabled: false,
  global: { proxy: { resources: { requests: { cpu: '10m', memory: '64Mi' } } } },
};

/**
 * Without Istio's own filters: a proxyv2 image may hold Envoy as the Envoy project releases it, which would refuse them. An
 * Envoy with them works with these values as well. `CLOUD_PLATFORM` keeps the agent from asking for a cloud's metadata.
 */
const stockEnvoy: Json = {
  telemetry: { enabled: false },
  env: { PILOT_ENABLE_ALPN_FILTER: 'false', PILOT_ENABLE_METADATA_EXCHANGE: 'false' },
  meshConfig: { defaultConfig: { proxyMetadata: { CLOUD_PLATFORM: 'none' } } },
};

const given = (istio: GivenIstio, version: string): Json => ({
  resources: { requests: { cpu: '50m', memory: '256Mi' } },
  global: { hub: istio.hub, tag: istio.tag(version), imagePullPolicy: 'IfNotPresent' },
});

/** Values of the istiod chart, without revision and tags. */
export function istiodValues(istio: Istio, version: string): Json {
  if (istio.kind === 'stand-in') return over(small, { resources: { requests: { cpu: '20m', memory: '100Mi' } } });
  return [stockEnvoy, given(istio, version), istio.values].reduce(over, small);
}

/** Values of the gateway chart. Its image has no tag, for which the API server's default is to pull it always. */
export const gatewayValues: Json = {
  service: { type: 'ClusterIP' },
  autoscaling: { enabled: false },
  imagePullPolicy: 'IfNotPresent',
  resources: { requests: { cpu: '10m', memory: '64Mi' } },
};

/** As helm lays values over values: key by key, lists whole. */
function over(under: Json, upper: Json): Json {
  const entries = Object.entries(upper).map(([key, value]) => {
    const below = under[key];
    return [key, isRecord(below) && isRecord(value) ? over(below, value) : value] as const;
  });
  return { ...under, ...Object.fromEntries(entries) };
}
