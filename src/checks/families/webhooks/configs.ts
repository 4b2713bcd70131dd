/** Istio's webhook configurations as the checks of this family go through them. */
import type { WebhookConfigFact, WebhookFact } from '../../../mesh/facts.ts';
import { isIstioConfig } from '../../../mesh/istio-config.ts';
import { revisionKey, tagKey } from '../../../mesh/keys.ts';
import type { CheckView, FoundObject, Severity } from '../../check.ts';

/** All of Istio's configurations, mutating ones first, without those that istioctl switched off whole. */
export function liveConfigs({ facts }: CheckView): readonly WebhookConfigFact[] {
  return [...facts.mutatingWebhooks.items, ...facts.validatingWebhooks.items]
    .filter(isIstioConfig)
    .map((config) => ({ ...config, webhooks: config.webhooks.filter((webhook) => !isOff(webhook)) }))
    .filter(({ webhooks }) => webhooks.length > 0);
}

// istioctl switches a webhook off by a selector that nothing carries (istioctl/pkg/util/common.go).
function isOff({ namespaceSelector, objectSelector }: WebhookFact): boolean {
  return [namespaceSelector, objectSelector].some((one) => one.matchLabels['istio.io/deactivated'] === 'never-match');
}

/** The configuration as the object of a finding. */
export function objectOf({ kind, meta }: WebhookConfigFact): FoundObject {
  return { kind, namespace: '', name: meta.name };
}

/** Whether it stands for a revision tag: the checks of tags tell of those. */
export function isTag({ kind, meta }: WebhookConfigFact): boolean {
  return kind === 'MutatingWebhookConfiguration' && meta.labels[tagKey] !== undefined;
}

/** Label istio.io/rev, else 'default'. */
export function revisionOf({ meta }: WebhookConfigFact): string {
  return meta.labels[revisionKey] ?? 'default';
}

/** The webhooks that go to each Service, by 'namespace/name'. Those with a URL are left out. */
export function byService({ webhooks }: WebhookConfigFact): ReadonlyMap<string, readonly WebhookFact[]> {
  const found = new Map<string, WebhookFact[]>();
  for (const webhook of webhooks) {
    if (webhook.service === null) continue;
    const name = `${webhook.service.namespace}/${webhook.service.name}`;
    found.set(name, [...(found.get(name) ?? []), webhook]);
  }
  return found;
}

/** How bad a webhook is that nobody answers: with Fail every request that it matches is refused. */
export function severityOf(webhooks: readonly WebhookFact[]): Severity {
  return webhooks.some(({ failurePolicy }) => failurePolicy === 'Fail') ? 'blocks' : 'warns';
}

/** What happens to requests when nobody answers. */
export function effectOf(kind: WebhookConfigFact['kind'], webhooks: readonly WebhookFact[]): string {
  const fails = severityOf(webhooks) === 'blocks';
  if (kind === 'MutatingWebhookConfiguration') {
    return fails
      ? 'New pods that it matches are refused (failurePolicy Fail), so nothing that is restarted comes back.'
      : 'New pods that it matches start without a sidecar (failurePolicy Ignore), and STRICT mTLS then refuses them.';
  }
  return fails
    ? 'Every write of Istio configuration is refused (failurePolicy Fail), also those of GitOps tools.'
    : 'Istio configuration is stored unchecked (failurePolicy Ignore), and a broken object can freeze gateways.';
}
