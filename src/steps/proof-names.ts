/** Names and labels of what a proof makes. Pure. */
import { isRecord, record, records, text, texts } from '../inventory/json.ts';
import { labelValue } from './renew/keys.ts';

/** Label of everything that a proof makes, with the revision as value: how it is found again after a crash. */
export const proofKey = 'meshlift.dev/proof';

/** Name of the namespace: at most 63 characters, as of every namespace. */
export function proofNamespace(revision: string): string {
  return labelValue(`meshlift-proof-${revision}`);
}

/** Labels of what a proof makes. */
export function proofLabels(revision: string): Record<string, string> {
  return { 'app.kubernetes.io/managed-by': 'meshlift', [proofKey]: revision };
}

/**
 * Labels by which a namespace meets the first of meshConfig.discoverySelectors: an istiod that has any sees no other namespace,
 * and gives its proxies neither root certificate nor configuration. None when there are no selectors, or they are unread.
 */
export function discoveryLabels(meshConfig: unknown): Record<string, string> {
  const [first] = records(record(meshConfig)['discoverySelectors']);
  if (first === undefined) return {};
  const labels = isRecord(first['matchLabels']) ? first['matchLabels'] : {};
  const plain = Object.entries(labels).map(([key, value]) => [key, text(value)] as const);
  const met = records(first['matchExpressions'])
    .filter(({ operator }) => operator === 'In' || operator === 'Exists')
    .map(({ key, values }) => [text(key), texts(values)[0] ?? 'true'] as const);
  return Object.fromEntries([...plain, ...met]);
}
