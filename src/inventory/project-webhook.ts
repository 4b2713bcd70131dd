/** Webhook configurations. */
import type { KubeObject } from '../kube/api.ts';
import type { WebhookConfigFact, WebhookFact } from '../mesh/facts.ts';
import { caBundleHash } from './certificates.ts';
import { count, isRecord, record, records, text, texts, type Json } from './json.ts';
import { fieldManagers } from './managers.ts';
import { meta, selector, type Projection } from './project-meta.ts';

/** A projection for one of the two kinds. */
export function webhookConfig(
  kind: WebhookConfigFact['kind'],
): (object: KubeObject, projection: Projection) => WebhookConfigFact {
  return (object, projection) => ({
    kind,
    meta: meta(object, projection),
    webhooks: records(object['webhooks']).map(webhook),
    managers: fieldManagers(object),
  });
}

function webhook(value: Json): WebhookFact {
  const client = record(value['clientConfig']);
  const caBundle = text(client['caBundle']);
  return {
    name: text(value['name']),
    service: isRecord(client['service']) ? target(client['service']) : null,
    url: text(client['url']),
    caHash: caBundleHash(caBundle),
    hasCaBundle: caBundle !== '',
    failurePolicy: text(value['failurePolicy']),
    namespaceSelector: selector(value['namespaceSelector']),
    objectSelector: selector(value['objectSelector']),
    rules: records(value['rules']).map((rule) => ({
      apiGroups: texts(rule['apiGroups']),
      apiVersions: texts(rule['apiVersions']),
      operations: texts(rule['operations']),
      resources: texts(rule['resources']),
      scope: text(rule['scope']) || '*',
    })),
    matchConditions: records(value['matchConditions']).map((entry) => text(entry['name'])),
  };
}

function target(service: Json): NonNullable<WebhookFact['service']> {
  return {
    namespace: text(service['namespace']),
    name: text(service['name']),
    path: text(service['path']),
    port: count(service['port'], 443),
  };
}
