import type { JsonObject } from '../../store/json.ts';
import { discoveryAddress, type ControlPlane } from './control-plane.ts';

/** An environment variable with a fixed value; the API server drops an empty one, so it is not sent. */
export function text(name: string, value: string): JsonObject {
  return value === '' ? { name } : { name, value };
}

/** An environment variable from a field of the pod. */
export function field(name: string, fieldPath: string): JsonObject {
  return { name, valueFrom: { fieldRef: { fieldPath } } };
}

/** An environment variable from a limit of the container. */
export function limit(name: string, resource: string): JsonObject {
  return { name, valueFrom: { resourceFieldRef: { resource, divisor: '1' } } };
}

/** GOMEMLIMIT and GOMAXPROCS, in that order. */
export const goLimits: readonly JsonObject[] = [
  limit('GOMEMLIMIT', 'limits.memory'),
  limit('GOMAXPROCS', 'limits.cpu'),
];

/** The environment that every proxy begins with: certificates, own names and addresses. */
export function identityEnv(plane: ControlPlane): JsonObject[] {
  return [
    text('PILOT_CERT_PROVIDER', 'istiod'),
    text('CA_ADDR', discoveryAddress(plane)),
    field('POD_NAME', 'metadata.name'),
    field('POD_NAMESPACE', 'metadata.namespace'),
    field('INSTANCE_IP', 'status.podIP'),
    field('SERVICE_ACCOUNT', 'spec.serviceAccountName'),
    field('HOST_IP', 'status.hostIP'),
    limit('ISTIO_CPU_LIMIT', 'limits.cpu'),
  ];
}

/** The object that a proxy belongs to, as its metrics and istiod name it. */
export interface Owner {
  readonly apiVersion: string;
  /** Lower-case plural. */
  readonly plural: string;
  readonly namespace: string;
  readonly name: string;
}

/** ISTIO_META_WORKLOAD_NAME and what follows it in every proxy. */
export function workloadEnv(owner: Owner): JsonObject[] {
  const { apiVersion, plural, namespace, name } = owner;
  return [
    text('ISTIO_META_WORKLOAD_NAME', name),
    text('ISTIO_META_OWNER', `kubernetes://apis/${apiVersion}/namespaces/${namespace}/${plural}/${name}`),
    text('ISTIO_META_MESH_ID', 'cluster.local'),
    text('TRUST_DOMAIN', 'cluster.local'),
  ];
}

/** proxyMetadata as environment, by name. */
export function metadataEnv(metadata: Readonly<Record<string, string>>): JsonObject[] {
  return Object.entries(metadata)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => text(name, value));
}

/** What env PROXY_CONFIG says, as JSON and a newline: what differs from the defaults. */
export function proxyConfig(plane: ControlPlane, metadata: Readonly<Record<string, string>>): JsonObject {
  const address = discoveryAddress(plane);
  return {
    ...(address === 'istiod.istio-system.svc:15012' ? {} : { discoveryAddress: address }),
    ...(Object.keys(metadata).length === 0 ? {} : { proxyMetadata: metadata }),
  };
}

/** Log flags of pilot-agent, each as one argument. */
export const logFlags = [
  '--proxyLogLevel=warning',
  '--proxyComponentLogLevel=misc:error',
  '--log_output_level=default:info',
];

/** The DNS domain argument of pilot-agent. */
export const domainFlag = ['--domain', '$(POD_NAMESPACE).svc.cluster.local'];

/** Security context of every Envoy: no rights, user 1337. */
export const proxySecurity: JsonObject = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  privileged: false,
  readOnlyRootFilesystem: true,
  runAsGroup: 1337,
  runAsNonRoot: true,
  runAsUser: 1337,
};

/** Port of Envoy's own metrics. */
export const envoyPort: JsonObject = { containerPort: 15090, name: 'http-envoy-prom', protocol: 'TCP' };

/** GET of the agent's readiness page. */
export const healthGet: JsonObject = { path: '/healthz/ready', port: 15021, scheme: 'HTTP' };

/** Annotations by which Prometheus scrapes the merged metrics of a proxy. */
export const mergedMetrics = {
  'prometheus.io/path': '/stats/prometheus',
  'prometheus.io/port': '15020',
  'prometheus.io/scrape': 'true',
};

const podInfo = ['labels', 'annotations'].map((path) => ({ path, fieldRef: { fieldPath: `metadata.${path}` } }));

/** Sources of the volumes of proxies, by name. */
const sources: Readonly<Record<string, JsonObject>> = {
  'istio-envoy': { emptyDir: { medium: 'Memory' } },
  'go-proxy-envoy': { emptyDir: { medium: 'Memory' } },
  'istio-podinfo': { downwardAPI: { items: podInfo } },
  podinfo: { downwardAPI: { items: podInfo } },
  'istio-token': {
    projected: {
      sources: [{ serviceAccountToken: { audience: 'istio-ca', expirationSeconds: 43200, path: 'istio-token' } }],
    },
  },
  'istiod-ca-cert': { configMap: { name: 'istio-ca-root-cert' } },
  'istio-ca-crl': { configMap: { name: 'istio-ca-crl', optional: true } },
};

/** Where the volumes of proxies are mounted. */
const mountPaths: Readonly<Record<string, string>> = {
  'workload-socket': '/var/run/secrets/workload-spiffe-uds',
  'credential-socket': '/var/run/secrets/credential-uds',
  'workload-certs': '/var/run/secrets/workload-spiffe-credentials',
  'istiod-ca-cert': '/var/run/secrets/istio',
  'istio-ca-crl': '/var/run/secrets/istio/crl',
  'istio-data': '/var/lib/istio/data',
  'istio-envoy': '/etc/istio/proxy',
  'istio-token': '/var/run/secrets/tokens',
  'istio-podinfo': '/etc/istio/pod',
  podinfo: '/etc/istio/pod',
};

/** Volumes by name; those without an entry in the table are empty directories. */
export function volumesNamed(names: readonly string[]): JsonObject[] {
  return names.map((name) => ({ name, ...(sources[name] ?? { emptyDir: {} }) }));
}

/** Mounts of the volumes that proxies mount, by name; a name without a known path is left out. */
export function mountsNamed(names: readonly string[]): JsonObject[] {
  return names.flatMap((name) => {
    const mountPath = mountPaths[name];
    return mountPath === undefined ? [] : [{ name, mountPath }];
  });
}

/** `spec` of an autoscaler on CPU, as istiod's and the gateways' charts have it. */
export function cpuAutoscaling(deployment: string, bounds: { readonly min: number; readonly max: number }): JsonObject {
  return {
    minReplicas: bounds.min,
    maxReplicas: bounds.max,
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: deployment },
    metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }],
  };
}
