import type { KubeObject } from '../../../src/kube/api.ts';
import type { JsonObject } from '../../store/json.ts';
import { imageOf, proxyResources, revisioned, revisionLabel, type ControlPlane } from './control-plane.ts';
import { componentLabels, outsideAmbient, standardLabels, type Labels } from './labels.ts';
import * as parts from './proxy-parts.ts';
import { has } from './version.ts';

const name = 'istio-ingressgateway';
const selector: Labels = { app: name, istio: 'ingressgateway' };

function chartLabels(plane: ControlPlane): Labels {
  return {
    ...standardLabels({ name: 'istio-ingress', app: name, release: 'istio', version: plane.version }),
    ...componentLabels('IngressGateways'),
    app: name,
    'istio.io/rev': revisionLabel(plane),
    release: 'istio',
  };
}

function environment(plane: ControlPlane): JsonObject[] {
  const [provider, ca, podName, podNamespace, address, account, host, cpu] = parts.identityEnv(plane);
  const node = (variable: string): JsonObject => parts.field(variable, 'spec.nodeName');
  const owner = { apiVersion: 'apps/v1', plural: 'deployments', namespace: plane.namespace, name };
  const identity = [provider, ca, node('NODE_NAME'), podName, podNamespace, address, host, cpu, account];
  return [
    ...identity.filter((one) => one !== undefined),
    ...parts.workloadEnv(owner),
    parts.text('ISTIO_META_UNPRIVILEGED_POD', 'true'),
    ...parts.metadataEnv(plane.proxyMetadata ?? {}),
    parts.text('ISTIO_META_CLUSTER_ID', 'Kubernetes'),
    node('ISTIO_META_NODE_NAME'),
  ];
}

const volumeNames = ['workload-socket', 'credential-socket', 'workload-certs', 'istiod-ca-cert', 'podinfo'];
const mountNames = ['workload-socket', 'credential-socket', 'workload-certs', 'istio-envoy'];
const certificates = ['ingressgateway-certs', 'ingressgateway-ca-certs'];

function volumes(plane: ControlPlane): JsonObject[] {
  const mesh = { configMap: { name: revisioned('istio', plane.revision), optional: true } };
  return [
    ...parts.volumesNamed(volumeNames),
    { name: 'istio-envoy', emptyDir: {} },
    ...parts.volumesNamed(['istio-data', 'istio-token']),
    { name: 'config-volume', ...mesh },
    ...certificates.map((one) => ({ name: one, secret: { secretName: `istio-${one}`, optional: true } })),
  ];
}

function mounts(): JsonObject[] {
  const readOnly = { readOnly: true };
  return [
    ...parts.mountsNamed(mountNames),
    { name: 'config-volume', mountPath: '/etc/istio/config' },
    ...parts.mountsNamed(['istiod-ca-cert']),
    ...parts.mountsNamed(['istio-token']).map((one) => ({ ...one, ...readOnly })),
    ...parts.mountsNamed(['istio-data', 'podinfo']),
    ...certificates.map((one) => ({ name: one, mountPath: `/etc/istio/${one}`, ...readOnly })),
  ];
}

function container(plane: ControlPlane): JsonObject {
  return {
    name: 'istio-proxy',
    ...imageOf(plane, 'proxyv2'),
    args: ['proxy', 'router', ...parts.domainFlag, ...parts.logFlags],
    ports: [...[15021, 8080, 8443].map((containerPort) => ({ containerPort, protocol: 'TCP' })), parts.envoyPort],
    env: environment(plane),
    readinessProbe: {
      httpGet: parts.healthGet,
      initialDelaySeconds: 1,
      periodSeconds: 2,
      failureThreshold: 30,
      timeoutSeconds: 1,
      successThreshold: 1,
    },
    resources: proxyResources({}),
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      privileged: false,
      readOnlyRootFilesystem: true,
    },
    volumeMounts: mounts(),
  };
}

function template(plane: ControlPlane, labels: Labels): JsonObject {
  const podLabels = {
    ...labels,
    ...selector,
    ...outsideAmbient(plane.version),
    chart: 'gateways',
    heritage: 'Tiller',
    'service.istio.io/canonical-name': name,
    'service.istio.io/canonical-revision': 'latest',
    'sidecar.istio.io/inject': 'false',
  };
  const annotations = {
    ...parts.mergedMetrics,
    'istio.io/rev': revisionLabel(plane),
    'sidecar.istio.io/inject': 'false',
  };
  const spec = {
    serviceAccountName: `${name}-service-account`,
    securityContext: { runAsGroup: 1337, runAsNonRoot: true, runAsUser: 1337 },
    affinity: { nodeAffinity: {} },
    containers: [container(plane)],
    volumes: volumes(plane),
  };
  return { metadata: { labels: podLabels, annotations }, spec };
}

const servicePorts: readonly JsonObject[] = [
  { name: 'status-port', port: 15021, protocol: 'TCP', targetPort: 15021 },
  { name: 'http2', port: 80, protocol: 'TCP', targetPort: 8080 },
  { name: 'https', port: 443, protocol: 'TCP', targetPort: 8443 },
];

/**
 * The ingress gateway that istioctl's default profile installs beside istiod: a real image in its template, nothing
 * injected, one name for all revisions. Throws InvalidInput for what is no version.
 */
export function ingressGateway(plane: ControlPlane): KubeObject[] {
  const { namespace, version } = plane;
  const labels = chartLabels(plane);
  const selected = { ...labels, ...selector };
  const metadata = (own: Labels, suffix = ''): KubeObject['metadata'] => ({
    name: `${name}${suffix}`,
    namespace,
    labels: own,
  });
  const deployment = {
    selector: { matchLabels: selector },
    strategy: { rollingUpdate: { maxSurge: '100%', maxUnavailable: '25%' } },
    template: template(plane, labels),
  };
  const service = { type: 'LoadBalancer', ports: servicePorts, selector };
  const budget: KubeObject = {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: metadata(selected),
    spec: { minAvailable: 1, selector: { matchLabels: selector } },
  };
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: metadata(selected, '-service-account') },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: metadata({ ...selected, ...outsideAmbient(version) }),
      spec: deployment,
    },
    { apiVersion: 'v1', kind: 'Service', metadata: metadata(selected), spec: service },
    {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: metadata(selected),
      spec: parts.cpuAutoscaling(name, { min: 1, max: 5 }),
    },
    ...(has(version, 'noLonelyBudget') ? [] : [budget]),
  ];
}
