/** Why a proxy answers itself. The names are Envoy's response flags. */
export type LocalFailure = 'NR' | 'UH' | 'UF' | 'UF timeout' | 'UC';

/** What a proxy answers by itself. */
export interface LocalReply {
  readonly status: number;
  /** gRPC status of the same answer. Source: gRPC, "HTTP to gRPC Status Code Mapping". */
  readonly grpcStatus: number;
  readonly text: string;
}

const upstream = 'upstream connect error or disconnect/reset before headers.';

/** Texts of Envoy's local replies, as testbed measurements and Envoy's documentation of response flags have them. */
export const localReplies: Readonly<Record<LocalFailure, LocalReply>> = {
  NR: { status: 404, grpcStatus: 12, text: '' },
  UH: { status: 503, grpcStatus: 14, text: 'no healthy upstream' },
  UF: {
    status: 503,
    grpcStatus: 14,
    text: `${upstream} reset reason: remote connection failure, transport failure reason: delayed connect error: Connection refused`,
  },
  'UF timeout': { status: 503, grpcStatus: 14, text: `${upstream} reset reason: connection timeout` },
  UC: { status: 503, grpcStatus: 14, text: `${upstream} reset reason: connection termination` },
};

/**
 * How an attempt to get an answer from an endpoint came out; `answered` also when the client has left, `unsent` when the
 * connection was leaving before the request went out.
 */
export type Attempt = 'answered' | 'refused' | 'timeout' | 'unsent' | 'refused-stream' | 'unavailable' | 'terminated';

/** Attempts after which another one follows. */
export type RetryPolicy = ReadonlySet<Attempt>;

/** What a sidecar tries again before its own application: reset-before-request, on since Istio 1.24. */
export const inboundRetries: RetryPolicy = new Set<Attempt>(['refused', 'timeout', 'unsent']);

/**
 * Istio's default for what a pod calls: connect-failure, refused-stream, unavailable. A connection that broke after the
 * request was sent is not tried again; 503 is no longer since 1.24.
 */
export const outboundRetries: RetryPolicy = new Set<Attempt>([...inboundRetries, 'refused-stream', 'unavailable']);

/** The failure that a client is told when no attempt is left. */
export function failureOf(attempt: Exclude<Attempt, 'answered'>): LocalFailure {
  if (attempt === 'refused') return 'UF';
  return attempt === 'timeout' ? 'UF timeout' : 'UC';
}
