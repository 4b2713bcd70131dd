/** The webhooks that inject, ready to be asked which of them a new pod would meet. */
import type { Labels, WebhookConfigFact, WebhookFact, WebhookRuleFact } from './facts.ts';
import { both, matches } from './selectors.ts';

/** One injecting webhook of one configuration. */
export interface Injector {
  readonly configuration: string;
  readonly webhook: WebhookFact;
  /** 'configuration/webhook', for people. */
  readonly name: string;
}

/** Every webhook of Istio's mutating configurations that is called when pods are created. */
export function injectors(configs: readonly WebhookConfigFact[]): Injector[] {
  return configs.flatMap((config) =>
    config.webhooks
      .filter((webhook) => webhook.rules.some(coversPodCreation))
      .map((webhook) => ({ configuration: config.meta.name, webhook, name: `${config.meta.name}/${webhook.name}` })),
  );
}

/** Namespace labels as the API server gives them to selectors: it always sets the name label. */
export function admissionLabels(name: string, labels: Labels): Labels {
  return labels['kubernetes.io/metadata.name'] === name ? labels : { ...labels, 'kubernetes.io/metadata.name': name };
}

/**
 * Whether the API server calls the webhook for a new pod. Null: a selector can't be evaluated, or CEL matchConditions
 * have the last word.
 */
export function calls({ webhook }: Injector, namespaceLabels: Labels, podLabels: Labels): boolean | null {
  const selected = both(
    matches(webhook.namespaceSelector, namespaceLabels),
    matches(webhook.objectSelector, podLabels),
  );
  return selected === true && webhook.matchConditions.length > 0 ? null : selected;
}

function coversPodCreation(rule: WebhookRuleFact): boolean {
  const has = (values: readonly string[], value: string): boolean => values.includes(value) || values.includes('*');
  const resource = has(rule.resources, 'pods') || rule.resources.includes('*/*');
  const scope = rule.scope !== 'Cluster';
  return has(rule.operations, 'CREATE') && has(rule.apiGroups, '') && has(rule.apiVersions, 'v1') && resource && scope;
}
