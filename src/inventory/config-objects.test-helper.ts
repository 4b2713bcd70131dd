import type { KubeObject } from '../kube/api.ts';

/** Stands wherever people could write a secret. */
export const secret = 'hunter2-canary';

function object(apiVersion: string, kind: string, name: string, rest: object, metadata: object = {}): KubeObject {
  return { apiVersion, kind, metadata: { name, namespace: 'shop', ...metadata }, ...rest };
}

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

/** One object of every kind that only the checks look at, with `secret` in fields that must not be kept. */
export const configObjects: readonly KubeObject[] = [
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
  object('networking.istio.io/v1', 'VirtualService', 'web', {
    spec: {
      hosts: ['web.shop', '*.example.com'],
      http: [
        {
          headers: { request: { set: { auth: secret } } },
          mirror: { host: 'copy' },
          route: [{ destination: { host: 'web' } }],
        },
      ],
    },
  }),
  object('networking.istio.io/v1', 'DestinationRule', 'db', {
    spec: {
      host: 'db.example.com',
      trafficPolicy: {
        tls: { mode: 'SIMPLE' },
        outlierDetection: { consecutive5xxErrors: 3 },
        retryBudget: { percent: 25 },
        portLevelSettings: [
          {
            port: { number: 443 },
            tls: { mode: 'MUTUAL', credentialName: secret, sni: 'db', insecureSkipVerify: true },
          },
        ],
      },
      subsets: [{ name: 'v1', trafficPolicy: { tls: { mode: 'SIMPLE', caCertificates: `/etc/${secret}` } } }],
    },
  }),
  object('networking.istio.io/v1', 'ServiceEntry', 'ext', {
    spec: {
      hosts: ['ext.example.com'],
      resolution: 'NONE',
      ports: [{ number: 443, targetPort: 8443 }],
      endpoints: [{ address: secret }],
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
  object('gateway.networking.k8s.io/v1', 'HTTPRoute', 'route', {
    spec: {
      hostnames: ['a.example.com'],
      parentRefs: [
        { name: 'gw', sectionName: 'https' },
        { kind: 'Service', group: '', name: 'web' },
        { kind: 'Service', name: 'old' },
      ],
      rules: [{ filters: [{ requestHeaderModifier: { set: [{ name: 'a', value: secret }] } }] }],
    },
  }),
  object('gateway.networking.k8s.io/v1', 'Gateway', 'gw', {
    spec: {
      gatewayClassName: 'istio',
      listeners: [
        {
          name: 'tls',
          port: 443,
          protocol: 'TLS',
          hostname: 'a.example.com',
          tls: { mode: 'Passthrough', options: { o: secret } },
        },
      ],
      infrastructure: { parametersRef: { group: '', kind: 'ConfigMap', name: 'gw-options' } },
    },
    status: { listeners: [{ name: 'tls', attachedRoutes: 2 }] },
  }),
  object('networking.k8s.io/v1', 'NetworkPolicy', 'istiod', {
    spec: {
      podSelector: { matchLabels: { app: 'istiod' } },
      ingress: [{ ports: [{ port: 15017 }], from: [{ ipBlock: { cidr: secret } }] }],
    },
  }),
  object('v1', 'ResourceQuota', 'small', {
    spec: { hard: { pods: '10' } },
    status: { hard: { pods: '10' }, used: { pods: '9' } },
  }),
  object('v1', 'LimitRange', 'limits', {
    spec: { limits: [{ type: 'Container', max: { cpu: '1' }, defaultRequest: { cpu: '10m' } }] },
  }),
  object(
    'v1',
    'Secret',
    'istio-remote-secret-b',
    { data: { b: secret } },
    {
      labels: { 'istio/multiCluster': 'true' },
      annotations: { 'networking.istio.io/cluster': 'b' },
    },
  ),
  object('argoproj.io/v1alpha1', 'Application', 'istiod', {
    spec: {
      source: {
        repoURL: `https://user:${secret}@charts.example/istio`,
        chart: 'istiod',
        targetRevision: '1.29.*',
        helm: { values: secret },
      },
      syncPolicy: { automated: { selfHeal: true, prune: true }, syncOptions: ['ServerSideApply=true'] },
      ignoreDifferences: [
        { group: 'admissionregistration.k8s.io', kind: 'ValidatingWebhookConfiguration', jsonPointers: ['/webhooks'] },
      ],
    },
    status: { sync: { status: 'Synced' }, health: { status: 'Healthy' }, operationState: { message: secret } },
  }),
  object('helm.toolkit.fluxcd.io/v2', 'HelmRelease', 'cni', {
    spec: {
      chart: { spec: { chart: 'cni', version: '1.29.6', sourceRef: { kind: 'HelmRepository', name: 'istio' } } },
      values: { a: secret },
      dependsOn: [{ name: 'base' }],
    },
  }),
  object(
    'apiextensions.k8s.io/v1',
    'CustomResourceDefinition',
    'gateways.networking.istio.io',
    {
      spec: {
        group: 'networking.istio.io',
        versions: [
          { name: 'v1', served: true, storage: true, schema: { description: secret } },
          { name: 'v1alpha3', served: false, storage: false },
        ],
      },
      status: { conditions: [{ type: 'Established', status: 'True' }], storedVersions: ['v1alpha3', 'v1'] },
    },
    { managedFields: [{ manager: 'istio-operator', operation: 'Apply', fieldsV1: { 'f:spec': { [secret]: {} } } }] },
  ),
  object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'foreign.example.com', {
    spec: { versions: [{ name: 'v1', served: true, storage: true }] },
  }),
  object(
    'v1',
    'ConfigMap',
    'istio-cni-config',
    {
      data: {
        AMBIENT_DNS_CAPTURE: 'true',
        EXCLUDE_NAMESPACES: 'kube-system,legacy',
        SOME_TOKEN: secret,
        CURRENT_AGENT_VERSION: '1.29.6',
      },
    },
    { labels: { 'istio.io/rev': 'default' } },
  ),
  object(
    'v1',
    'ConfigMap',
    'istio-sidecar-injector',
    {
      data: {
        config: 'policy: enabled\ntemplates: {sidecar: "x", mine: "y"}\n',
        values: JSON.stringify({
          global: {
            hub: 'registry.example/istio',
            tag: '1.29.6',
            imagePullSecrets: [{ name: 'pull' }],
            proxy: { env: secret },
          },
          secret,
        }),
      },
    },
    { labels: { 'istio.io/rev': 'default' } },
  ),
  object(
    'v1',
    'ConfigMap',
    'values',
    {
      data: {
        'original-values': JSON.stringify({ compatibilityVersion: '1.27', env: { TOKEN: secret } }),
        'merged-values': secret,
      },
    },
    { labels: { 'istio.io/rev': 'default' } },
  ),
  object(
    'v1',
    'ConfigMap',
    'istio',
    { data: { mesh: 'trustDomain: x\n', meshNetworks: `networks: {a: {gateways: [{address: ${secret}}]}, b: {}}` } },
    {
      labels: { 'istio.io/rev': 'default' },
    },
  ),
  istiod(),
];

function istiod(): KubeObject {
  const container = {
    name: 'discovery',
    image: 'istio/pilot:1.29.6',
    args: ['discovery'],
    env: [
      { name: 'REVISION', value: 'default' },
      { name: 'PILOT_ENABLE_ALPHA_GATEWAY_API', value: 'true' },
      { name: 'PILOT_PUSH_THROTTLE', value: '100' },
      { name: 'PILOT_JWT_TOKEN', value: secret },
      { name: 'PILOT_TOKEN_SCOPE', value: secret },
      { name: 'PILOT_SCOPE', value: 'cluster' },
      { name: 'EXTERNAL_CA', value: 'ISTIOD_RA_KUBERNETES_API' },
      { name: 'MY_SWITCH', value: 'true' },
      {
        name: 'CNI_NETWORK_CONFIG',
        valueFrom: { configMapKeyRef: { name: 'istio-cni-config', key: 'cni_network_config' } },
      },
    ],
    readinessProbe: { httpGet: { path: '/ready', port: 8080 }, initialDelaySeconds: 5 },
    resources: { requests: { cpu: '0.5', memory: '2Gi' } },
  };
  return object(
    'apps/v1',
    'Deployment',
    'istiod',
    {
      spec: {
        minReadySeconds: 3,
        selector: { matchLabels: { app: 'istiod' } },
        template: {
          metadata: {
            annotations: {
              'proxy.istio.io/config': `terminationDrainDuration: 30s\nproxyMetadata: {EXIT_ON_ZERO_ACTIVE_CONNECTIONS: "true", TOKEN: ${secret}}\n`,
            },
          },
          spec: {
            containers: [
              container,
              {
                name: 'helper',
                ports: [{ containerPort: 80, hostPort: 8080 }],
                lifecycle: { preStop: { sleep: { seconds: 5 } } },
              },
            ],
            initContainers: [
              { name: 'init', resources: { requests: { cpu: '4' } } },
              { name: 'agent', restartPolicy: 'Always', resources: { requests: { cpu: '250m' } } },
            ],
            nodeSelector: { pool: 'mesh' },
            topologySpreadConstraints: [
              { maxSkew: 1, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'DoNotSchedule' },
            ],
            affinity: {
              podAntiAffinity: {
                preferredDuringSchedulingIgnoredDuringExecution: [
                  { weight: 1, podAffinityTerm: { topologyKey: 'kubernetes.io/hostname' } },
                ],
              },
            },
          },
        },
      },
      status: {
        conditions: [
          { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate' },
          { type: 'Available', status: 'True', reason: 'Fine' },
        ],
      },
    },
    {
      uid: 'u-1',
      generation: 4,
      managedFields: [
        { manager: 'helm', operation: 'Update', fieldsV1: { 'f:spec': { 'f:template': {} } } },
        { manager: 'kube-controller-manager', operation: 'Update', subresource: 'status', fieldsV1: {} },
        { manager: 'hpa', operation: 'Update', subresource: 'scale', fieldsV1: { 'f:spec': { 'f:replicas': {} } } },
      ],
    },
  );
}
