import type { KubeObject } from '../../src/kube/api.ts';
import { hookMatches, hooksFor, type AdmissionSubject } from './admission-hooks.ts';
import { ApiFailure, internalError } from './failure.ts';
import type { Hook } from './hook.ts';
import { frozen, isObject, sameJson, thawed } from './json.ts';
import { jsonPatch } from './patch-json.ts';
import { uuid } from './random.ts';
import type { StoreState } from './state.ts';
import type { AdmissionRequest, WebhookAnswer, WebhookTarget } from './types.ts';

/** A write on its way through admission. */
export interface Admission extends AdmissionSubject {
  readonly version: string;
  readonly name: string;
  readonly old: KubeObject | null;
  readonly dryRun: boolean;
  readonly user: string;
}

/**
 * Calls the mutating webhooks in order and lays their patches over the object. Webhooks with reinvocationPolicy
 * IfNeeded are called once more when a webhook after them changed the object. `defaults` runs after every change.
 * @returns the object as admission leaves it; the same object when nobody changed it
 * @throws ApiFailure of a denial, or 500 when a webhook with failurePolicy Fail does not answer
 */
export function mutate(
  state: StoreState,
  admission: Admission,
  object: KubeObject,
  defaults: (draft: KubeObject) => void,
): KubeObject {
  if (exempt(admission)) return object;
  const hooks = hooksFor(state, 'mutating', admission);
  if (hooks.length === 0) return object;
  let current = object;
  const waiting = new Set<Hook>();
  const again: Hook[] = [];
  const pass = (hook: Hook) => {
    const next = callMutating(state, hook, admission, current, defaults);
    if (next === undefined || next === current) return next !== undefined;
    current = next;
    again.push(...waiting);
    waiting.clear();
    return true;
  };
  for (const hook of hooks) if (pass(hook) && hook.reinvoke) waiting.add(hook);
  const second = new Set(again);
  for (const hook of hooks) if (second.has(hook)) pass(hook);
  return current;
}

/** Undefined when the webhook was not called. */
function callMutating(
  state: StoreState,
  hook: Hook,
  admission: Admission,
  object: KubeObject,
  defaults: (draft: KubeObject) => void,
): KubeObject | undefined {
  const answer = call(state, hook, admission, object);
  if (!answer) return undefined;
  if (!answer.patch?.length) return object;
  const patched = jsonPatch(object, answer.patch) as KubeObject;
  if (sameJson(patched, object)) return object;
  const next = admission.kind.strategy.shallow ? withOwnFields(patched) : thawed(patched);
  defaults(next);
  return next;
}

/** A draft again: a patch may have replaced metadata or spec by what is frozen. */
function withOwnFields(object: KubeObject): KubeObject {
  const { metadata, spec } = object;
  return { ...object, metadata: { ...metadata }, ...(isObject(spec) && { spec: { ...spec } }) };
}

/**
 * Calls the validating webhooks.
 * @throws ApiFailure like `mutate`
 */
export function validate(state: StoreState, admission: Admission, object: KubeObject | null): void {
  if (exempt(admission)) return;
  for (const hook of hooksFor(state, 'validating', admission)) call(state, hook, admission, object);
}

/** Webhook configurations are never sent to webhooks: a broken one could not be repaired. */
function exempt(admission: Admission): boolean {
  return admission.kind.group === 'admissionregistration.k8s.io';
}

/** Calls one webhook if it wants the write. Undefined when it does not, or when it failed and may be ignored. */
function call(
  state: StoreState,
  hook: Hook,
  admission: Admission,
  object: KubeObject | null,
): Extract<WebhookAnswer, { kind: 'answered' }> | undefined {
  if (!hookMatches(state, hook, admission, object, admission.old)) return undefined;
  if (admission.dryRun && !hook.dryRunSafe) {
    throw new ApiFailure(400, 'BadRequest', `admission webhook "${hook.name}" does not support dry run`);
  }
  const answer = state.webhooks?.call(hook.target, review(state, admission, object)) ?? noNetwork;
  if (answer.kind === 'unreachable') {
    if (hook.ignoreFailure) return undefined;
    throw internalError(
      `failed calling webhook "${hook.name}": failed to call webhook: ${post(hook.target)}: ${answer.error}`,
    );
  }
  if (!answer.allowed) throw denial(hook.name, answer.status);
  return answer;
}

const noNetwork: WebhookAnswer = { kind: 'unreachable', error: 'dial tcp: connect: network is unreachable' };

/** The start of Go's error text of a failed call. */
function post(target: WebhookTarget): string {
  const { service, timeoutSeconds } = target;
  const base = service
    ? `https://${service.name}.${service.namespace}.svc:${service.port}${service.path}`
    : (target.url ?? '');
  return `Post "${base}?timeout=${timeoutSeconds}s"`;
}

function denial(webhook: string, status: Extract<WebhookAnswer, { kind: 'answered' }>['status']): ApiFailure {
  const why = status?.message || status?.reason;
  const message = `admission webhook "${webhook}" denied the request${why ? `: ${why}` : ' without explanation'}`;
  return new ApiFailure(Math.max(status?.code ?? 0, 400), status?.reason ?? '', message);
}

function review(state: StoreState, admission: Admission, object: KubeObject | null): AdmissionRequest {
  const { kind, version, subresource, namespace } = admission;
  return {
    uid: uuid(state.random),
    kind: { group: kind.group, version, kind: kind.kind },
    resource: { group: kind.group, version, resource: kind.plural },
    ...(subresource && { subResource: subresource }),
    name: admission.name,
    ...(namespace !== undefined && { namespace }),
    operation: admission.operation,
    userInfo: { username: admission.user },
    object: object && frozen(object),
    oldObject: admission.old,
    dryRun: admission.dryRun,
  };
}
