import { failure, judgeAnswer, responseFlag } from '../taxonomy.ts';
import type { Failure } from '../taxonomy.ts';
import type { ProbeClient, ProtocolContext } from './client.ts';
import { h2Headers } from './h2-link.ts';
import type { H2Answer } from './h2-link.ts';
import { createH2Pool } from './h2-pool.ts';

/** An uncompressed message of no bytes: flag 0 and length 0 (gRPC over HTTP/2, Length-Prefixed-Message). */
export const EMPTY_MESSAGE: Buffer = Buffer.alloc(5);

const codeNames = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
];

/** Unary gRPC calls with an empty message; the health check when the URL has no path. */
export function grpcClient(context: ProtocolContext): ProbeClient {
  const pool = createH2Pool(context);
  const headers = grpcHeaders(context, '/grpc.health.v1.Health/Check');
  return {
    send: (settle, onResend) => {
      const onDone = (result: H2Answer | Failure): void =>
        settle('kind' in result ? result : judgeCall(context, result));
      return pool.send({ headers, payload: EMPTY_MESSAGE }, { onDone, onResend });
    },
    close: () => pool.close(),
  };
}

/** Headers of a call of the URL's method, or of `fallback` when the URL has no path. */
export function grpcHeaders(context: ProtocolContext, fallback: string): ReturnType<typeof h2Headers> {
  const path = context.target.path === '/' ? fallback : context.target.path;
  return { ...h2Headers(context, 'POST', path), 'content-type': 'application/grpc', te: 'trailers' };
}

function judgeCall(context: ProtocolContext, answer: H2Answer): Failure | undefined {
  if (answer.status !== 200) {
    return judgeAnswer({ expectStatus: 200 }, answer.status, answer.headers, answer.body.toString());
  }
  const status = answer.trailers['grpc-status'] ?? answer.headers['grpc-status'];
  if (status === undefined) return failure('protocol', 'the answer has no grpc-status');
  if (status !== '0') return badStatus(answer, String(status));
  if (!isFramed(answer.body)) return failure('bad-body', `${answer.body.length} bytes that are no gRPC message`);
  const { bodyContains } = context.request;
  if (bodyContains === undefined || answer.body.includes(bodyContains)) return undefined;
  return failure('bad-body', `message lacks ${JSON.stringify(bodyContains)}`);
}

/** A failed call: status and message, which Envoy fills with the same text as an HTTP body. */
function badStatus(answer: H2Answer, status: string): Failure {
  const raw = answer.trailers['grpc-message'] ?? answer.headers['grpc-message'];
  const message = decode(typeof raw === 'string' ? raw : '');
  const flag = responseFlag(answer.headers, message);
  const name = codeNames[Number(status)] ?? 'unknown code';
  return failure('status', `${name}: ${message}`, { code: `grpc ${status}`, ...(flag === undefined ? {} : { flag }) });
}

/** grpc-message is percent-encoded; a sender that got that wrong is still worth showing. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** True when the body is exactly one length-prefixed message. */
function isFramed(body: Buffer): boolean {
  return body.length >= 5 && body.readUInt32BE(1) === body.length - 5;
}
