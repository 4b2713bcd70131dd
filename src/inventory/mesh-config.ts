/** The control plane's ConfigMaps: mesh config without its secrets, and what of the injector's config decides on injection. */
import { parse } from 'yaml';
import type { InjectorConfigFact } from '../mesh/facts.ts';
import { sha256 } from './certificates.ts';
import { isRecord, list, record, records, text, type Json } from './json.ts';
import { selector } from './project-meta.ts';

/** Stands in the place of a value that was left out. */
export const dropped = 'DROPPED';

const secretKey = /token|password|passwd|secret|key|authorization|credential|headers/i;

/** YAML or JSON as an object; null when it is neither, or something else than an object. */
export function parseObject(source: string): Json | null {
  if (source === '') return null;
  try {
    const value: unknown = parse(source, { logLevel: 'silent' });
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

/**
 * Mesh config with every string replaced by 'DROPPED' that stands under a key that sounds secret or under proxyMetadata, or
 * that is a URL with credentials or a query. `key` of a label requirement (discoverySelectors) is kept.
 */
export function withoutSecrets(config: Json): Json {
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key, clean(value, key, false)]));
}

function clean(value: unknown, key: string, hidden: boolean): unknown {
  const hide = hidden || secretKey.test(key) || key === 'proxyMetadata';
  if (Array.isArray(value)) {
    if (key === 'matchExpressions' && !hidden) return records(value).map(requirement);
    return value.map((entry) => clean(entry, key, hidden));
  }
  if (isRecord(value)) {
    return Object.fromEntries(Object.entries(value).map(([inner, entry]) => [inner, clean(entry, inner, hide)]));
  }
  if (hide && value !== null && typeof value !== 'boolean') return dropped;
  return typeof value === 'string' && /:\/\/.*[@?]/s.test(value) ? dropped : value;
}

function requirement(value: Json): Json {
  return { key: text(value['key']), operator: text(value['operator']), values: list(value['values']).map(text) };
}

/** SHA-256 of a mesh config, whatever the order of its keys. */
export function meshConfigHash(config: Json): string {
  return sha256(JSON.stringify(sorted(config)));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}

/** Key `config` of an injector ConfigMap (pkg/kube/inject/webhook.go, Config); null when it can't be read. */
export function injectorConfig(source: string): InjectorConfigFact | null {
  const config = parseObject(source);
  if (config === null) return null;
  return {
    policy: text(config['policy']),
    neverInject: records(config['neverInjectSelector']).map(selector),
    alwaysInject: records(config['alwaysInjectSelector']).map(selector),
    templates: Object.keys(record(config['templates'])).sort(),
  };
}
