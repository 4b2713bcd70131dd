import type { IncomingHttpHeaders } from 'node:http';

/**
 * How a request can fail.
 * - refused: nobody listens; unreachable: no route; dns: the name has no address; tls: no secure connection came about
 * - reset: cut with RST; closed: ended (FIN) before the answer was complete; goaway: refused by a connection that is leaving
 * - timeout: no complete answer in time; status: answered with another status than expected
 * - bad-body: the answer's content is wrong; protocol: what came is not the protocol
 * - backlog: not sent, too many requests without an answer; local: this machine could not send (never the server's fault)
 */
export type FailureKind =
  | 'refused'
  | 'unreachable'
  | 'dns'
  | 'tls'
  | 'reset'
  | 'closed'
  | 'goaway'
  | 'timeout'
  | 'status'
  | 'bad-body'
  | 'protocol'
  | 'backlog'
  | 'local';

/** One failed request. */
export interface Failure {
  readonly kind: FailureKind;
  /** At most 200 characters of what was seen. */
  readonly detail: string;
  /** HTTP status ("503") or gRPC status ("grpc 14"); only with kind status. */
  readonly code?: string;
  /** Envoy's response flag ("UF", "UH"), when header or body show it. */
  readonly flag?: string;
  /** The request went over a connection that had already carried another one. */
  readonly reused?: boolean;
}

/** A failure with its detail cut to a length that a report can hold. */
export function failure(kind: FailureKind, detail: string, more: Omit<Failure, 'kind' | 'detail'> = {}): Failure {
  return { kind, detail: detail.replace(/\s+/g, ' ').trim().slice(0, 200), ...more };
}

const kindByCode: Readonly<Record<string, FailureKind>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'reset',
  ECONNABORTED: 'reset',
  EPIPE: 'reset',
  ETIMEDOUT: 'timeout',
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  EAI_FAIL: 'dns',
  EAI_NODATA: 'dns',
  EAI_NONAME: 'dns',
  EHOSTUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENETUNREACH: 'unreachable',
  ENETDOWN: 'unreachable',
  EMFILE: 'local',
  ENFILE: 'local',
  EADDRNOTAVAIL: 'local',
  ENOBUFS: 'local',
  ENOMEM: 'local',
  EPROTO: 'tls',
  HOSTNAME_MISMATCH: 'tls',
};

/** Messages by which Node tells an end of stream apart from a reset, although both carry ECONNRESET. */
const kindByMessage: readonly (readonly [pattern: RegExp, kind: FailureKind])[] = [
  [/before secure TLS connection/i, 'tls'],
  [/socket hang up|^aborted$|premature close/i, 'closed'],
];

const kindByCodePattern: readonly (readonly [pattern: RegExp, kind: FailureKind])[] = [
  [/CERT|^ERR_TLS|^ERR_SSL|^UNABLE_TO|^ERR_OSSL/, 'tls'],
  [/^HPE_|^ERR_HTTP2|^ERR_HTTP|^WS_ERR/, 'protocol'],
];

/** The kind of an error of a socket or of Node's HTTP clients; what is unknown is "protocol", never dropped. */
export function failureFromError(error: unknown, reused = false): Failure {
  const message = error instanceof Error ? error.message : String(error);
  const code = errorCode(error);
  const detail = message === '' ? code : message;
  return failure(kindOf(code, message), detail, reused ? { reused } : {});
}

function kindOf(code: string, message: string): FailureKind {
  const told = kindByMessage.find(([pattern]) => pattern.test(message));
  if (told) return told[1];
  return kindByCode[code] ?? kindByCodePattern.find(([pattern]) => pattern.test(code))?.[1] ?? 'protocol';
}

/** The `code` of a system error; "" when it has none. */
function errorCode(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}

/** Headers that an operator may have set from %RESPONSE_FLAGS%; Envoy itself sends none of them. */
const flagHeaders = ['x-envoy-response-flags', 'x-response-flags'];

/** Envoy's local replies and the response flag of each (Envoy documentation, access log %RESPONSE_FLAGS%). */
const flagByText: readonly (readonly [pattern: RegExp, flag: string])[] = [
  [/no healthy upstream/i, 'UH'],
  [/upstream request timeout/i, 'UT'],
  [/reset reason: (?:(?:local |remote )?connection failure|connection timeout)/i, 'UF'],
  [/reset reason: connection termination/i, 'UC'],
  [/reset reason: overflow/i, 'UO'],
  [/reset reason: local (?:refused stream )?reset/i, 'LR'],
  [/reset reason: (?:remote (?:refused stream )?reset|connect error)/i, 'UR'],
  [/reset reason: protocol error/i, 'UPE'],
  [/upstream connect error/i, 'UF'],
  [/no cluster match|no route matched/i, 'NR'],
  [/local_rate_limited/i, 'RL'],
  [/fault filter abort/i, 'FI'],
];

/** Envoy's response flag, when headers or the text of the answer show it. */
export function responseFlag(headers: IncomingHttpHeaders, text: string): string | undefined {
  for (const name of flagHeaders) {
    const value = headers[name];
    if (typeof value === 'string' && /^[A-Z,]{2,30}$/.test(value)) return value;
  }
  if (headers['x-envoy-overloaded'] !== undefined) return 'UO';
  return flagByText.find(([pattern]) => pattern.test(text))?.[1];
}

/** What of an answer decides whether it is the right one. */
export interface ExpectedAnswer {
  readonly expectStatus: number;
  /** Text that the body must contain. */
  readonly bodyContains?: string;
}

/** Undefined when the answer is right, else how it is wrong. */
export function judgeAnswer(
  expected: ExpectedAnswer,
  status: number,
  headers: IncomingHttpHeaders,
  body: string,
): Failure | undefined {
  if (status !== expected.expectStatus) {
    const flag = responseFlag(headers, body);
    const detail = `answered ${status}, expected ${expected.expectStatus}: ${body.slice(0, 120)}`;
    return failure('status', detail, { code: String(status), ...(flag === undefined ? {} : { flag }) });
  }
  if (expected.bodyContains === undefined || body.includes(expected.bodyContains)) return undefined;
  return failure('bad-body', `body lacks ${JSON.stringify(expected.bodyContains)}: ${body.slice(0, 80)}`);
}

/** The name under which equal failures are counted together: "refused", "status 503 UF". */
export function failureName(item: Pick<Failure, 'kind' | 'code' | 'flag'>): string {
  return [item.kind, item.code, item.flag].filter((part) => part !== undefined).join(' ');
}
