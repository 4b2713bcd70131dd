import type { JsonObject } from '../../../../sandbox/store/json.ts';

const typeUrl = (name: string): string => `type.googleapis.com/${name}`;

/** A message in an Any. */
function any(name: string, fields: JsonObject = {}): JsonObject {
  return { '@type': typeUrl(name), ...fields };
}

const upstreams = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

/** Speaks to the upstream what the client speaks. */
const sameProtocol: JsonObject = {
  [upstreams]: any(upstreams, {
    use_downstream_protocol_config: { http_protocol_options: {}, http2_protocol_options: {} },
  }),
};

const most = 4_294_967_295;
const limits = {
  max_connections: most,
  max_pending_requests: most,
  max_requests: most,
  max_retries: most,
};

const common: JsonObject = {
  connect_timeout: '10s',
  circuit_breakers: { thresholds: [limits] },
  typed_extension_protocol_options: sameProtocol,
};

/** A cluster that leads to where the client wanted to go before the redirection. */
export function originalDestination(name: string): JsonObject {
  return {
    '@type': typeUrl('envoy.config.cluster.v3.Cluster'),
    name,
    type: 'ORIGINAL_DST',
    lb_policy: 'CLUSTER_PROVIDED',
    ...common,
  };
}

const endpointsFolder = '/etc/istio/proxy/endpoints';

/** A cluster whose endpoints stand in a file of their own: of several in one file Envoy takes none (`EdsClusterImpl::onConfigUpdate`). */
export function endpointCluster(name: string, file: string): JsonObject {
  const source = { path: `${endpointsFolder}/${file}`, watched_directory: { path: endpointsFolder } };
  return {
    '@type': typeUrl('envoy.config.cluster.v3.Cluster'),
    name,
    type: 'EDS',
    lb_policy: 'LEAST_REQUEST',
    eds_cluster_config: { eds_config: { resource_api_version: 'V3', path_config_source: source } },
    ...common,
  };
}

/** An endpoint's place. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** The endpoints of a cluster. */
export function loadAssignment(cluster: string, endpoints: readonly Endpoint[]): JsonObject {
  const members = endpoints.map(({ address, port }) => ({
    endpoint: { address: { socket_address: { address, port_value: port } } },
  }));
  return {
    '@type': typeUrl('envoy.config.endpoint.v3.ClusterLoadAssignment'),
    cluster_name: cluster,
    endpoints: [{ lb_endpoints: members }],
  };
}

const previousHosts = {
  name: 'envoy.retry_host_predicates.previous_hosts',
  typed_config: any('envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate'),
};

/**
 * What istiod 1.29.6 and 1.30.3 put on every route where nobody says otherwise (pilot/pkg/networking/core/route: retry/retry.go,
 * BuildDefaultHTTPInboundRoute in route.go). A 503 of the server is not tried again since Istio 1.24
 * (EXCLUDE_UNSAFE_503_FROM_DEFAULT_RETRY).
 */
const retries: Readonly<Record<'outbound' | 'inbound', JsonObject>> = {
  outbound: {
    retry_on: 'connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes',
    num_retries: 2,
    host_selection_retry_max_attempts: 5,
    retry_host_predicate: [previousHosts],
  },
  inbound: { retry_on: 'reset-before-request', num_retries: 2 },
};

/** How a route treats what it matches. */
export interface RouteOptions {
  /** Whether the proxy stands before its own pod or sends to others. */
  readonly direction: keyof typeof retries;
  /** What the matched prefix becomes. */
  readonly rewrite?: string;
}

/** A route to a cluster. */
export function route(match: JsonObject, cluster: string, { direction, rewrite }: RouteOptions): JsonObject {
  const action = {
    cluster,
    timeout: '0s',
    retry_policy: retries[direction],
    ...(rewrite === undefined ? {} : { prefix_rewrite: rewrite }),
  };
  return { match, route: action };
}

const failuresOnly: JsonObject = {
  name: 'failures',
  filter: {
    status_code_filter: { comparison: { op: 'GE', value: { default_value: 500, runtime_key: 'unset' } } },
  },
  typed_config: any('envoy.extensions.access_loggers.stream.v3.StdoutAccessLog', {
    log_format: {
      text_format_source: {
        inline_string:
          '[%START_TIME%] %REQ(:METHOD)% %REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS% %UPSTREAM_CLUSTER% %UPSTREAM_HOST% %UPSTREAM_TRANSPORT_FAILURE_REASON%\n',
      },
    },
  }),
};

/** Virtual hosts served as HTTP/1 and HTTP/2. */
export function httpFilter(name: string, virtualHosts: readonly JsonObject[]): JsonObject {
  const router = { name: 'router', typed_config: any('envoy.extensions.filters.http.router.v3.Router') };
  return {
    name: 'http',
    typed_config: any('envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager', {
      stat_prefix: name,
      codec_type: 'AUTO',
      stream_idle_timeout: '0s',
      upgrade_configs: [{ upgrade_type: 'websocket' }],
      access_log: [failuresOnly],
      http_filters: [router],
      route_config: { name, virtual_hosts: virtualHosts },
    }),
  };
}

/** Bytes handed on. */
export function tcpFilter(name: string, cluster: string): JsonObject {
  const options = { stat_prefix: name, cluster };
  return { name: 'tcp', typed_config: any('envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy', options) };
}

const listenerFilters = {
  originalDst: 'envoy.extensions.filters.listener.original_dst.v3.OriginalDst',
  httpInspector: 'envoy.extensions.filters.listener.http_inspector.v3.HttpInspector',
} as const;

/** A listener to make. */
export interface ListenerWish {
  readonly name: string;
  readonly port: number;
  readonly direction: 'INBOUND' | 'OUTBOUND';
  readonly filters: readonly (keyof typeof listenerFilters)[];
  readonly chains: readonly JsonObject[];
  /** For what no chain matches; none: such connections are closed. */
  readonly fallback?: JsonObject;
}

/** A listener on all addresses of the pod. */
export function listener({ name, port, direction, filters, chains, fallback }: ListenerWish): JsonObject {
  return {
    '@type': typeUrl('envoy.config.listener.v3.Listener'),
    name,
    address: { socket_address: { address: '0.0.0.0', port_value: port } },
    traffic_direction: direction,
    listener_filters: filters.map((filter) => ({ name: filter, typed_config: any(listenerFilters[filter]) })),
    // Who waits for the server's first word is no HTTP client.
    listener_filters_timeout: '1s',
    continue_on_listener_filters_timeout: true,
    filter_chains: chains,
    ...(fallback === undefined ? {} : { default_filter_chain: fallback }),
  };
}
