/** One request to the API server: credentials, rate limit, deadline, retries, and errors by class. */
import type { Readable } from 'node:stream';
import { type Dispatcher, request } from 'undici';
import { MeshliftError, Transient } from '../errors.ts';
import { type BodyBuffer, bodyBuffer } from './body-buffer.ts';
import type { Connection } from './connection.ts';
import type { Credentials } from './credentials.ts';
import { sleep, withDeadline } from './deadline.ts';
import { dispatchers } from './dispatchers.ts';
import { rateLimiter } from './rate-limit.ts';
import { type Attempt, connectionError, connectionFault, type RawAnswer, statusError } from './status-error.ts';

/** A request, short of server and credentials. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Path with its query. */
  readonly path: string;
  readonly body?: string;
  readonly contentType?: string;
  /** Default 'application/json'. */
  readonly accept?: string;
  /** For messages. */
  readonly attempt: Attempt;
  readonly signal?: AbortSignal | undefined;
  /** Where the body goes; the answer's `body` is valid until the next call with the same one. Default: a new one. */
  readonly into?: BodyBuffer;
  /** Milliseconds for everything. Default: the transport's. */
  readonly deadlineMs?: number | undefined;
  /** Says that an answer with a status of 300 or above is what was asked for, and no error. Default: never. */
  readonly accepts?: (answer: RawAnswer) => boolean;
}

/** A whole answer. */
export interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

/** Sends requests. */
export interface Transport {
  readonly connection: Connection;
  /** Milliseconds for a call that names no deadline. */
  readonly requestTimeoutMs: number;
  readonly userAgent: string;
  /** In [0, 1). */
  readonly random: () => number;
  /**
   * One call with its retries. GET is tried again after any failure that may pass; other methods only when the server
   * certainly did nothing: no connection, or 429 and 503 with Retry-After. A 401 is answered once with new credentials.
   */
  call(call: Call): Promise<Answer>;
  /** One GET without retries whose body is read by the caller; the signal must end it. */
  open(call: Call, signal: AbortSignal): Promise<Readable>;
  close(): Promise<void>;
}

/** What the transport is made of. */
export interface TransportOptions {
  readonly requestTimeoutMs: number;
  readonly userAgent: string;
  readonly now: () => number;
  readonly random: () => number;
  /** Milliseconds of the first back-off's upper bound. */
  readonly backoffMs: number;
  readonly rate: { readonly perSecond: number; readonly burst: number };
}

/** Tries of one call, the first included. */
const MAX_TRIES = 5;
/** Milliseconds. */
const MAX_BACKOFF_MS = 10_000;

/** A transport for one connection. */
export function transport(connection: Connection, options: TransportOptions): Transport {
  const pools = dispatchers(connection.proxyUrl);
  const limiter = rateLimiter(options.rate, { now: options.now, sleep });
  const send = async (call: Call, signal: AbortSignal, pool: 'calls' | 'watches') => {
    await limiter.take(signal);
    const credentials = await connection.credentials();
    const dispatcher = pools.for(credentials.tls)[pool];
    return request(connection.server + call.path, requestOptions(call, options, { credentials, dispatcher, signal }));
  };
  const tryOnce = async (call: Call, signal: AbortSignal): Promise<Answer> => {
    const response = await send(call, signal, 'calls').catch((error: unknown) => refuse(error, call));
    return readAnswer(response, call).catch((error: unknown) => refuse(error, call));
  };
  return {
    connection,
    requestTimeoutMs: options.requestTimeoutMs,
    userAgent: options.userAgent,
    random: options.random,
    call: async (call) => callWithRetries(call, tryOnce, connection, options),
    async open(call, signal) {
      const once = async () => {
        const response = await send(call, signal, 'watches').catch((error: unknown) => refuse(error, call));
        if (response.statusCode >= 300) await readAnswer(response, call);
        return response.body;
      };
      return withFreshCredentials(connection, once);
    },
    close: async () => pools.destroy(),
  };
}

type Response = Dispatcher.ResponseData;

interface Sending {
  readonly credentials: Credentials;
  readonly dispatcher: Dispatcher;
  readonly signal: AbortSignal;
}

function requestOptions(call: Call, options: TransportOptions, sending: Sending) {
  return {
    method: call.method,
    dispatcher: sending.dispatcher,
    signal: sending.signal,
    body: call.body ?? null,
    headers: {
      ...sending.credentials.headers,
      accept: call.accept ?? 'application/json',
      'user-agent': options.userAgent,
      ...(call.body === undefined ? {} : { 'content-type': call.contentType ?? 'application/json' }),
    },
  };
}

async function readAnswer(response: Response, call: Call): Promise<Answer> {
  const into = call.into ?? bodyBuffer();
  // A retry starts over: the pieces of an attempt that broke are not its beginning.
  into.reset();
  for await (const chunk of response.body) into.append(chunk as Buffer);
  const body = into.view();
  const { statusCode: status, headers } = response;
  if (status < 300) return { status, body };
  const retryAfter = headers['retry-after'];
  const raw: RawAnswer = {
    status,
    retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined,
    body: body.toString('utf8'),
  };
  if (call.accepts?.(raw)) return { status, body };
  throw statusError(raw, call.attempt);
}

/** Failures of the network become errors of ours; those that already are stay. */
function refuse(error: unknown, call: Call): never {
  if (error instanceof MeshliftError) throw error;
  throw connectionError(error, call.attempt, connectionFault(error) !== 'unsent');
}

/** Runs it again once, with new credentials, when the server answers 401: tokens are revoked and rotated at any time. */
async function withFreshCredentials<T>(connection: Connection, once: () => Promise<T>): Promise<T> {
  try {
    return await once();
  } catch (error) {
    if (!(error instanceof MeshliftError) || error.status !== 401) throw error;
    connection.forgetCredentials();
    return once();
  }
}

async function callWithRetries(
  call: Call,
  tryOnce: (call: Call, signal: AbortSignal) => Promise<Answer>,
  connection: Connection,
  options: TransportOptions,
): Promise<Answer> {
  const deadlineMs = call.deadlineMs ?? options.requestTimeoutMs;
  const endsAt = options.now() + deadlineMs;
  const { verb, object } = call.attempt;
  const limits = {
    signal: call.signal,
    deadlineMs,
    onTimeout: () => connectionError(new Error(`no answer within ${String(deadlineMs)} ms`), call.attempt, true),
    what: `${verb} ${object}`,
  };
  return withDeadline(limits, async (signal) => {
    for (let failed = 0; ; failed += 1) {
      try {
        return await withFreshCredentials(connection, async () => tryOnce(call, signal));
      } catch (error) {
        const waitMs = signal.aborted ? undefined : retryDelay(error, call, failed, options);
        // Waiting past the deadline would replace the reason by a time-out.
        if (waitMs === undefined || options.now() + waitMs >= endsAt) throw error;
        await sleep(waitMs, signal);
      }
    }
  });
}

/** Milliseconds until the next try; undefined when there must be none. */
function retryDelay(error: unknown, call: Call, failed: number, options: TransportOptions): number | undefined {
  if (!(error instanceof Transient) || failed + 1 >= MAX_TRIES || !mayRepeat(error, call)) return undefined;
  const jitter = options.random() * Math.min(MAX_BACKOFF_MS, options.backoffMs * 2 ** failed);
  return (error.retryAfterSeconds ?? 0) * 1000 + jitter;
}

function mayRepeat(error: Transient, call: Call): boolean {
  const { status, retryAfterSeconds } = error;
  if (status === undefined) {
    const fault = connectionFault(error.cause);
    return fault === 'unsent' || (fault === 'broken' && call.method === 'GET');
  }
  if (call.method === 'GET') return status !== 410;
  return (status === 429 || status === 503) && retryAfterSeconds !== undefined;
}
