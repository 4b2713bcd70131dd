import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { JsonObject } from '../../../../sandbox/store/json.ts';
import type { Counters } from '../../../../sandbox/istio/runtime/counters.ts';
import type { Configuration, PodPort } from './configuration.ts';

/** What an agent says of its proxy when it connects. */
export interface Hello {
  readonly pod: string;
  readonly namespace: string;
  readonly type: 'sidecar' | 'router';
  readonly version: string;
  readonly ports: readonly PodPort[];
}

interface Told {
  sent: string;
  acked: string;
  sentTime: string;
  lastError?: string;
}

interface Proxy {
  readonly stream: string;
  readonly hello: Hello;
  readonly answer: ServerResponse;
  readonly since: string;
  readonly address: string;
  readonly told: Map<string, Told>;
  nonce: string;
}

const types = ['Cluster', 'ClusterLoadAssignment', 'Listener', 'RouteConfiguration'] as const;
const packages: Readonly<Record<string, string>> = {
  Cluster: 'cluster',
  ClusterLoadAssignment: 'endpoint',
  Listener: 'listener',
  RouteConfiguration: 'route',
};
const metricNames: Readonly<Record<string, string>> = {
  Cluster: 'cds',
  ClusterLoadAssignment: 'eds',
  Listener: 'lds',
  RouteConfiguration: 'rds',
};

/** What the list of proxies needs. */
export interface ProxiesOptions {
  readonly configurationOf: (hello: Hello) => Configuration;
  readonly counters: Counters;
  readonly now: () => Date;
}

const heartbeatMs = 5000;

/** The proxies that are connected to this istiod, what each was sent, and what it took. */
export class Proxies {
  readonly #options: ProxiesOptions;
  readonly #connected = new Map<string, Proxy>();
  #streams = 0;
  #pushes = 0;

  constructor(options: ProxiesOptions) {
    this.#options = options;
  }

  /** Takes a proxy's stream and sends it what it should have. */
  connect(hello: Hello, answer: ServerResponse, address: string): void {
    const stream = `${hello.pod}.${hello.namespace}-${++this.#streams}`;
    const since = this.#options.now().toISOString();
    const proxy: Proxy = { stream, hello, answer, since, address, told: new Map(), nonce: '' };
    this.#connected.set(stream, proxy);
    const heartbeat = setInterval(() => answer.write('{}\n'), heartbeatMs);
    answer.on('close', () => {
      clearInterval(heartbeat);
      this.#connected.delete(stream);
    });
    answer.writeHead(200, { 'content-type': 'application/json' });
    this.#send(proxy);
  }

  /** Sends every proxy what it should have now; who has it already is left alone. */
  push(): void {
    this.#pushes += 1;
    for (const proxy of this.#connected.values()) this.#send(proxy);
  }

  /** A proxy's word on a configuration; `error` when it refused it. Unknown streams and old nonces are ignored. */
  answered(stream: string, nonce: string, error: string | undefined): void {
    const proxy = this.#connected.get(stream);
    if (proxy?.nonce !== nonce) return;
    if (error !== undefined) this.#options.counters.add('pilot_total_xds_rejects{type="lds"}');
    for (const [type, told] of proxy.told) {
      if (error === undefined || type !== 'Listener') told.acked = told.sent;
      else told.lastError = error;
    }
  }

  #send(proxy: Proxy): void {
    const { endpoints, clusters, listeners } = this.#options.configurationOf(proxy.hello);
    const text = JSON.stringify({ endpoints, clusters, listeners });
    const nonce = createHash('sha256').update(text).digest('hex').slice(0, 16);
    if (proxy.nonce === nonce) return;
    proxy.nonce = nonce;
    const sentTime = this.#options.now().toISOString();
    const sent = `${sentTime.slice(0, 19)}Z/${this.#pushes}-${nonce}`;
    for (const type of types) {
      proxy.told.set(type, { sent, acked: proxy.told.get(type)?.acked ?? '', sentTime });
      this.#options.counters.add(`pilot_xds_pushes{type="${metricNames[type] ?? ''}"}`);
    }
    proxy.answer.write(`${JSON.stringify({ stream: proxy.stream, nonce, endpoints, clusters, listeners })}\n`);
  }

  /** Connected proxies by version. */
  versions(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { hello } of this.#connected.values()) counts.set(hello.version, (counts.get(hello.version) ?? 0) + 1);
    return counts;
  }

  /** /debug/connections. */
  connections(): JsonObject {
    const clients = [...this.#connected.values()].map(({ stream, since, address }) => ({
      connectionId: stream,
      connectedAt: since,
      address,
    }));
    return { totalClients: clients.length, clients };
  }

  /** /debug/syncz (pilot/pkg/xds/debug.go). */
  syncz(): readonly JsonObject[] {
    return [...this.#connected.values()].map(({ hello, told }) => ({
      cluster_id: 'Kubernetes',
      proxy: `${hello.pod}.${hello.namespace}`,
      proxy_type: hello.type,
      istio_version: hello.version,
      ...Object.fromEntries(
        [...told].flatMap(([type, { sent, acked }]) => {
          const field = packages[type] ?? '';
          return [[`${field}_sent`, sent], ...(acked === '' ? [] : [[`${field}_acked`, acked]])] as const;
        }),
      ),
      resources: Object.fromEntries(
        [...told].map(([type, { acked, ...rest }]) => [
          `type.googleapis.com/envoy.config.${packages[type] ?? ''}.v3.${type}`,
          { ...rest, ...(acked === '' ? {} : { acked }) },
        ]),
      ),
    }));
  }
}
