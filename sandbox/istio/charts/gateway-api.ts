import { InvalidInput } from '../../../src/errors.ts';
import type { KubeObject } from '../../../src/kube/api.ts';
import { numberAt, objectsAt, textAt, type JsonObject } from '../../store/json.ts';
import { imageOf, proxyResources, revisionLabel, type ControlPlane } from './control-plane.ts';
import { outsideAmbient, type Labels } from './labels.ts';
import * as parts from './proxy-parts.ts';

/** What a GatewayClass of Istio makes of a Gateway (pilot/pkg/config/kube/gatewaycommon/classinfo.go). */
interface ClassFacts {
  /** Label gateway.istio.io/managed. */
  readonly managed: string;
  readonly controllerName: string;
  readonly description: string;
  /** Objects are called GATEWAY-CLASS; waypoints like their Gateway. */
  readonly suffixed: boolean;
  readonly serviceType: 'LoadBalancer' | 'ClusterIP';
  /** First arguments of the agent. */
  readonly proxy: 'router' | 'waypoint';
}

const classes: Readonly<Record<string, ClassFacts>> = {
  istio: {
    managed: 'istio.io-gateway-controller',
    controllerName: 'istio.io/gateway-controller',
    description: 'The default Istio GatewayClass',
    suffixed: true,
    serviceType: 'LoadBalancer',
    proxy: 'router',
  },
  'istio-waypoint': {
    managed: 'istio.io-mesh-controller',
    controllerName: 'istio.io/mesh-controller',
    description: 'The default Istio waypoint GatewayClass',
    suffixed: false,
    serviceType: 'ClusterIP',
    proxy: 'waypoint',
  },
};

/** The GatewayClasses that istiod makes when the Gateway API is installed; waypoints only with ambient. */
export function gatewayClasses(ambient: boolean): KubeObject[] {
  const known = Object.entries(classes)
    .filter(([, facts]) => ambient || facts.proxy !== 'waypoint')
    .map(([name, { controllerName, description }]) => ({ name, controllerName, description }));
  const remote = {
    name: 'istio-remote',
    controllerName: 'istio.io/unmanaged-gateway',
    description: 'Remote to this cluster. Does not deploy or affect configuration.',
  };
  return [...known, remote].map(({ name, ...spec }) => ({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'GatewayClass',
    metadata: { name },
    spec,
  }));
}

interface Names {
  readonly gateway: string;
  readonly deployment: string;
  readonly namespace: string;
}

function metadataEnv(plane: ControlPlane, ambient: boolean): Readonly<Record<string, string>> {
  return { ...plane.proxyMetadata, ...(ambient ? { ISTIO_META_ENABLE_HBONE: 'true' } : {}) };
}

function environment(plane: ControlPlane, facts: ClassFacts, names: Names, ambient: boolean): JsonObject[] {
  const metadata = metadataEnv(plane, ambient);
  const owner = { apiVersion: 'apps/v1', plural: 'deployments', namespace: names.namespace, name: names.deployment };
  const config = parts.text('PROXY_CONFIG', `${JSON.stringify(parts.proxyConfig(plane, metadata))}\n`);
  const cluster = parts.text('ISTIO_META_CLUSTER_ID', 'Kubernetes');
  const node = parts.field('ISTIO_META_NODE_NAME', 'spec.nodeName');
  const interception = parts.text('ISTIO_META_INTERCEPTION_MODE', 'REDIRECT');
  const identity = [...parts.identityEnv(plane), config];
  const extra = parts.metadataEnv(metadata);
  if (facts.proxy === 'waypoint') {
    const account = parts.field('ISTIO_META_SERVICE_ACCOUNT', 'spec.serviceAccountName');
    return [
      account,
      node,
      ...identity,
      ...extra,
      ...parts.goLimits,
      cluster,
      interception,
      ...parts.workloadEnv(owner),
    ];
  }
  const ports = [parts.text('ISTIO_META_POD_PORTS', '[]'), parts.text('ISTIO_META_APP_CONTAINERS', '')];
  return [...identity, ...ports, ...parts.goLimits, cluster, node, interception, ...parts.workloadEnv(owner), ...extra];
}

const logFlags = parts.logFlags.flatMap((flag) => flag.split('='));

const ports: readonly JsonObject[] = [
  { containerPort: 15020, name: 'metrics', protocol: 'TCP' },
  { containerPort: 15021, name: 'status-port', protocol: 'TCP' },
  parts.envoyPort,
];

/** Volumes by kind of proxy; a waypoint's template also declares two that nothing mounts. */
const volumeNames: Readonly<Record<ClassFacts['proxy'], readonly string[]>> = {
  router: [
    'workload-socket',
    'credential-socket',
    'workload-certs',
    'istio-envoy',
    'istio-data',
    'istio-podinfo',
    'istio-token',
    'istiod-ca-cert',
  ],
  waypoint: [
    'workload-socket',
    'istio-envoy',
    'go-proxy-envoy',
    'istio-data',
    'go-proxy-data',
    'istio-podinfo',
    'istio-token',
    'istiod-ca-cert',
  ],
};

const mountOrder = [
  'workload-socket',
  'credential-socket',
  'workload-certs',
  'istiod-ca-cert',
  'istio-data',
  'istio-envoy',
  'istio-token',
  'istio-podinfo',
];

function container(plane: ControlPlane, facts: ClassFacts, names: Names, ambient: boolean): JsonObject {
  const mounted = mountOrder.filter((name) => volumeNames[facts.proxy].includes(name));
  const cluster = facts.proxy === 'waypoint' ? ['--serviceCluster', `${names.gateway}.$(POD_NAMESPACE)`] : [];
  return {
    name: 'istio-proxy',
    ...imageOf(plane, 'proxyv2'),
    args: ['proxy', facts.proxy, ...parts.domainFlag, ...cluster, ...logFlags],
    ports,
    env: environment(plane, facts, names, ambient),
    readinessProbe: { httpGet: parts.healthGet, periodSeconds: 15, failureThreshold: 4 },
    startupProbe: { httpGet: parts.healthGet, initialDelaySeconds: 1, periodSeconds: 1, failureThreshold: 30 },
    resources: proxyResources(facts.proxy === 'waypoint' ? {} : plane),
    securityContext: parts.proxySecurity,
    volumeMounts: parts.mountsNamed(mounted),
  };
}

function podTemplate(
  plane: ControlPlane,
  facts: ClassFacts,
  names: Names,
  labels: Labels,
  ambient: boolean,
): JsonObject {
  const podLabels = {
    ...labels,
    ...(facts.proxy === 'waypoint' ? outsideAmbient(plane.version) : {}),
    'service.istio.io/canonical-name': names.deployment,
    'service.istio.io/canonical-revision': 'latest',
    'sidecar.istio.io/inject': 'false',
  };
  const annotations = { ...parts.mergedMetrics, 'istio.io/rev': revisionLabel(plane) };
  const lowPorts = { securityContext: { sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }] } };
  const spec = {
    serviceAccountName: names.deployment,
    ...(facts.proxy === 'router' ? lowPorts : {}),
    containers: [container(plane, facts, names, ambient)],
    volumes: parts.volumesNamed(volumeNames[facts.proxy]),
  };
  return { metadata: { labels: podLabels, annotations }, spec };
}

function servicePorts(gateway: KubeObject): JsonObject[] {
  const listeners = objectsAt(gateway, 'spec', 'listeners').map((listener) => ({
    name: textAt(listener, 'name') ?? '',
    port: numberAt(listener, 'port') ?? 0,
    appProtocol: (textAt(listener, 'protocol') ?? 'TCP').toLowerCase(),
  }));
  const seen = new Set<number>();
  return [{ name: 'status-port', port: 15021, appProtocol: 'tcp' }, ...listeners]
    .filter(({ port }) => !seen.has(port) && seen.add(port))
    .map((port) => ({ ...port, protocol: 'TCP' }));
}

/** How istiod renders Gateways. */
export interface RenderOptions {
  readonly plane: ControlPlane;
  /** Profile ambient. */
  readonly ambient: boolean;
}

/**
 * ServiceAccount, Deployment and Service that istiod renders for a Gateway of its classes `istio` and
 * `istio-waypoint`; the same call with a newer control plane is the rolling change that follows an upgrade of istiod.
 * The Gateway needs a uid. Throws InvalidInput for another class or a Gateway without uid.
 */
export function renderedGateway(gateway: KubeObject, options: RenderOptions): KubeObject[] {
  const { name, namespace = 'default', uid } = gateway.metadata;
  const className = textAt(gateway, 'spec', 'gatewayClassName') ?? '';
  const facts = classes[className];
  if (facts === undefined || uid === undefined) {
    throw new InvalidInput(
      `istiod renders no objects for class '${className}' ${uid === undefined ? 'without uid' : ''}`,
      {
        object: `Gateway ${namespace}/${name}`,
        remedy: `Use a stored Gateway of class ${Object.keys(classes).join(' or ')}.`,
      },
    );
  }
  const deployment = facts.suffixed ? `${name}-${className}` : name;
  const names = { gateway: name, deployment, namespace };
  const labels: Labels = {
    ...gateway.metadata.labels,
    'gateway.istio.io/managed': facts.managed,
    'gateway.networking.k8s.io/gateway-class-name': className,
    'gateway.networking.k8s.io/gateway-name': name,
  };
  const owner = { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway', name, uid };
  const metadata = { name: deployment, namespace, labels, ownerReferences: [owner] };
  const selector = { 'gateway.networking.k8s.io/gateway-name': name };
  const template = podTemplate(options.plane, facts, names, labels, options.ambient);
  const near = { 'networking.istio.io/traffic-distribution': 'PreferClose' };
  const service = facts.proxy === 'waypoint' ? { ...metadata, annotations: near } : metadata;
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { selector: { matchLabels: selector }, template } },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: service,
      spec: { type: facts.serviceType, ipFamilyPolicy: 'PreferDualStack', ports: servicePorts(gateway), selector },
    },
  ];
}
