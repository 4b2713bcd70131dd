import type { KubeObject } from '../../src/kube/api.ts';
import { at, objectAt, objectsAt, textAt, type JsonObject } from './json.ts';
import type { CompiledHooks, Hook, HookRound } from './hook.ts';
import { compileLabelSelector, type Labels } from './selectors.ts';
import { bucketOf, type StoreState } from './state.ts';
import type { KindInfo, WebhookTarget } from './types.ts';

/** What admission is about to let through. */
export interface AdmissionSubject {
  readonly kind: KindInfo;
  /** '' for the main resource. */
  readonly subresource: string;
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly namespace: string | undefined;
}

const pluralOf = {
  mutating: 'mutatingwebhookconfigurations',
  validating: 'validatingwebhookconfigurations',
} as const satisfies Record<HookRound, string>;

/**
 * The webhooks of a round with a rule for a write, in calling order: by name of the configuration, then as listed in it.
 * With matchPolicy Equivalent (the default) a rule for any served version of the kind matches.
 */
export function hooksFor(state: StoreState, round: HookRound, subject: AdmissionSubject): readonly Hook[] {
  const { hooks, byKind } = compiledHooks(state, round);
  if (hooks.length === 0) return hooks;
  const known = byKind.get(subject.kind) ?? new Map<string, readonly Hook[]>();
  byKind.set(subject.kind, known);
  const key = `${subject.operation}/${subject.subresource}`;
  const found = known.get(key) ?? hooks.filter((hook) => hook.rules.some((rule) => ruleMatches(rule, subject)));
  known.set(key, found);
  return found;
}

function compiledHooks(state: StoreState, round: HookRound): CompiledHooks {
  const known = state.hooks.get(round);
  if (known?.revision === known?.bucket.revision && known) return known;
  const kind = state.registry.served({ group: 'admissionregistration.k8s.io', version: 'v1', plural: pluralOf[round] });
  const bucket = bucketOf(state, kind);
  const forms = bucket.keys('').flatMap((key) => bucket.get(key) ?? []);
  const hooks = forms.flatMap((form) => objectsAt(form, 'webhooks').map(compileHook));
  const compiled = { bucket, revision: bucket.revision, hooks, byKind: new WeakMap() };
  state.hooks.set(round, compiled);
  return compiled;
}

function compileHook(webhook: JsonObject): Hook {
  const name = textAt(webhook, 'name') ?? '';
  const url = textAt(webhook, 'clientConfig', 'url');
  const service = objectAt(webhook, 'clientConfig', 'service');
  const sideEffects = textAt(webhook, 'sideEffects') ?? '';
  return {
    name,
    target: {
      webhook: name,
      ...(url !== undefined && { url }),
      ...(service && { service: serviceOf(service) }),
      timeoutSeconds: Number(webhook['timeoutSeconds'] ?? 10),
    },
    reinvoke: webhook['reinvocationPolicy'] === 'IfNeeded',
    ignoreFailure: webhook['failurePolicy'] === 'Ignore',
    dryRunSafe: sideEffects === 'None' || sideEffects === 'NoneOnDryRun',
    namespaces: compileLabelSelector(webhook['namespaceSelector'] ?? {}),
    objects: compileLabelSelector(webhook['objectSelector'] ?? {}),
    rules: objectsAt(webhook, 'rules'),
  };
}

function serviceOf(service: JsonObject): NonNullable<WebhookTarget['service']> {
  return {
    namespace: String(service['namespace'] ?? ''),
    name: String(service['name'] ?? ''),
    path: String(service['path'] ?? '/'),
    port: Number(service['port'] ?? 443),
  };
}

/** Whether a webhook with a rule for a write wants to see it. `matchConditions` are not evaluated: they count as met. */
export function hookMatches(
  state: StoreState,
  hook: Hook,
  subject: AdmissionSubject,
  object: KubeObject | null,
  old: KubeObject | null,
): boolean {
  const labels = namespaceLabels(state, subject, object ?? old);
  if (labels && !hook.namespaces(labels)) return false;
  return [object, old].some((side) => side !== null && hook.objects(side.metadata.labels ?? {}));
}

function ruleMatches(rule: JsonObject, subject: AdmissionSubject): boolean {
  const { kind, subresource, operation } = subject;
  if (!includes(rule, 'operations', [operation])) return false;
  if (!includes(rule, 'apiGroups', [kind.group])) return false;
  if (!includes(rule, 'apiVersions', kind.versions)) return false;
  const scope = rule['scope'] ?? '*';
  if (scope !== '*' && scope !== (kind.namespaced ? 'Namespaced' : 'Cluster')) return false;
  const wanted = subresource
    ? [`${kind.plural}/${subresource}`, `${kind.plural}/*`, `*/${subresource}`, '*/*']
    : [kind.plural, '*', '*/*'];
  const resources = at(rule, 'resources');
  return Array.isArray(resources) && resources.some((resource) => wanted.includes(resource as string));
}

function includes(rule: JsonObject, field: string, wanted: readonly string[]): boolean {
  const listed = rule[field];
  return Array.isArray(listed) && listed.some((entry) => entry === '*' || wanted.includes(entry as string));
}

/** A namespace is matched by its own labels; other cluster-scoped objects match every selector: undefined. */
function namespaceLabels(state: StoreState, subject: AdmissionSubject, object: KubeObject | null): Labels | undefined {
  if (subject.kind.plural === 'namespaces' && subject.kind.group === '') return object?.metadata.labels ?? {};
  if (!subject.kind.namespaced) return undefined;
  const kind = state.registry.find('', 'namespaces');
  const namespace = kind && bucketOf(state, kind).get(subject.namespace ?? '');
  return namespace?.metadata.labels ?? {};
}
