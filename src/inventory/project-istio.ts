/** Istio's configuration objects of security, telemetry, proxies and extensions. */
import type { KubeObject } from '../kube/api.ts';
import type {
  AttachedFact,
  AuthorizationPolicyFact,
  EnvoyFilterFact,
  EnvoyPatchFact,
  PeerAuthenticationFact,
  ProxyConfigFact,
  TargetRefFact,
  TelemetryFact,
  WasmPluginFact,
  WorkloadEntryFact,
} from '../mesh/facts.ts';
import { isRecord, record, records, text, type Json } from './json.ts';
import { meta, spec, type Projection } from './project-meta.ts';
import { keptSpec } from './redact-istio.ts';
import { bareUrl } from './rules.ts';

/** An object that applies to pods or gateways; the whole fact of kinds of which nothing else matters. */
export function attached(object: KubeObject, projection: Projection): AttachedFact {
  const wanted = spec(object);
  const selector = record(wanted['selector'])['matchLabels'] ?? record(wanted['workloadSelector'])['labels'];
  const single = wanted['targetRef'];
  return {
    meta: meta(object, projection),
    selector: isRecord(selector) ? projection.intern.map(selector) : null,
    targets: [...(isRecord(single) ? [single] : []), ...records(wanted['targetRefs'])].map(targetRef),
    spec: keptSpec(projection.kind, object),
  };
}

/** A reference by group, kind and name. */
export function targetRef(value: Json): TargetRefFact {
  return { group: text(value['group']), kind: text(value['kind']), name: text(value['name']) };
}

/** An EnvoyFilter. */
export function envoyFilter(object: KubeObject, projection: Projection): EnvoyFilterFact {
  return { ...attached(object, projection), patches: records(spec(object)['configPatches']).map(envoyPatch) };
}

function envoyPatch(value: Json): EnvoyPatchFact {
  const match = record(value['match']);
  const patch = record(value['patch']);
  const found = { types: new Set<string>(), typed: false };
  collectTypes(patch['value'], found);
  return {
    applyTo: text(value['applyTo']),
    context: text(match['context']),
    proxyVersion: text(record(match['proxy'])['proxyVersion']),
    operation: text(patch['operation']),
    matchNames: matchNames(match),
    name: text(record(patch['value'])['name']),
    types: [...found.types],
    typed: found.typed,
  };
}

function matchNames(match: Json): string[] {
  const chain = record(record(match['listener'])['filterChain']);
  const filter = record(chain['filter']);
  const names = [record(match['listener'])['listenerFilter'], filter['name'], record(filter['subFilter'])['name']];
  return names.map(text).filter((name) => name !== '');
}

function collectTypes(value: unknown, found: { types: Set<string>; typed: boolean }): void {
  if (Array.isArray(value)) value.forEach((entry) => collectTypes(entry, found));
  if (!isRecord(value)) return;
  for (const [key, entry] of Object.entries(value)) {
    if (key === '@type' && typeof entry === 'string') found.types.add(entry.replace(/^type\.googleapis\.com\//, ''));
    if (key === 'typed_config' || key === 'typedConfig') found.typed = true;
    collectTypes(entry, found);
  }
}

/** A WasmPlugin. */
export function wasmPlugin(object: KubeObject, projection: Projection): WasmPluginFact {
  const wanted = spec(object);
  return {
    ...attached(object, projection),
    url: text(bareUrl(text(wanted['url']))),
    hasPullSecret: text(wanted['imagePullSecret']) !== '',
    failStrategy: text(wanted['failStrategy']),
  };
}

/** A Telemetry. */
export function telemetry(object: KubeObject, projection: Projection): TelemetryFact {
  const fact = attached(object, projection);
  // Texts in quotes are left out there: an expression may compare with anything.
  const wanted = fact.spec;
  const parts = ['metrics', 'accessLogging', 'tracing'].flatMap((name) => records(wanted[name]));
  const overrides = records(wanted['metrics']).flatMap((entry) => records(entry['overrides']));
  const tags = overrides.flatMap((entry) => Object.values(record(entry['tagOverrides'])));
  const expressions = [
    ...records(wanted['accessLogging']).map((entry) => text(record(entry['filter'])['expression'])),
    ...tags.map((entry) => text(record(entry)['value'])),
  ];
  const providers = parts.flatMap((entry) => records(entry['providers'])).map((entry) => text(entry['name']));
  return {
    ...fact,
    expressions: expressions.filter((expression) => expression !== ''),
    providers: [...new Set(providers)],
    tracing: records(wanted['tracing']).length > 0,
  };
}

/** A PeerAuthentication. */
export function peerAuthentication(object: KubeObject, projection: Projection): PeerAuthenticationFact {
  return { ...attached(object, projection), mode: text(record(spec(object)['mtls'])['mode']) };
}

/** An AuthorizationPolicy. */
export function authorizationPolicy(object: KubeObject, projection: Projection): AuthorizationPolicyFact {
  return { ...attached(object, projection), action: text(spec(object)['action']) || 'ALLOW' };
}

/** A ProxyConfig. */
export function proxyConfig(object: KubeObject, projection: Projection): ProxyConfigFact {
  const wanted = spec(object);
  const concurrency = wanted['concurrency'];
  return {
    ...attached(object, projection),
    imageType: text(record(wanted['image'])['imageType']),
    concurrency: typeof concurrency === 'number' ? concurrency : null,
    environment: Object.keys(record(wanted['environmentVariables'])),
  };
}

/** A WorkloadEntry. */
export function workloadEntry(object: KubeObject, projection: Projection): WorkloadEntryFact {
  const fact = meta(object, projection);
  return {
    meta: fact,
    autoRegistered:
      fact.annotations['istio.io/workloadController'] !== undefined || fact.owner?.kind === 'WorkloadGroup',
    network: text(spec(object)['network']),
  };
}
