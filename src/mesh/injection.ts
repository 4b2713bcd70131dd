/** The injection decision: which revision would inject a pod created now, or why none would. */
import type { Webhook } from './control-plane-model.ts';
import type { Facts, InjectorConfigFact, Labels } from './facts.ts';
import type { InjectionCode, InjectionDecision } from './injection-model.ts';
import { refusal, type NewPod } from './injector-rules.ts';
import { admissionLabels, calls, injectors, type Injector } from './injectors.ts';
import { isIstioConfig } from './istio-config.ts';
import { injectionKey, revisionKey } from './keys.ts';
import { absence } from './no-injection.ts';

/** What decisions rest on; made once for many of them. */
export interface InjectionContext {
  readonly injectors: readonly Injector[];
  /** By name of the configuration and of the webhook: two webhooks of one configuration may have different targets. */
  readonly webhooks: ReadonlyMap<string, Webhook>;
  /** Injector settings by revision; missing where unread. */
  readonly settings: ReadonlyMap<string, InjectorConfigFact>;
  /** Why the mutating webhooks were not read; null when they were. */
  readonly unread: string | null;
  /** Whether anything serves istio-injection=enabled. */
  readonly hasDefault: boolean;
}

/** A namespace as admission sees it. */
export interface NamespaceLabels {
  readonly name: string;
  readonly labels: Labels;
}

/** Prepares decisions. */
export function injectionContext(facts: Facts, webhooks: readonly Webhook[]): InjectionContext {
  const configs = facts.mutatingWebhooks.items.filter(isIstioConfig);
  const all = injectors(configs);
  return {
    injectors: all,
    webhooks: new Map(
      webhooks
        .filter((webhook) => webhook.kind === 'MutatingWebhookConfiguration')
        .flatMap((webhook) => webhook.webhooks.map((name) => [`${webhook.name}/${name}`, webhook] as const)),
    ),
    settings: new Map(
      facts.configMaps.items.flatMap(({ meta, injector }) =>
        injector === null ? [] : [[meta.labels[revisionKey] ?? 'default', injector] as const],
      ),
    ),
    unread: facts.mutatingWebhooks.unread,
    hasDefault: all.some((one) => calls(one, { [injectionKey]: 'enabled' }, {}) === true),
  };
}

/** Decides for one pod. Follows the webhooks that are really there; no table of labels. */
export function decideInjection(context: InjectionContext, namespace: NamespaceLabels, pod: NewPod): InjectionDecision {
  const labels = admissionLabels(namespace.name, namespace.labels);
  const called: Injector[] = [];
  const perhaps: Injector[] = [];
  for (const injector of context.injectors) {
    const answer = calls(injector, labels, pod.labels);
    if (answer === true) called.push(injector);
    if (answer === null) perhaps.push(injector);
  }
  const [only, ...more] = called;
  if (more.length > 0) return overlap(called);
  if (perhaps.length > 0) return unsure(perhaps);
  // Also with one match: a webhook that was not read may match too, and inject a second proxy.
  if (context.unread !== null) return unknown(`The mutating webhooks could not be read whole: ${context.unread}`);
  if (only !== undefined) return byWebhook(context, only, namespace, pod);
  return { outcome: 'none', revision: null, tag: null, matched: [], ...absence(namespace, pod, context.hasDefault) };
}

function byWebhook(
  context: InjectionContext,
  injector: Injector,
  namespace: NamespaceLabels,
  pod: NewPod,
): InjectionDecision {
  const webhook = context.webhooks.get(injector.name);
  if (webhook === undefined) return unknown(`Webhook ${injector.name} was not resolved.`);
  const matched = [injector.name];
  const { code, why } = cause(namespace, pod);
  const way = route(webhook);
  const silence = unanswered(webhook, injector);
  if (silence !== null) return dead(webhook, injector, `${why} ${way} ${silence}`);
  const { revision, tag } = webhook;
  const refused = refusal(namespace.name, pod, context.settings.get(revision ?? '') ?? null);
  if (refused !== null) return { outcome: 'none', revision: null, tag: null, ...refused, matched };
  if (webhook.healthy === null) {
    return {
      outcome: 'unknown',
      revision,
      tag,
      code: 'unknown',
      reason: `${why} ${way} ${webhook.problem ?? ''}`.trim(),
      matched,
    };
  }
  return { outcome: 'injected', revision, tag, code, reason: `${why} ${way}`, matched };
}

/** Why the API server would get no valid answer; null when it would, or that is not known. */
function unanswered({ healthy, readyEndpoints, target }: Webhook, { webhook }: Injector): string | null {
  if (healthy !== false) return null;
  if (readyEndpoints === 0) return `Nothing answers at Service ${target}`;
  // Without a bundle the API server trusts its system roots, and those do not sign istiod's certificate.
  return webhook.hasCaBundle ? null : `The webhook's caBundle is empty`;
}

function dead(webhook: Webhook, { name, webhook: fact }: Injector, why: string): InjectionDecision {
  const fails = fact.failurePolicy !== 'Ignore';
  const effect = fails ? 'the pod is refused' : 'the pod starts without a sidecar';
  return {
    outcome: fails ? 'fails' : 'none',
    revision: null,
    tag: webhook.tag,
    code: 'webhook-dead',
    reason: `${why}, so ${effect} (failurePolicy ${fact.failurePolicy}).`,
    matched: [name],
  };
}

/** Which label made the webhook match: the first in Istio's order of precedence. */
function cause({ labels }: NamespaceLabels, pod: NewPod): { readonly code: InjectionCode; readonly why: string } {
  const injection = labels[injectionKey];
  const revision = labels[revisionKey];
  if (injection === 'enabled') {
    const beaten = revision === undefined ? '' : `, which beats istio.io/rev=${revision},`;
    return {
      code: 'namespace-injection-enabled',
      why: `Namespace label istio-injection=enabled${beaten} goes to the default revision:`,
    };
  }
  if (revision !== undefined)
    return { code: 'namespace-revision', why: `Namespace label istio.io/rev=${revision} goes to` };
  const own = pod.labels[revisionKey];
  if (own !== undefined) return { code: 'pod-revision', why: `Pod label istio.io/rev=${own} goes to` };
  if (pod.labels['sidecar.istio.io/inject'] === 'true') {
    return { code: 'pod-inject', why: 'Pod label sidecar.istio.io/inject=true goes to the default revision:' };
  }
  return { code: 'auto', why: 'Namespaces are injected unless they say otherwise (enableNamespacesByDefault):' };
}

function route({ tag, revision, target }: Webhook): string {
  const to = revision === null ? `whatever answers at ${target}` : `revision ${revision}`;
  return tag === null || tag === revision ? `${to}.` : `tag ${tag}, which is ${to}.`;
}

function unsure(perhaps: readonly Injector[]): InjectionDecision {
  const names = perhaps.map((one) => one.name);
  const conditions = [...new Set(perhaps.flatMap((one) => one.webhook.matchConditions))];
  const why = conditions.length > 0 ? `matchConditions (${conditions.join(', ')})` : 'a selector';
  return { ...unknown(`${names.join(', ')} has ${why} that cannot be evaluated here.`), matched: names };
}

function overlap(called: readonly Injector[]): InjectionDecision {
  const matched = called.map((one) => one.name);
  const reason = `${matched.length} webhooks match, so the pod would be injected more than once: ${matched.join(', ')}.`;
  return { outcome: 'overlap', revision: null, tag: null, code: 'overlap', reason, matched };
}

function unknown(reason: string): InjectionDecision {
  return { outcome: 'unknown', revision: null, tag: null, code: 'unknown', reason, matched: [] };
}
