/** What of Istio's and the Gateway API's configuration, of quotas, and of Argo CD's and Flux's objects goes into a snapshot. */
import { isRecord, list, record, records, text, type Json } from './json.ts';
import { dropped } from './mesh-config.ts';
import {
  bareUrl,
  conditions,
  each,
  fields,
  labelSelector,
  map,
  plain,
  scalar,
  token,
  words,
  type Rule,
} from './rules.ts';

type Rules = Readonly<Record<string, Rule>>;

const reference = fields(plain('group', 'kind', 'name', 'namespace', 'sectionName', 'port'));
const attached: Rules = {
  selector: fields({ matchLabels: map }),
  workloadSelector: fields({ labels: map }),
  targetRef: reference,
  targetRefs: each(reference),
};

/** Rules of an object of which only the attachment is kept. */
const attachedOnly: Rules = { spec: fields(attached) };

// Of Envoy's configuration: keys, switches and numbers, types, and names that are Envoy's own. Other texts may hold anything.
const envoyValue: Rule = (value) => {
  if (Array.isArray(value)) return list(value).map(envoyValue);
  if (!isRecord(value)) return typeof value === 'string' ? envoyText(value) : value;
  const inner = Object.entries(value).filter(([key]) => envoyKey.test(key));
  return Object.fromEntries(inner.map(([key, entry]) => [key, envoyValue(entry)]));
};
const envoyKey = /^(@type|[a-zA-Z][a-zA-Z0-9_.-]{0,60})$/;
const envoyWord =
  /^(type\.googleapis\.com\/[\w.]{1,200}|(envoy|istio)[\w.-]{0,120}|x-envoy-[a-z-]{1,60}|[A-Z][A-Z_]{1,40})$/;

function envoyText(value: string): string {
  return envoyWord.test(value) ? value : dropped;
}

const filterMatch = fields({ ...plain('name'), subFilter: fields(plain('name')) });
const envoyFilter: Rules = {
  spec: fields({
    ...attached,
    ...plain('priority'),
    configPatches: each(
      fields({
        ...plain('applyTo'),
        match: fields({
          ...plain('context'),
          proxy: fields(plain('proxyVersion')),
          listener: fields({
            ...plain('name', 'portNumber', 'listenerFilter'),
            filterChain: fields({ filter: filterMatch }),
          }),
        }),
        patch: fields({ ...plain('operation'), value: envoyValue }),
      }),
    ),
  }),
};

const wasmPlugin: Rules = {
  spec: fields({
    ...attached,
    ...plain('phase', 'failStrategy', 'imagePullPolicy', 'imagePullSecret', 'type'),
    url: bareUrl,
  }),
};

const providers = each(fields(plain('name')));
// CEL may compare with anything; only the names of what it looks at are needed.
const attributes: Rule = (value) =>
  text(value).replace(/"[^"]*"|'[^']*'/g, (quoted) => (known.test(quoted) ? quoted : '""'));
const known = /^["'](wasm\.)?(upstream|downstream)_peer(_id)?["']$/;
const overrides = each(
  fields({
    tagOverrides: (value) =>
      Object.fromEntries(
        Object.entries(record(value)).map(([key, entry]) => [
          key,
          fields({ ...plain('operation'), value: attributes })(entry),
        ]),
      ),
  }),
);
const telemetry: Rules = {
  spec: fields({
    ...attached,
    metrics: each(fields({ providers, overrides })),
    accessLogging: each(fields({ providers, filter: fields({ expression: attributes }) })),
    tracing: each(fields({ providers })),
  }),
};

const destinations = each(
  fields({ destination: fields({ ...plain('host', 'subset'), port: fields(plain('number')) }) }),
);
const routed = fields({
  route: destinations,
  mirror: fields(plain('host')),
  mirrors: each(fields({ destination: fields(plain('host')) })),
});
const virtualService: Rules = {
  spec: fields({
    hosts: words,
    gateways: words,
    exportTo: words,
    http: each(routed),
    tcp: each(routed),
    tls: each(routed),
  }),
};

const tls: Rule = (value) => ({
  ...record(fields({ ...plain('mode', 'insecureSkipVerify'), sni: scalar })(value)),
  ...(text(record(value)['caCertificates']) === '' ? {} : { caCertificates: 'SET' }),
  ...(text(record(value)['credentialName']) === '' ? {} : { credentialName: 'SET' }),
});
const trafficPolicy = fields({
  tls,
  outlierDetection: fields(plain('minHealthPercent', 'maxEjectionPercent')),
  retryBudget: fields(plain('percent', 'minRetryConcurrency')),
  portLevelSettings: each(fields({ port: fields(plain('number')), tls })),
});
const destinationRule: Rules = {
  spec: fields({
    ...attached,
    ...plain('host'),
    exportTo: words,
    trafficPolicy,
    subsets: each(fields({ ...plain('name'), trafficPolicy })),
  }),
};

const port = fields(plain('name', 'number', 'protocol', 'targetPort'));
const serviceEntry: Rules = {
  spec: fields({
    ...attached,
    ...plain('resolution', 'location'),
    hosts: words,
    exportTo: words,
    addresses: words,
    ports: each(port),
  }),
};

const names: Rule = (value) => Object.fromEntries(Object.keys(record(value)).map((name) => [name, dropped]));
const proxyConfig: Rules = {
  spec: fields({
    ...attached,
    ...plain('concurrency'),
    image: fields(plain('imageType')),
    environmentVariables: names,
  }),
};

// An absent group and an empty one mean different things.
const route: Rules = { spec: fields({ hostnames: words, parentRefs: each(reference) }) };

const networkPolicy: Rules = {
  spec: fields({
    podSelector: labelSelector,
    policyTypes: words,
    ingress: each(fields({ ports: each(fields(plain('port', 'protocol', 'endPort'))) })),
    egress: (value) => (Array.isArray(value) ? [] : undefined),
  }),
};

const source = fields({ ...plain('chart', 'targetRevision'), repoURL: bareUrl, helm: fields(plain('releaseName')) });
const delivery: Rules = {
  spec: fields({
    source,
    sources: each(source),
    destination: fields(plain('namespace')),
    syncPolicy: fields({ automated: fields(plain('enabled', 'selfHeal', 'prune')), syncOptions: words }),
    ignoreDifferences: each(
      fields({ ...plain('group', 'kind', 'name'), jsonPointers: words, jqPathExpressions: words }),
    ),
    ...plain('suspend', 'releaseName', 'targetNamespace', 'prune'),
    chart: fields({ spec: fields({ ...plain('chart', 'version'), sourceRef: fields(plain('kind', 'name')) }) }),
    driftDetection: fields({ ...plain('mode'), ignore: (value) => records(value).map(() => ({})) }),
    dependsOn: each(fields(plain('name', 'namespace'))),
  }),
  status: fields({ conditions, sync: fields({ status: token }), health: fields({ status: token }) }),
};

const quota: Rules = {
  spec: fields({ hard: map, scopes: words, scopeSelector: (value) => (isRecord(value) ? {} : undefined) }),
  status: fields({ hard: map, used: map }),
};
const limitRange: Rules = {
  spec: fields({ limits: each(fields({ ...plain('type'), max: map, min: map, defaultRequest: map })) }),
};

/** Rules by the list of the facts. */
export const configRules = {
  quotas: quota,
  limitRanges: limitRange,
  networkPolicies: networkPolicy,
  remoteSecrets: { type: scalar },
  envoyFilters: envoyFilter,
  wasmPlugins: wasmPlugin,
  telemetries: telemetry,
  virtualServices: virtualService,
  destinationRules: destinationRule,
  serviceEntries: serviceEntry,
  sidecars: attachedOnly,
  peerAuthentications: { spec: fields({ ...attached, mtls: fields(plain('mode')) }) },
  requestAuthentications: attachedOnly,
  authorizationPolicies: { spec: fields({ ...attached, ...plain('action') }) },
  proxyConfigs: proxyConfig,
  workloadEntries: { spec: fields(plain('network')) },
  workloadGroups: {},
  routes: route,
  gatewayPolicies: {},
  deliveries: delivery,
} satisfies Readonly<Record<string, Rules>>;

const byKind: Readonly<Record<string, Rules>> = {
  EnvoyFilter: envoyFilter,
  WasmPlugin: wasmPlugin,
  Telemetry: telemetry,
  VirtualService: virtualService,
  DestinationRule: destinationRule,
  ServiceEntry: serviceEntry,
  PeerAuthentication: configRules.peerAuthentications,
  AuthorizationPolicy: configRules.authorizationPolicies,
  ProxyConfig: proxyConfig,
};
const routeKinds: ReadonlySet<string> = new Set(['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute']);

/** What a snapshot keeps of the spec of one of these kinds; of other kinds the attachment alone. */
export function keptSpec(kind: string, object: Readonly<Record<string, unknown>>): Json {
  const rules = byKind[kind] ?? (routeKinds.has(kind) ? route : attachedOnly);
  return record(record(fields(rules)(object))['spec']);
}
