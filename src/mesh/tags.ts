/** Revision tags and the default revision. */
import type { Facts, MetaFact, ServiceFact, WebhookConfigFact } from './facts.ts';
import { injectionContext } from './injection.ts';
import { revisionKey, tagKey } from './keys.ts';
import type { DefaultRevision, RevisionTag, Webhook } from './mesh.ts';
import { ownerOf } from './owner.ts';

/** Every tag, from its webhook configuration (always) and its Service (Istio 1.28 and later), sorted by name. */
export function resolveTags(facts: Facts, webhooks: readonly Webhook[]): RevisionTag[] {
  const configs = byTag(facts.mutatingWebhooks.items);
  const services = byTag(facts.services.items);
  const names = [...new Set([...configs.keys(), ...services.keys()])].sort();
  return names.map((name) => tag(facts, name, configs.get(name), services.get(name), webhooks));
}

function byTag<T extends { readonly meta: MetaFact }>(objects: readonly T[]): ReadonlyMap<string, T> {
  return new Map(
    objects.flatMap((object) => {
      const name = object.meta.labels[tagKey];
      return name === undefined ? [] : [[name, object] as const];
    }),
  );
}

function tag(
  facts: Facts,
  name: string,
  config: WebhookConfigFact | undefined,
  service: ServiceFact | undefined,
  webhooks: readonly Webhook[],
): RevisionTag {
  const meta = config?.meta ?? service?.meta;
  const revision = meta?.labels[revisionKey] ?? '';
  return {
    name,
    revision,
    webhook: config?.meta.name ?? null,
    service: service === undefined ? null : `${service.meta.namespace}/${service.meta.name}`,
    owner: meta === undefined ? { kind: 'unknown', name: '', evidence: '' } : ownerOf(meta, facts.helmReleases),
    problem:
      disagreement(config, service) ??
      missingWebhook(facts, config) ??
      noControlPlane(facts, revision) ??
      sickness(config, webhooks),
  };
}

function disagreement(config: WebhookConfigFact | undefined, service: ServiceFact | undefined): string | null {
  const [byWebhook, byService] = [config?.meta.labels[revisionKey], service?.meta.labels[revisionKey]];
  if (byWebhook === undefined || byService === undefined || byWebhook === byService) return null;
  return `Its webhook points to revision ${byWebhook}, its Service to ${byService}.`;
}

function missingWebhook(facts: Facts, config: WebhookConfigFact | undefined): string | null {
  if (config !== undefined || facts.mutatingWebhooks.unread !== null) return null;
  return 'Only its Service is left; without a webhook configuration it injects nothing.';
}

function noControlPlane(facts: Facts, revision: string): string | null {
  if (facts.deployments.unread !== null) return null;
  const exists = facts.deployments.items.some(
    ({ meta, istiodRevision }) =>
      meta.labels['app'] === 'istiod' && (meta.labels[revisionKey] ?? (istiodRevision || 'default')) === revision,
  );
  return exists ? null : `It points to revision ${revision}, which has no control plane here.`;
}

function sickness(config: WebhookConfigFact | undefined, webhooks: readonly Webhook[]): string | null {
  const sick = webhooks.find((webhook) => webhook.name === config?.meta.name && webhook.healthy === false);
  return sick?.problem ?? null;
}

/** The default revision, by the order in which Istio itself looks (pkg/revisions/default_watcher.go, tag_watcher.go). */
export function resolveDefault(facts: Facts, webhooks: readonly Webhook[]): DefaultRevision {
  const byTag = webhooks.find(
    (webhook) => webhook.tag === 'default' && webhook.kind === 'MutatingWebhookConfiguration',
  );
  const live = webhooks.some(
    ({ kind, tag: name, labelledRevision, deactivated }) =>
      kind === 'MutatingWebhookConfiguration' && name === null && labelledRevision === 'default' && !deactivated,
  );
  const validator = webhooks.find((webhook) => webhook.name === 'istiod-default-validator');
  const sources = {
    byTag: byTag?.labelledRevision ?? null,
    byInjector: live ? 'default' : null,
    byValidator: validator?.labelledRevision ?? null,
  };
  return {
    revision: sources.byTag ?? sources.byInjector ?? sources.byValidator,
    ...sources,
    injects: injectionContext(facts, webhooks).hasDefault,
  };
}
