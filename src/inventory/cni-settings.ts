/** Keys of ConfigMap istio-cni-config (cni chart, templates/configmap-cni.yaml): what the node agent was told. */
import type { Labels } from '../mesh/facts.ts';
import { record, text } from './json.ts';
import { shownValue } from './istio-env.ts';

/** The keys with the values of switches and lists of namespaces; other values are `DROPPED`. */
export function cniSettings(data: unknown): Labels {
  return Object.fromEntries(
    Object.entries(record(data))
      .filter(([key]) => /^[A-Z][A-Z0-9_]{0,99}$/.test(key))
      .map(([key, value]) => [key, shownValue(key, text(value))]),
  );
}
