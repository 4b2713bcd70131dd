/** The injector of the control plane without revision: it must not match beside tag `default` (IST0139). */
import { records, text } from '../inventory/json.ts';
import { resources } from '../kube/resources.ts';
import type { Facts, WebhookConfigFact } from '../mesh/facts.ts';
import { revisionKey, tagKey } from '../mesh/keys.ts';
import { change, find } from './change.ts';
import { injects } from './injector.ts';
import type { Write } from './spec.ts';
import type { StepContext } from './step.ts';

const never = { matchLabels: { 'istio.io/deactivated': 'never-match' } };

/** Its name in the control plane's namespace, which tag `default`'s configuration ends with outside istio-system. */
function nameBeside(tagWebhook: string): string {
  return tagWebhook.replace(/^istio-revision-tag-default/, 'istio-sidecar-injector');
}

/** The change that deactivating it is, for the plan. */
export function plainInjectorWrite(tagWebhook: string): Write {
  return {
    ...{ verb: 'patch', resource: 'mutatingwebhookconfigurations.admissionregistration.k8s.io', namespace: '' },
    name: nameBeside(tagWebhook),
    what: 'only where it is live beside tag default: selectors that never match, as istioctl does',
  };
}

/** The live injector of the control plane without revision; null when there is none or it is switched off already. */
export function plainInjector(facts: Facts, tagWebhook: string): WebhookConfigFact | null {
  const found = facts.mutatingWebhooks.items.find(({ meta }) => meta.name === nameBeside(tagWebhook));
  if (found === undefined || found.meta.labels[revisionKey] !== 'default') return null;
  const live = found.webhooks.some(
    ({ namespaceSelector }) => namespaceSelector.matchLabels['istio.io/deactivated'] !== 'never-match',
  );
  return live && found.meta.labels[tagKey] === undefined ? found : null;
}

/**
 * Switches it off by selectors that nothing meets, as `istioctl tag set default` does (istioctl/pkg/tag/util.go), so that
 * exactly one configuration matches. Only after the tag's own: then no moment is without one.
 */
export async function deactivatePlainInjector(context: StepContext, tagWebhook: string): Promise<void> {
  const ref = { resource: resources.mutatingWebhooks, name: nameBeside(tagWebhook) };
  if ((await find(context, ref)) === null) return;
  await change(context, ref, (object) => {
    const { labels = {} } = object.metadata;
    const webhooks = records(object['webhooks']);
    const isPlain = labels[revisionKey] === 'default' && labels[tagKey] === undefined;
    const live = webhooks.filter((one) => injects(text(one['name']))).some((one) => !isNever(one['namespaceSelector']));
    if (!isPlain || !live) return null;
    return { webhooks: webhooks.map((one) => ({ ...one, namespaceSelector: never, objectSelector: never })) };
  });
}

function isNever(selector: unknown): boolean {
  return JSON.stringify(selector) === JSON.stringify(never);
}
