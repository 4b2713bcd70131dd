/**
 * Answers and failures of the API server as the classes of `../errors.ts`. The meaning of `reason`, `details` and the
 * status codes is that of metav1.Status (k8s.io/apimachinery/pkg/api/errors).
 */
import {
  Blocked,
  Conflict,
  type ErrorDetails,
  InvalidInput,
  type MeshliftError,
  NotFound,
  Transient,
} from '../errors.ts';

/** What was tried, for messages. */
export interface Attempt {
  /** get, list, watch, create, patch, delete, evict. */
  readonly verb: string;
  /** "Deployment shop/web", "pods in all namespaces". */
  readonly object: string;
  /** The right that RBAC wants for it: 'list deployments.apps', 'create pods/eviction'. */
  readonly right: string;
  /** For messages: the server's URL. */
  readonly server: string;
}

/** The parts of an HTTP answer that decide what it means. */
export interface RawAnswer {
  readonly status: number;
  /** Value of Retry-After, in seconds. */
  readonly retryAfter: string | undefined;
  readonly body: string;
}

/** metav1.Status as far as it is used. */
export interface KubeStatus {
  readonly message: string;
  readonly reason: string;
  readonly code: number | undefined;
  readonly retryAfterSeconds: number | undefined;
  /** `details.causes[].reason`, for example 'DisruptionBudget'. */
  readonly causes: readonly string[];
}

/** True for a JSON object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads a metav1.Status out of a body or of a watch's ERROR event; undefined when it is something else. */
export function readStatus(body: unknown): KubeStatus | undefined {
  const value = typeof body === 'string' ? parseOrUndefined(body) : body;
  if (!isRecord(value) || value['kind'] !== 'Status') return undefined;
  const details = isRecord(value['details']) ? value['details'] : {};
  const causes = Array.isArray(details['causes']) ? details['causes'] : [];
  return {
    message: text(value['message']),
    reason: text(value['reason']),
    code: number(value['code']),
    retryAfterSeconds: number(details['retryAfterSeconds']),
    causes: causes.map((cause) => (isRecord(cause) ? text(cause['reason']) : '')),
  };
}

/** The error for an answer with a status of 300 or above. */
export function statusError(answer: RawAnswer, attempt: Attempt): MeshliftError {
  const status = readStatus(answer.body);
  const said = status?.message || firstLine(answer.body) || 'no explanation';
  const details = (remedy: string | undefined): ErrorDetails => ({
    object: attempt.object,
    status: answer.status,
    ...(remedy ? { remedy } : {}),
    ...retryAfterOf(answer, status),
  });
  const message = `Cannot ${attempt.verb} ${attempt.object}: ${said} (HTTP ${String(answer.status)} from ${attempt.server}).`;
  return errorOf(answer.status, message, details, { said, attempt, status });
}

interface Context {
  readonly said: string;
  readonly attempt: Attempt;
  readonly status: KubeStatus | undefined;
}

type DetailsOf = (remedy: string | undefined) => ErrorDetails;

function errorOf(code: number, message: string, details: DetailsOf, context: Context): MeshliftError {
  switch (code) {
    case 401:
      return new Blocked(message, details('The credential is missing, expired or wrong: log in again.'));
    case 403:
      return new Blocked(message, details(forbiddenRemedy(context)));
    case 404:
      return new NotFound(message, details(undefined));
    case 409:
      return new Conflict(message, details('Somebody else changed or made it: read it again and try again.'));
    case 410:
      return new Transient(message, details('The version asked for is too old: list again.'));
    case 429:
      return tooManyRequests(message, details, context);
    case 408:
      return new Transient(message, details('Try again.'));
    default:
      if (code >= 500) return new Transient(message, details('The server is in trouble: try again.'));
      if (code >= 400) return new InvalidInput(message, details(undefined));
      return new InvalidInput(message, details(`Check that ${context.attempt.server} is a Kubernetes API server.`));
  }
}

/** The eviction API answers 429 with the cause DisruptionBudget when a budget refuses (policy/v1 Eviction). */
function tooManyRequests(message: string, details: DetailsOf, context: Context): MeshliftError {
  if (context.status?.causes.includes('DisruptionBudget')) {
    return new Blocked(message, details('Wait until more pods of its workload are ready, or change the budget.'));
  }
  return new Transient(message, details('The server is busy: try again later.'));
}

/** RBAC and admission both answer 403; only RBAC's refusal is cured by a right. */
function forbiddenRemedy({ said, attempt }: Context): string {
  if (/admission|denied the request|exceeded quota|violates/i.test(said)) {
    return 'A policy of the cluster refuses it: change the request or the policy.';
  }
  return `Ask for the right to ${attempt.right}.`;
}

function retryAfterOf(answer: RawAnswer, status: KubeStatus | undefined): { retryAfterSeconds?: number } {
  const header = Number(answer.retryAfter);
  if (answer.retryAfter && Number.isFinite(header) && header >= 0) return { retryAfterSeconds: header };
  const said = status?.retryAfterSeconds;
  return said === undefined ? {} : { retryAfterSeconds: said };
}

/** The error for a request that got no answer, or no whole one. `sent`: the server may have acted on a write. */
export function connectionError(error: unknown, attempt: Attempt, sent: boolean): Transient {
  const mayHaveActed = sent && !['get', 'list', 'watch'].includes(attempt.verb);
  return new Transient(`Cannot ${attempt.verb} ${attempt.object}: ${reasonOf(error)} (${attempt.server}).`, {
    object: attempt.object,
    cause: error,
    remedy: mayHaveActed
      ? 'The server may have done it nevertheless: read the object again first.'
      : remedyOf(codeOf(error)),
  });
}

/** The error for a body that is not what Kubernetes sends. */
export function unreadableError(error: unknown, attempt: Attempt): Transient {
  return new Transient(`Cannot ${attempt.verb} ${attempt.object}: unreadable answer from ${attempt.server}.`, {
    object: attempt.object,
    cause: error,
    remedy: `Check that ${attempt.server} is a Kubernetes API server, and try again.`,
  });
}

/** System calls that fail before anything of a request is sent: even a write may be tried again then. */
const UNSENT = new Set(['connect', 'getaddrinfo']);
/** Certificate failures as OpenSSL and Node name them; trying again does not help. */
const TLS = /^(CERT_|ERR_TLS_|ERR_SSL_|ERR_OSSL|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH|EPROTO)/;

/** What a failed connection allows. `unsent`: nothing reached the server. `hopeless`: the next try fails as well. */
export function connectionFault(error: unknown): 'unsent' | 'hopeless' | 'broken' {
  const code = codeOf(error);
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || UNSENT.has(syscallOf(error))) return 'unsent';
  return TLS.test(code) ? 'hopeless' : 'broken';
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'host name not found',
  EAI_AGAIN: 'host name not found',
  ECONNRESET: 'connection reset',
  EPIPE: 'connection closed',
  UND_ERR_SOCKET: 'connection closed by the server',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
};

function reasonOf(error: unknown): string {
  const code = codeOf(error);
  const said = error instanceof Error && error.message ? error.message : code;
  if (TLS.test(code)) return `TLS failed: ${said}`;
  return REASONS[code] ?? (said || 'connection failed');
}

function remedyOf(code: string): string {
  if (TLS.test(code)) return 'Check the certificate authority and the client certificate of the kubeconfig.';
  return 'Check that the server of the kubeconfig runs and can be reached from here.';
}

/** `code` of the error or of what caused it; Node puts several tried addresses into an AggregateError. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  const inner: unknown = error instanceof AggregateError ? error.errors[0] : error.cause;
  return inner === undefined ? '' : codeOf(inner);
}

/** Node puts the failures of several tried addresses into an AggregateError. */
function syscallOf(error: unknown): string {
  if (error instanceof AggregateError) return syscallOf(error.errors[0]);
  return error instanceof Error && 'syscall' in error ? String(error.syscall) : '';
}

function parseOrUndefined(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function firstLine(body: string): string {
  return (body.trim().split('\n')[0] ?? '').slice(0, 200);
}
