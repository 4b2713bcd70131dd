/** The webhook configuration that a revision has for itself: where a tag or the default must point to name that revision. */
import { Blocked, Transient } from '../errors.ts';
import { record, records, text, type Json } from '../inventory/json.ts';
import type { KubeObject } from '../kube/api.ts';
import { resources } from '../kube/resources.ts';
import type { Facts, WebhookConfigFact } from '../mesh/facts.ts';
import { revisionKey, tagKey } from '../mesh/keys.ts';
import { listed } from './change.ts';
import type { StepContext } from './step.ts';

/** Where a revision's webhooks answer, and what its objects are labelled with. */
export interface Target {
  readonly revision: string;
  readonly service: { readonly namespace: string; readonly name: string };
  readonly caBundle: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

const suffix = 'sidecar-injector.istio.io';

/** Whether a webhook's name says that it injects (istiod chart, mutatingwebhook.yaml). */
export function injects(name: string): boolean {
  return name.endsWith(suffix);
}

/**
 * Reads the target of a revision from its own configuration, as `istioctl tag set` does (istioctl/pkg/tag/generate.go).
 * @throws Blocked when there is none, more than one, or it calls a URL; Transient while its caBundle is empty
 */
export async function targetOf(context: StepContext, revision: string): Promise<Target> {
  const labelSelector = `${revisionKey}=${revision},!${tagKey}`;
  const found = (await listed(context, resources.mutatingWebhooks, { labelSelector })).filter(isInjector);
  const [own, ...others] = found;
  const object = `revision ${revision}`;
  if (own === undefined || others.length > 0) {
    const names = found.map(({ metadata }) => metadata.name).join(', ') || 'none';
    const message = `Revision ${revision} must have exactly one injecting webhook configuration of its own; it has: ${names}.`;
    throw new Blocked(message, {
      object,
      remedy: 'Install the control plane of that revision, or remove what is left over.',
    });
  }
  const client = record(records(own['webhooks']).find((one) => injects(text(one['name'])))?.['clientConfig']);
  const service = record(client['service']);
  const [namespace, name] = [text(service['namespace']), text(service['name'])];
  if (name === '' || namespace === '') {
    const message = `MutatingWebhookConfiguration ${own.metadata.name} calls a URL and no Service.`;
    throw new Blocked(message, { object, remedy: 'Move what points to it with the tool that installed it.' });
  }
  const caBundle = text(client['caBundle']);
  if (caBundle === '') {
    const message = `MutatingWebhookConfiguration ${own.metadata.name} has an empty caBundle: its istiod has not patched it yet.`;
    throw new Transient(message, { object, remedy: 'Wait until its istiod is ready.' });
  }
  const { labels = {}, annotations = {} } = own.metadata;
  return { revision, service: { namespace, name }, caBundle, labels, annotations };
}

function isInjector(object: KubeObject): boolean {
  return records(object['webhooks']).some((one) => injects(text(one['name'])));
}

/** A webhook that calls the target: Service and bundle change, path and port stay. */
export function pointed(webhook: Json, { service, caBundle }: Pick<Target, 'service' | 'caBundle'>): Json {
  const client = record(webhook['clientConfig']);
  return { ...webhook, clientConfig: { ...client, service: { ...record(client['service']), ...service }, caBundle } };
}

/** The same from facts: the revision's own configuration; null when there is none. */
export function ownConfig(facts: Facts, revision: string): WebhookConfigFact | null {
  const mine = facts.mutatingWebhooks.items.find(
    ({ meta, webhooks }) =>
      meta.labels[revisionKey] === revision &&
      meta.labels[tagKey] === undefined &&
      webhooks.some(({ name }) => injects(name)),
  );
  return mine ?? null;
}
