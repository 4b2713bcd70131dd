import type { KubeObject } from '../kube/api.ts';
import { object, secret } from './kube-object.test-helper.ts';

const envoyFilter = object('networking.istio.io/v1alpha3', 'EnvoyFilter', 'lua', {
  spec: {
    workloadSelector: { labels: { app: 'web' } },
    configPatches: [
      {
        applyTo: 'HTTP_FILTER',
        match: {
          context: 'SIDECAR_INBOUND',
          proxy: { proxyVersion: '^1\\.29.*', metadata: { token: secret } },
          listener: {
            filterChain: {
              filter: {
                name: 'envoy.filters.network.http_connection_manager',
                subFilter: { name: 'envoy.filters.http.router' },
              },
            },
          },
        },
        patch: {
          operation: 'INSERT_BEFORE',
          value: {
            name: 'envoy.filters.http.lua',
            typed_config: {
              '@type': 'type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua',
              inlineCode: `auth = "${secret}"`,
              use_remote_address: true,
            },
          },
        },
      },
    ],
  },
});

/** Istio's configuration of security, telemetry, proxies and extensions. */
export const istioObjects: readonly KubeObject[] = [
  envoyFilter,
  object('extensions.istio.io/v1alpha1', 'WasmPlugin', 'auth', {
    spec: {
      url: `oci://user:${secret}@registry.example/auth:1?token=${secret}`,
      imagePullSecret: 'pull',
      pluginConfig: { key: secret },
    },
  }),
  object('telemetry.istio.io/v1', 'Telemetry', 'logs', {
    spec: {
      accessLogging: [
        {
          providers: [{ name: 'otel' }],
          filter: { expression: `request.headers["x"] == "${secret}" && filter_state["wasm.upstream_peer"] != ""` },
        },
      ],
      metrics: [{ overrides: [{ tagOverrides: { who: { value: 'upstream_peer.labels["app"].value' } } }] }],
    },
  }),
  object('networking.istio.io/v1beta1', 'ProxyConfig', 'all', {
    spec: { image: { imageType: 'debug' }, concurrency: 2, environmentVariables: { TOKEN: secret } },
  }),
  object(
    'networking.istio.io/v1',
    'WorkloadEntry',
    'vm',
    { spec: { address: secret, network: 'vms' } },
    {
      annotations: { 'istio.io/workloadController': 'istiod-1' },
    },
  ),
  object(
    'security.istio.io/v1',
    'AuthorizationPolicy',
    'deny',
    {
      spec: {
        action: 'DENY',
        targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'gw' }],
        rules: [{ when: [{ key: 'x', values: [secret] }] }],
      },
    },
    { annotations: { 'istio.io/dry-run': 'true' } },
  ),
  object('security.istio.io/v1', 'PeerAuthentication', 'strict', { spec: { mtls: { mode: 'STRICT' } } }),
];
