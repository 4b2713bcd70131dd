import { ApiFailure, internalError } from '../store/failure.ts';

/** A whole HTTP answer. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  /** More headers, lower-case. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer with a JSON body. */
export function jsonAnswer(status: number, value: unknown, headers: Answer['headers'] = {}): Answer {
  return { status, contentType: 'application/json', body: JSON.stringify(value), headers };
}

/** An answer in plain text. */
export function textAnswer(status: number, body: string): Answer {
  return { status, contentType: 'text/plain; charset=utf-8', body };
}

/** What a real server answers for a path that no API serves: text, no Status. */
export function pageNotFound(): Answer {
  return textAnswer(404, '404 page not found\n');
}

/** A Status of success, with the given details and code when there are any. */
export function successAnswer(status: number, more: object = {}): Answer {
  return jsonAnswer(status, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', ...more });
}

/** The refusal as a Status; what is no ApiFailure is a fault of the sandbox and becomes a 500. */
export function failureAnswer(error: unknown): Answer {
  const failure = failureOf(error);
  const seconds = failure.details?.retryAfterSeconds;
  return jsonAnswer(failure.code, failure.status(), seconds === undefined ? {} : { 'retry-after': String(seconds) });
}

/** The error as a refusal of the API server. */
export function failureOf(error: unknown): ApiFailure {
  if (error instanceof ApiFailure) return error;
  return internalError(error instanceof Error ? error.message : String(error));
}

/**
 * Headers that make kubectl print warnings (RFC 7234, 5.5: code 299, no agent). Quotes and line ends in a text would end
 * the header early, so they are escaped or dropped.
 */
export function warningHeaders(warnings: readonly string[]): Readonly<Record<string, string>> {
  if (warnings.length === 0) return {};
  const quoted = warnings.map((text) => `299 - "${text.replace(/[^\x20-\x7e]/g, '').replace(/["\\]/g, '\\$&')}"`);
  return { warning: quoted.join(', ') };
}
