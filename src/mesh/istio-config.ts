/** Which webhook configurations are Istio's. */
import type { WebhookConfigFact } from './facts.ts';
import { revisionKey, tagKey } from './keys.ts';

/** Whether a configuration is Istio's, whoever made it and however it is called. */
export function isIstioConfig({ meta, webhooks }: WebhookConfigFact): boolean {
  if (meta.labels[revisionKey] !== undefined || meta.labels[tagKey] !== undefined) return true;
  if (/^istio(d|-)/.test(meta.name)) return true;
  return webhooks.some((webhook) => webhook.name.endsWith('.istio.io'));
}
