/**
 * Which environment variables of Istio's own containers may be known: their names, and values only of switches. People put
 * tokens into the env of istiod too.
 */
import type { Labels } from '../mesh/facts.ts';
import { isRecord, record, records, text, type Json } from './json.ts';
import { dropped } from './mesh-config.ts';

/** Containers of Istio whose env is looked at. */
const own: ReadonlySet<string> = new Set(['discovery', 'install-cni', 'istio-proxy', 'ztunnel']);
// First words of the names of Istio's feature flags (env.Register in istio/istio), and of the settings of istio-cni.
const flag =
  /^(ALLOW|AMBIENT|AUDIENCE|AUTO|BLOCKED|BYPASS|CA|CITADEL|CLUSTER|CNI|COMPLIANCE|DEBUG|DEFAULT|DISABLE|DNS|DRY|ECC|EDS|ENABLE|ENVOY|EXCLUDE|EXIT|EXTERNAL|GATEWAY|GRPC|INBOUND|INJECT|INJECTION|ISTIO|ISTIOD|JWKS|JWT|K8S|LABEL|LOCAL|MAX|MCS|METRIC|METRICS|MINIMUM|MUTEX|NATIVE|OUTBOUND|PERSIST|PILOT|PLATFORM|POD|PREFER|PROV|PROXY|REPAIR|REQUIRE|RESOLVE|REVISION|REWRITE|ROOT|SHARED|SIDECAR|SYSTEM|TRUSTED|UNSAFE|USE|VALIDATION|VERIFY|WASM|WORKLOAD|XDS)(_|$)/;
const sensitive = /TOKEN|PASS|SECRET|KEY|CRED|AUTHORIZATION|HEADER/;
const plainValue = /^(true|false|auto|none|\d+(\.\d+)?(ns|us|ms|s|m|h|%|Mi|Gi|Ki)?)$/i;
// Words and lists of words: namespaces, providers, versions. No sign that URLs with credentials or encoded secrets need.
const words = /^[A-Za-z0-9][A-Za-z0-9._,-]{0,199}$/;
/** Names whose value may be a list of words; every other flag only shows plain values. */
const wordy =
  /^(REVISION|PLATFORM|CLUSTER_ID|PILOT_CERT_PROVIDER|EXTERNAL_CA|CA_PROVIDER|K8S_SIGNER|ISTIO_OUTBOUND_\w+|DEBUG_ENDPOINT_AUTH_ALLOWED_NAMESPACES|PILOT_\w*(SCOPE|NAMESPACES?|VERSION|MODE|POLICY)|EXCLUDE_NAMESPACES|CNI_\w*(MODE|VERSION)|COMPLIANCE_POLICY|JWT_POLICY|INJECT_ENABLED)$/;

/** A value that may be shown, else `DROPPED`. An empty value stays empty. */
export function shownValue(name: string, value: string): string {
  if (value === '' || plainValue.test(value)) return flag.test(name) || value === '' ? value : dropped;
  if (!flag.test(name) || sensitive.test(name)) return dropped;
  return wordy.test(name) && words.test(value) ? value : dropped;
}

/** Env of Istio's own containers in a pod spec: name to shown value, '' for values taken from elsewhere. Empty for others. */
export function istioEnv(podSpec: Json): Labels {
  const entries = istioContainers(podSpec).flatMap((container) =>
    named(container).map((entry): [string, string] => {
      const name = text(entry['name']);
      return [name, entry['valueFrom'] === undefined ? shownValue(name, text(entry['value'])) : ''];
    }),
  );
  return Object.fromEntries(entries);
}

/** 'name/key' of every ConfigMap key that must exist for Istio's own containers to start. */
export function neededKeys(podSpec: Json): readonly string[] {
  return istioContainers(podSpec)
    .flatMap((container) => records(container['env']))
    .map((entry) => record(entry['valueFrom'])['configMapKeyRef'])
    .filter(isRecord)
    .filter((reference) => reference['optional'] !== true)
    .map((reference) => `${text(reference['name'])}/${text(reference['key'])}`);
}

// Addresses have a field of their own (ProxyContainerFact.dials), and proxyMetadata holds what users put into it.
const elsewhere: ReadonlySet<string> = new Set(['PROXY_CONFIG', 'CA_ADDR', 'CA_ADDRESS', 'XDS_ADDRESS']);

function named(container: Json): readonly Json[] {
  return records(container['env']).filter((entry) => !elsewhere.has(text(entry['name'])));
}

function istioContainers(podSpec: Json): readonly Json[] {
  const all = [...records(podSpec['initContainers']), ...records(podSpec['containers'])];
  return all.filter((container) => own.has(text(container['name'])));
}
