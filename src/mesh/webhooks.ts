/** Istio's admission webhooks, each followed to the pods that would answer. */
import type { Facts, SelectorFact, WebhookConfigFact, WebhookFact } from './facts.ts';
import { targetFinder, type FindTarget, type Target } from './endpoints.ts';
import { isIstioConfig } from './istio-config.ts';
import { revisionKey, tagKey } from './keys.ts';
import type { Webhook } from './control-plane-model.ts';
import type { Known } from './model-basics.ts';
import { overlapProblems } from './overlaps.ts';
import { ownerOf } from './owner.ts';

/** Every Istio webhook configuration, one entry for each distinct target of it, sorted by kind and name. */
export function resolveWebhooks(facts: Facts): Webhook[] {
  const find = targetFinder(facts);
  const configs = [...facts.mutatingWebhooks.items, ...facts.validatingWebhooks.items].filter(isIstioConfig);
  const overlaps = overlapProblems(facts);
  return configs
    .flatMap((config) => byTarget(config).map((webhooks) => resolve(facts, config, webhooks, find)))
    .map((webhook) => withOverlap(webhook, overlaps.get(webhook.name)))
    .sort((a, b) => order(a.kind, b.kind) || order(a.name, b.name) || order(a.target, b.target));
}

// istioctl switches a webhook off by a selector that nothing carries (istioctl/pkg/util/common.go).
function isDeactivated(webhook: WebhookFact): boolean {
  return neverMatches(webhook.namespaceSelector) || neverMatches(webhook.objectSelector);
}

function neverMatches(selector: SelectorFact): boolean {
  return selector.matchLabels['istio.io/deactivated'] === 'never-match';
}

function byTarget(config: WebhookConfigFact): readonly (readonly WebhookFact[])[] {
  const groups = new Map<string, WebhookFact[]>();
  for (const webhook of config.webhooks) {
    const key = targetName(webhook);
    groups.set(key, [...(groups.get(key) ?? []), webhook]);
  }
  return [...groups.values()];
}

function targetName({ service, url }: WebhookFact): string {
  return service === null ? url : `${service.namespace}/${service.name}`;
}

function resolve(facts: Facts, config: WebhookConfigFact, webhooks: readonly WebhookFact[], find: FindTarget): Webhook {
  const [first] = webhooks;
  const service = first?.service ?? null;
  const target = service === null ? null : find(service.namespace, service.name);
  const labelled = config.meta.labels[revisionKey] ?? null;
  const deactivated = webhooks.every(isDeactivated);
  const state = deactivated
    ? { healthy: true, problem: null }
    : health(config, webhooks, target, { labelled, podsUnread: facts.pods.unread });
  const [behind] = target?.revisions ?? [];
  return {
    name: config.meta.name,
    kind: config.kind,
    webhooks: webhooks.map((webhook) => webhook.name),
    target: first === undefined ? '' : targetName(first),
    revision: behind ?? labelled,
    labelledRevision: labelled,
    tag: config.meta.labels[tagKey] ?? null,
    deactivated,
    failurePolicy: strictest(webhooks),
    // EndpointSlices outlive their Service for a moment; nothing can be called through them.
    readyEndpoints: target === null || target.exists === false ? 0 : target.readyEndpoints,
    ...state,
    owner: ownerOf(config.meta, facts.helmReleases),
  };
}

function strictest(webhooks: readonly WebhookFact[]): string {
  return (webhooks.find((webhook) => webhook.failurePolicy === 'Fail') ?? webhooks[0])?.failurePolicy ?? '';
}

interface Health {
  readonly healthy: Known;
  readonly problem: string | null;
}

function health(
  config: WebhookConfigFact,
  webhooks: readonly WebhookFact[],
  target: Target | null,
  { labelled, podsUnread }: { readonly labelled: string | null; readonly podsUnread: string | null },
): Health {
  if (target === null)
    return { healthy: null, problem: 'It calls a URL; whether that answers cannot be seen from here.' };
  const effect = consequence(
    config.kind,
    webhooks.some((webhook) => webhook.failurePolicy === 'Fail'),
  );
  if (target.exists === false) return sick(`Service ${target.name} not found: ${effect}.`);
  if (target.exists === null)
    return unseen(`Services could not be read, so whether ${target.name} exists is not known.`);
  if (target.ready === false) return sick(`Service ${target.name} has no ready endpoint: ${effect}.`);
  if (target.ready === null) return unseen(`The endpoints of Service ${target.name} could not be read.`);
  if (target.revisions.length > 1)
    return sick(`Service ${target.name} leads to several revisions: ${target.revisions.join(', ')}.`);
  const [behind] = target.revisions;
  if (behind !== undefined && labelled !== null && behind !== labelled) {
    return sick(`Labelled istio.io/rev=${labelled}, but behind Service ${target.name} is revision ${behind}.`);
  }
  if (webhooks.some((webhook) => !webhook.hasCaBundle)) {
    return sick(`Its caBundle is empty: the istiod of its revision has not patched it yet, so ${effect}.`);
  }
  if (behind === undefined && podsUnread !== null) {
    return unseen(`Pods could not be read, so which revision is behind Service ${target.name} is not known.`);
  }
  return { healthy: true, problem: null };
}

function sick(problem: string): Health {
  return { healthy: false, problem };
}

function unseen(problem: string): Health {
  return { healthy: null, problem };
}

function consequence(kind: WebhookConfigFact['kind'], fails: boolean): string {
  if (kind === 'MutatingWebhookConfiguration') {
    return fails
      ? 'pods that it matches are refused (failurePolicy Fail)'
      : 'pods that it matches start without a sidecar (failurePolicy Ignore)';
  }
  return fails
    ? 'every write of an Istio object that it matches is refused (failurePolicy Fail)'
    : 'Istio objects are stored unchecked (failurePolicy Ignore)';
}

function withOverlap(webhook: Webhook, overlap: string | undefined): Webhook {
  if (overlap === undefined || webhook.kind !== 'MutatingWebhookConfiguration' || webhook.deactivated) return webhook;
  return { ...webhook, healthy: webhook.healthy === null ? null : false, problem: join(webhook.problem, overlap) };
}

function join(first: string | null, second: string): string {
  return first === null ? second : `${first} ${second}`;
}

function order(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
