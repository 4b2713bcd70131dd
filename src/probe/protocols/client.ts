import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import type { ProbeClock } from '../clock.ts';
import type { RequestShape, TlsShape } from '../spec.ts';
import type { Failure } from '../taxonomy.ts';
import type { ProbeTarget } from '../target.ts';

/** Told once the fate of a request is known: nothing when the answer was right. Only the first call counts. */
export type Settle = (failed?: Failure) => void;

/** Sends requests to one target over its kept connections. */
export interface ProbeClient {
  /**
   * Sends one request now; what is returned abandons it, with its connection when that is no longer usable. `onResend` is
   * called for each time it is sent again because no server can have processed it.
   */
  send(settle: Settle, onResend: () => void): () => void;
  /** Closes all connections; requests without an answer end. */
  close(): void;
}

/** All that a protocol needs to know about one target. */
export interface ProtocolContext {
  readonly target: ProbeTarget;
  readonly request: RequestShape;
  readonly tls: TlsShape;
  readonly connections: number;
  readonly timeoutMs: number;
  readonly holdIntervalMs: number;
  readonly clock: ProbeClock;
  readonly lookup?: LookupFunction;
}

/** How names are resolved and tried. */
export interface NameOptions {
  readonly autoSelectFamilyAttemptTimeout: number;
  readonly lookup?: LookupFunction;
}

/** How to resolve. Node's 250 ms for each address of a name would make a slow network look like a dead one. */
export function nameOptions({ lookup }: ProtocolContext): NameOptions {
  const base = { autoSelectFamilyAttemptTimeout: 2000 };
  return lookup ? { ...base, lookup } : base;
}

/** Options of net.connect for the target. */
export function plainOptions(context: ProtocolContext): NameOptions & { readonly host: string; readonly port: number } {
  return { ...nameOptions(context), host: context.target.hostname, port: context.target.port };
}

/** TLS options of the target; an address is never sent as SNI, because RFC 6066 forbids it. */
export function tlsOptions(context: ProtocolContext): TlsShape & { readonly servername: string } {
  const { sni, ...rest } = context.tls;
  return { ...rest, servername: sni ?? (isIP(context.target.hostname) === 0 ? context.target.hostname : '') };
}

/** The Host header or :authority of a request. */
export function authorityOf(context: ProtocolContext): string {
  const { target, request } = context;
  if (request.host !== undefined) return request.host;
  const host = target.hostname.includes(':') ? `[${target.hostname}]` : target.hostname;
  return `${host}:${target.port}`;
}
