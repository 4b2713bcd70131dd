/** The objects that carry a revision tag, and what they must say to name another revision. */
import { isDeepStrictEqual } from 'node:util';
import { Blocked } from '../errors.ts';
import { record, records } from '../inventory/json.ts';
import type { KubeObject } from '../kube/api.ts';
import { resources } from '../kube/resources.ts';
import type { Facts, WebhookConfigFact } from '../mesh/facts.ts';
import { revisionKey, tagKey } from '../mesh/keys.ts';
import { change, type Change } from './change.ts';
import { ownConfig, pointed, type Target } from './injector.ts';
import type { MoveTag } from './spec.ts';
import type { Observation, StepContext } from './step.ts';
import { blocked, done, ready, unknown } from './verdicts.ts';

/** What of a MoveTag says where the tag is and shall be. */
export type TagMove = Pick<MoveTag, 'tag' | 'from' | 'to' | 'webhook' | 'service'>;

const operatorKey = /^(install\.)?operator\.istio\.io\//;
const helmKey = /^meta\.helm\.sh\//;

/**
 * Moves the objects of a tag as `istioctl tag set --overwrite` does (istioctl/pkg/tag/generate.go): first the webhook
 * configuration, in one patch with its label, so that no moment is without a webhook that matches and the patcher of the
 * wrong istiod never takes it up; then the Service. Selectors, path and port stay.
 * @throws Blocked when the tag points somewhere else by now
 */
export async function moveTagObjects(context: StepContext, move: TagMove, target: Target): Promise<void> {
  const webhook = { resource: resources.mutatingWebhooks, name: move.webhook };
  await change(context, webhook, (object) => webhookChange(object, move, target));
  if (move.service === null) return;
  const own = await context.api.get({ resource: resources.services, ...target.service }, { signal: context.signal });
  const selector = record(record(own['spec'])['selector']);
  await change(context, { resource: resources.services, ...move.service }, (object) => {
    refuseStrange(object, move);
    const before = record(record(object['spec'])['selector']);
    if (object.metadata.labels?.[revisionKey] === move.to && isDeepStrictEqual(before, selector)) return null;
    const gone = Object.fromEntries(Object.keys(before).map((key) => [key, null]));
    return { metadata: { labels: { [revisionKey]: move.to } }, spec: { selector: { ...gone, ...selector } } };
  });
}

function webhookChange(object: KubeObject, move: TagMove, target: Target): Change | null {
  refuseStrange(object, move);
  const before = records(object['webhooks']);
  const webhooks = before.map((one) => pointed(one, target));
  const labels = labelsFor(object, move, target);
  const annotations = annotationsFor(object, target);
  const metadata = { ...(labels && { labels }), ...(annotations && { annotations }) };
  if (Object.keys(metadata).length === 0 && isDeepStrictEqual(before, webhooks)) return null;
  return { metadata, webhooks };
}

/** As istioctl: the labels of the revision's own configuration but for those of the operator, which would have it pruned. */
function labelsFor(object: KubeObject, move: TagMove, target: Target): Record<string, string> | null {
  const copied = Object.entries(target.labels).filter(([key]) => !operatorKey.test(key));
  const wanted = { ...Object.fromEntries(copied), [revisionKey]: move.to, [tagKey]: move.tag };
  return missing(object.metadata.labels ?? {}, wanted);
}

/** A tag of `istioctl tag set` names the Helm release of its revision, which does not own it; so it goes on to do. */
function annotationsFor(object: KubeObject, target: Target): Record<string, string> | null {
  const present = object.metadata.annotations ?? {};
  if (!Object.keys(present).some((key) => helmKey.test(key))) return null;
  const wanted = Object.fromEntries(Object.entries(target.annotations).filter(([key]) => helmKey.test(key)));
  return missing(present, wanted);
}

function missing(
  present: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): Record<string, string> | null {
  const different = Object.entries(wanted).filter(([key, value]) => present[key] !== value);
  return different.length === 0 ? null : Object.fromEntries(different);
}

function refuseStrange(object: KubeObject, { tag, from, to }: TagMove): void {
  const label = object.metadata.labels?.[revisionKey] ?? '';
  if (label === from || label === to) return;
  const name = `${object.kind ?? 'object'} ${object.metadata.name}`;
  const message = `Tag ${tag}: ${name} points to revision ${label || 'none'}, neither to ${from} nor to ${to}.`;
  throw new Blocked(message, { object: name, remedy: 'Somebody else moved the tag: make a new plan.' });
}

/** Where a tag stands, from what was read. */
export function observeTag(facts: Facts, move: TagMove): Observation {
  const { mutatingWebhooks, services } = facts;
  const config = mutatingWebhooks.items.find(({ meta }) => meta.name === move.webhook);
  if (config === undefined) {
    const why = `Webhook configuration ${move.webhook} of tag ${move.tag} does not exist.`;
    return mutatingWebhooks.unread === null ? blocked(why) : unknown(mutatingWebhooks.unread);
  }
  const label = config.meta.labels[revisionKey] ?? '';
  if (label !== move.from && label !== move.to) {
    return blocked(`Tag ${move.tag} points to revision ${label || 'none'}, neither to ${move.from} nor to ${move.to}.`);
  }
  const own = ownConfig(facts, move.to);
  if (own === null) return blocked(`Revision ${move.to} has no injecting webhook configuration of its own.`);
  if (label !== move.to || !sameTarget(config, own)) return ready;
  if (services.unread !== null) return unknown(services.unread);
  return serviceMoved(facts, move, own) ? done : ready;
}

function sameTarget(config: WebhookConfigFact, own: WebhookConfigFact): boolean {
  const target = own.webhooks[0]?.service ?? null;
  return config.webhooks.every(
    ({ service, hasCaBundle }) =>
      hasCaBundle && service !== null && service.name === target?.name && service.namespace === target.namespace,
  );
}

function serviceMoved(facts: Facts, { service, to }: TagMove, own: WebhookConfigFact): boolean {
  if (service === null) return true;
  const find = (namespace: string, name: string) =>
    facts.services.items.find(({ meta }) => meta.namespace === namespace && meta.name === name);
  const tagged = find(service.namespace, service.name);
  const target = own.webhooks[0]?.service ?? null;
  const main = target === null ? undefined : find(target.namespace, target.name);
  if (tagged === undefined || main === undefined) return false;
  return tagged.meta.labels[revisionKey] === to && isDeepStrictEqual({ ...tagged.selector }, { ...main.selector });
}
