import { InvalidInput } from '../errors.ts';

/** What is spoken to a target. */
export type ProbeProtocol = 'http1' | 'h2' | 'grpc' | 'tcp' | 'ws';

/** Every protocol, in the order of the help text. */
export const probeProtocols: readonly ProbeProtocol[] = ['http1', 'h2', 'grpc', 'tcp', 'ws'];

/** One place to which requests go; nothing is ever sent elsewhere. */
export interface ProbeTarget {
  /** The URL without its query, for reports. */
  readonly name: string;
  readonly protocol: ProbeProtocol;
  readonly tls: boolean;
  /** Name or address; IPv6 without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** Path with query; "/" when the URL has none. */
  readonly path: string;
}

interface Scheme {
  readonly protocol: ProbeProtocol;
  readonly tls: boolean;
  /** Port when the URL has none; undefined: the URL must have one. */
  readonly port?: number;
}

const schemes: Readonly<Record<string, Scheme>> = {
  'http:': { protocol: 'http1', tls: false, port: 80 },
  'https:': { protocol: 'http1', tls: true, port: 443 },
  'h2c:': { protocol: 'h2', tls: false, port: 80 },
  'h2:': { protocol: 'h2', tls: true, port: 443 },
  'grpc:': { protocol: 'grpc', tls: false, port: 80 },
  'grpcs:': { protocol: 'grpc', tls: true, port: 443 },
  'tcp:': { protocol: 'tcp', tls: false },
  'tls:': { protocol: 'tcp', tls: true },
  'ws:': { protocol: 'ws', tls: false, port: 80 },
  'wss:': { protocol: 'ws', tls: true, port: 443 },
};

/**
 * Reads a target. The scheme decides protocol and TLS (http, https, h2c, h2, grpc, grpcs, tcp, tls, ws, wss);
 * `protocol` overrides the protocol of the scheme and keeps its TLS.
 * @throws InvalidInput for what is not such a URL, has no port where one is needed, or carries a password.
 */
export function parseTarget(url: string, protocol?: ProbeProtocol): ProbeTarget {
  const parsed = readUrl(url);
  const scheme = schemes[parsed.protocol];
  if (!scheme) throw badUrl(url, `has the unknown scheme "${parsed.protocol}"`);
  if (parsed.username !== '' || parsed.password !== '') throw badUrl(parsed.host, 'carries a user name or password');
  if (parsed.hostname === '') throw badUrl(url, 'names no host');
  const port = parsed.port === '' ? scheme.port : Number(parsed.port);
  if (port === undefined || port === 0) throw badUrl(url, 'needs a port from 1 to 65535');
  const path = parsed.pathname === '' ? '/' : parsed.pathname;
  return {
    name: `${parsed.protocol}//${parsed.host}${parsed.pathname}${parsed.search === '' ? '' : '?…'}`,
    protocol: protocol ?? scheme.protocol,
    tls: scheme.tls,
    hostname: parsed.hostname.replace(/^\[|\]$/g, ''),
    port,
    path: `${path}${parsed.search}`,
  };
}

/** Checks the name of a protocol. @throws InvalidInput when there is none of that name. */
export function parseProtocol(text: string): ProbeProtocol {
  const found = probeProtocols.find((protocol) => protocol === text);
  if (found) return found;
  throw new InvalidInput(`"${text}" is not a protocol that the probe speaks.`, {
    object: '--protocol',
    remedy: `Use one of ${probeProtocols.join(', ')}.`,
  });
}

function readUrl(url: string): URL {
  try {
    return new URL(url);
  } catch (cause) {
    throw badUrl(url, 'cannot be read', cause);
  }
}

function badUrl(url: string, problem: string, cause?: unknown): InvalidInput {
  return new InvalidInput(`The target "${url}" ${problem}.`, {
    object: `target ${url}`,
    remedy: 'Write it as scheme://host:port/path with http, https, h2c, h2, grpc, grpcs, tcp, tls, ws or wss.',
    cause,
  });
}
