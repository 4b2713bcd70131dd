import { parse } from 'yaml';
import { InvalidInput } from '../../../src/errors.ts';
import type { KubeObject } from '../../../src/kube/api.ts';
import { isObject, objectAt, type JsonObject } from '../../store/json.ts';
import { proxyConfig } from '../charts/proxy-parts.ts';
import type { InjectorSettings } from './settings.ts';

/** The mesh's proxy configuration with what one pod asks for. */
export interface PodProxyConfig {
  /** As env PROXY_CONFIG says it. */
  readonly config: JsonObject;
  /** proxyMetadata of mesh and pod. */
  readonly metadata: Readonly<Record<string, string>>;
}

function asked(pod: KubeObject): JsonObject {
  const annotation = pod.metadata.annotations?.['proxy.istio.io/config'];
  if (annotation === undefined) return {};
  const refused = (cause: unknown): InvalidInput =>
    new InvalidInput('annotation proxy.istio.io/config is no proxy configuration', {
      object: `Pod ${pod.metadata.name}`,
      remedy: 'Write it as a YAML object.',
      cause,
    });
  let value: unknown;
  try {
    value = parse(annotation);
  } catch (error) {
    throw refused(error);
  }
  if (!isObject(value)) throw refused(annotation);
  return value;
}

/** Reads annotation proxy.istio.io/config over the mesh's defaults. Throws InvalidInput when it is no YAML object. */
export function podProxyConfig(pod: KubeObject, settings: InjectorSettings): PodProxyConfig {
  const own = asked(pod);
  const extra = Object.entries(objectAt(own, 'proxyMetadata') ?? {}).map(([name, value]) => [name, String(value)]);
  const metadata = { ...settings.proxyMetadata, ...(Object.fromEntries(extra) as Record<string, string>) };
  const base = proxyConfig(settings, metadata);
  return {
    config: { ...base, ...own, ...(base['proxyMetadata'] === undefined ? {} : { proxyMetadata: metadata }) },
    metadata,
  };
}
