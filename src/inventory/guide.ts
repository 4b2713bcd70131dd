/** What the first lists tell about where to look next: Services whose endpoints matter, ConfigMaps to get, istiod's pods. */
import type { KubeObject } from '../kube/api.ts';
import type { WebhookConfigFact } from '../mesh/facts.ts';
import { createInterner } from './interner.ts';
import { record, records, text } from './json.ts';
import type { ListedKind } from './kinds.ts';
import { spec } from './project-meta.ts';
import { discoveryImage } from './project-pod.ts';
import { webhookConfig } from './project-webhook.ts';

/** Collected while lists are read. */
export interface Guide {
  /** Names of Services of istiod and of Istio's webhooks. */
  readonly services: Set<string>;
  /** ConfigMaps that carry no revision label everywhere, as 'namespace/name'. */
  readonly configMaps: Set<string>;
}

/** The lists that a guide needs. */
export const guideKinds: readonly ListedKind[] = [
  'mutatingWebhooks',
  'validatingWebhooks',
  'deployments',
  'daemonSets',
  'services',
];

/** An empty guide. */
export function createGuide(): Guide {
  return { services: new Set(), configMaps: new Set() };
}

/** Takes notes of one object. */
export function note(guide: Guide, kind: ListedKind, object: KubeObject): void {
  if (kind === 'deployments') noteDeployment(guide, object);
  if (kind === 'daemonSets') noteDaemonSet(guide, object);
  if (kind === 'services') noteService(guide, object);
  if (kind === 'mutatingWebhooks') noteWebhooks(guide, object, 'MutatingWebhookConfiguration');
  if (kind === 'validatingWebhooks') noteWebhooks(guide, object, 'ValidatingWebhookConfiguration');
}

/** Whether a pod runs istiod. */
export function isIstiod(pod: KubeObject): boolean {
  return discoveryImage(spec(pod)) !== '';
}

// The istiod chart gives Deployment and Service the same name.
function noteDeployment(guide: Guide, object: KubeObject): void {
  if (discoveryImage(podSpec(object)) === '') return;
  guide.services.add(object.metadata.name);
  guide.configMaps.add(`${text(object.metadata.namespace)}/istio-ca-root-cert`);
}

function noteDaemonSet(guide: Guide, object: KubeObject): void {
  const agent = records(podSpec(object)['containers']).some((container) => container['name'] === 'install-cni');
  if (agent) guide.configMaps.add(`${text(object.metadata.namespace)}/istio-cni-config`);
}

function noteService(guide: Guide, object: KubeObject): void {
  const labels = record(object.metadata.labels);
  const mine = labels['app'] === 'istiod' || labels['istio'] === 'pilot' || labels['istio.io/tag'] !== undefined;
  if (mine) guide.services.add(object.metadata.name);
}

function noteWebhooks(guide: Guide, object: KubeObject, kind: WebhookConfigFact['kind']): void {
  const config = webhookConfig(kind)(object, { intern: createInterner(), kind });
  const labelled = config.meta.labels['istio.io/rev'] !== undefined || config.meta.name.startsWith('istio');
  for (const webhook of config.webhooks) {
    if (webhook.service === null || !(labelled || webhook.name.endsWith('.istio.io'))) continue;
    guide.services.add(webhook.service.name);
    guide.configMaps.add(`${webhook.service.namespace}/istio-ca-root-cert`);
  }
}

function podSpec(object: KubeObject): Readonly<Record<string, unknown>> {
  return record(record(spec(object)['template'])['spec']);
}
