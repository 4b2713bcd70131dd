/** Revision tags and the default revision. */
import type { ControlPlane, DefaultRevision, RevisionTag, Webhook } from './control-plane-model.ts';
import type { Facts, MetaFact, ServiceFact, WebhookConfigFact } from './facts.ts';
import { injectionContext } from './injection.ts';
import { revisionKey, tagKey } from './keys.ts';
import { ownerOf } from './owner.ts';

/** Every tag, from its webhook configuration (always) and its Service (Istio 1.28 and later), sorted by name. */
export function resolveTags(
  facts: Facts,
  webhooks: readonly Webhook[],
  planes: readonly Pick<ControlPlane, 'revision'>[],
): RevisionTag[] {
  const configs = byTag(facts.mutatingWebhooks.items);
  const services = byTag(facts.services.items);
  const names = [...new Set([...configs.keys(), ...services.keys()])].sort();
  return names.map((name) => tag({ facts, webhooks, planes }, name, configs.get(name) ?? [], services.get(name)?.[0]));
}

interface Surroundings {
  readonly facts: Facts;
  readonly webhooks: readonly Webhook[];
  readonly planes: readonly Pick<ControlPlane, 'revision'>[];
}

function byTag<T extends { readonly meta: MetaFact }>(objects: readonly T[]): ReadonlyMap<string, readonly T[]> {
  const found = new Map<string, T[]>();
  for (const object of objects) {
    const name = object.meta.labels[tagKey];
    if (name !== undefined) found.set(name, [...(found.get(name) ?? []), object]);
  }
  return found;
}

function tag(
  around: Surroundings,
  name: string,
  configs: readonly WebhookConfigFact[],
  service: ServiceFact | undefined,
): RevisionTag {
  const [config] = configs;
  const meta = config?.meta ?? service?.meta;
  const revision = meta?.labels[revisionKey] ?? '';
  return {
    name,
    revision,
    webhook: config?.meta.name ?? null,
    service: service === undefined ? null : `${service.meta.namespace}/${service.meta.name}`,
    owner: meta === undefined ? { kind: 'unknown', name: '', evidence: '' } : ownerOf(meta, around.facts.helmReleases),
    problem:
      twice(configs) ??
      disagreement(config, service) ??
      missingWebhook(around.facts, config) ??
      deadEnd(around, revision, config),
  };
}

function twice(configs: readonly WebhookConfigFact[]): string | null {
  if (configs.length < 2) return null;
  const targets = configs.map(({ meta }) => `${meta.name} to revision ${meta.labels[revisionKey] ?? 'unknown'}`);
  return `Several webhook configurations stand for it: ${targets.join(', ')}.`;
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

// A control plane that lives elsewhere (remote istiod) has no Deployment here; its webhook answers, or cannot be judged.
function deadEnd(
  { facts, webhooks, planes }: Surroundings,
  revision: string,
  config: WebhookConfigFact | undefined,
): string | null {
  const sick = webhooks.find((webhook) => webhook.name === config?.meta.name && webhook.healthy === false);
  if (sick === undefined) return null;
  const known = facts.deployments.unread !== null || planes.some((plane) => plane.revision === revision);
  return known ? sick.problem : `It points to revision ${revision}, which has no control plane here.`;
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
