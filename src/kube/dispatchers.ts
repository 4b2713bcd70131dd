/** Connection pools, one for calls and one for watches, rebuilt when the TLS credentials change. */
import { createHash } from 'node:crypto';
import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import type { TlsMaterial } from './credentials.ts';

/** Two pools to the same server: a watch holds its connection for minutes and must not keep calls waiting. */
interface Pools {
  readonly calls: Dispatcher;
  readonly watches: Dispatcher;
}

/** Gives pools for the credentials of the moment. */
export interface Dispatchers {
  for(tls: TlsMaterial): Pools;
  /** Ends all connections at once. */
  destroy(): Promise<void>;
}

/** Milliseconds for TCP and TLS. */
const CONNECT_MS = 10_000;
/** Milliseconds; below the idle limits of the load balancers that stand before API servers. */
const KEEP_ALIVE_MS = 20_000;
/** Milliseconds of silence before TCP probes a connection, as client-go does it. */
const PROBE_MS = 30_000;
/** Connections for calls. Pages are read one after the other; this bounds the parallel small calls. */
const CALL_CONNECTIONS = 16;

/** `proxyUrl`: http, https or socks5 proxy to go through. */
export function dispatchers(proxyUrl: string | undefined): Dispatchers {
  let current: { readonly key: string; readonly pools: Pools } | undefined;
  const retired = new Set<Dispatcher>();
  const retire = (dispatcher: Dispatcher) => {
    retired.add(dispatcher);
    // Closing waits for what runs: requests already under way keep the old certificate.
    const forget = () => retired.delete(dispatcher);
    dispatcher.close().then(forget, forget);
  };
  return {
    for(tls) {
      const key = fingerprint(tls);
      if (current?.key === key) return current.pools;
      if (current) [current.pools.calls, current.pools.watches].forEach(retire);
      const pools = {
        calls: pool(tls, proxyUrl, CALL_CONNECTIONS),
        watches: pool(tls, proxyUrl, null),
      };
      current = { key, pools };
      return pools;
    },
    async destroy() {
      const all = [...retired, ...(current ? [current.pools.calls, current.pools.watches] : [])];
      current = undefined;
      await Promise.all(all.map(async (dispatcher) => dispatcher.destroy()));
    },
  };
}

function pool(tls: TlsMaterial, proxyUrl: string | undefined, connections: number | null): Dispatcher {
  const connect = { ...tls, timeout: CONNECT_MS, keepAlive: true, keepAliveInitialDelay: PROBE_MS };
  // The time limits of undici are off: each request has one deadline of its own, or an idle timer.
  const options = { connections, headersTimeout: 0, bodyTimeout: 0, keepAliveTimeout: KEEP_ALIVE_MS, pipelining: 1 };
  if (!proxyUrl) return new Agent({ ...options, connect });
  return new ProxyAgent({ ...options, uri: proxyUrl, requestTls: connect });
}

function fingerprint(tls: TlsMaterial): string {
  const hash = createHash('sha256');
  for (const part of [tls.ca, tls.cert, tls.key, tls.servername]) hash.update(part ?? '').update('\0');
  return hash.update(String(tls.rejectUnauthorized)).digest('hex');
}
