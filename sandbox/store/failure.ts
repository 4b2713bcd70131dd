import type { JsonObject } from './json.ts';

/** One entry of `details.causes` of a Kubernetes Status. */
export interface FailureCause {
  readonly reason: string;
  readonly message: string;
  readonly field?: string;
}

/** `details` of a Kubernetes Status. */
export interface FailureDetails {
  readonly name?: string;
  readonly group?: string;
  /** The plural for errors about a resource, the kind for Invalid, as Kubernetes has it. */
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly FailureCause[];
  readonly retryAfterSeconds?: number;
}

/** What a failing answer needs of a resource. */
interface Named {
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
}

/** A refusal of the embedded API server: what a real one would send as a Status object. */
export class ApiFailure extends Error {
  /** The HTTP status code. */
  readonly code: number;
  /** Kubernetes' machine-readable reason, for example 'AlreadyExists'; '' when Kubernetes sends none. */
  readonly reason: string;
  readonly details: FailureDetails | undefined;

  constructor(code: number, reason: string, message: string, details?: FailureDetails) {
    super(message);
    this.name = 'ApiFailure';
    this.code = code;
    this.reason = reason;
    this.details = details;
  }

  /** The body of the HTTP answer. */
  status(): JsonObject {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      ...(this.reason && { reason: this.reason }),
      ...(this.details && { details: this.details }),
      code: this.code,
    };
  }
}

const resourceName = (of: Named) => (of.group ? `${of.plural}.${of.group}` : of.plural);
const kindName = (of: Named) => (of.group ? `${of.kind}.${of.group}` : of.kind);
const detailsOf = (of: Named, name: string): FailureDetails => ({
  ...(name && { name }),
  ...(of.group && { group: of.group }),
  kind: of.plural,
});

/** 404 of an object. */
export function notFound(of: Named, name: string): ApiFailure {
  return new ApiFailure(404, 'NotFound', `${resourceName(of)} "${name}" not found`, detailsOf(of, name));
}

/** 404 of a kind that is not served. */
export function unknownResource(): ApiFailure {
  return new ApiFailure(404, 'NotFound', 'the server could not find the requested resource');
}

/** 409 of a create. */
export function alreadyExists(of: Named, name: string): ApiFailure {
  return new ApiFailure(409, 'AlreadyExists', `${resourceName(of)} "${name}" already exists`, detailsOf(of, name));
}

/** 409 of a write whose precondition does not hold; without `why` the one of an outdated resourceVersion. */
export function conflict(of: Named, name: string, why = staleObject): ApiFailure {
  const message = `Operation cannot be fulfilled on ${resourceName(of)} "${name}": ${why}`;
  return new ApiFailure(409, 'Conflict', message, detailsOf(of, name));
}

const staleObject = 'the object has been modified; please apply your changes to the latest version and try again';

/** 403 with a reason of the server's own (not of RBAC). */
export function forbidden(of: Named, name: string, why: string, causes?: readonly FailureCause[]): ApiFailure {
  const message = `${resourceName(of)} "${name}" is forbidden: ${why}`;
  return new ApiFailure(403, 'Forbidden', message, { ...detailsOf(of, name), ...(causes && { causes }) });
}

/** One violated rule of an object: `text` is what Kubernetes prints after the field. */
export interface FieldError {
  readonly field: string;
  readonly reason: 'FieldValueRequired' | 'FieldValueInvalid' | 'FieldValueForbidden' | 'FieldValueNotSupported';
  readonly text: string;
}

/** 422 with one cause for each violated rule. */
export function invalid(of: Named, name: string, errors: readonly FieldError[]): ApiFailure {
  const lines = errors.map((e) => `${e.field}: ${e.text}`);
  const list = lines.length === 1 ? lines.join('') : `[${lines.join(', ')}]`;
  const causes = errors.map((e) => ({ reason: e.reason, message: e.text, field: e.field }));
  const details = { ...(name && { name }), ...(of.group && { group: of.group }), kind: of.kind, causes };
  return new ApiFailure(422, 'Invalid', `${kindName(of)} "${name}" is invalid: ${list}`, details);
}

/** 400. */
export function badRequest(message: string): ApiFailure {
  return new ApiFailure(400, 'BadRequest', message);
}

/** 410: the version asked for is gone from the history. */
export function expired(message: string): ApiFailure {
  return new ApiFailure(410, 'Expired', message);
}

/** 500. */
export function internalError(why: string): ApiFailure {
  const message = `Internal error occurred: ${why}`;
  return new ApiFailure(500, 'InternalError', message, { causes: [{ reason: '', message: why }] });
}

/** 415 of a patch type that the kind does not take; `accepted` are the media types that it does. */
export function unsupportedPatch(accepted: readonly string[]): ApiFailure {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`;
  return new ApiFailure(415, 'UnsupportedMediaType', message);
}

/** 405 of a subresource or verb that the kind does not have. */
export function methodNotAllowed(): ApiFailure {
  const message = 'the server does not allow this method on the requested resource';
  return new ApiFailure(405, 'MethodNotAllowed', message);
}
