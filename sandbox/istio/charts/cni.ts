import type { KubeObject } from '../../../src/kube/api.ts';
import type { JsonObject } from '../../store/json.ts';
import { imageOf, revisionLabel, type ControlPlane } from './control-plane.ts';
import { hostPath, nodeAgent } from './daemon.ts';
import { componentLabels, outsideAmbient, standardLabels, type Labels } from './labels.ts';
import { field, limit, text } from './proxy-parts.ts';
import { has } from './version.ts';

/** Values of the chart `cni`. */
export interface CniOptions extends ControlPlane {
  readonly release: string;
  /** Profile ambient. */
  readonly ambient: boolean;
}

const enablement = `- podSelector:
    matchLabels:
      istio.io/dataplane-mode: ambient
- namespaceSelector:
    matchLabels:
      istio.io/dataplane-mode: ambient
  podSelector:
    matchExpressions:
    - key: istio.io/dataplane-mode
      operator: NotIn
      values:
      - none`;

/** Environment that every agent reads, whatever the profile. */
const settings: Labels = {
  CHAINED_CNI_PLUGIN: 'true',
  EXCLUDE_NAMESPACES: 'kube-system',
  ISTIO_OWNED_CNI_CONFIG: 'false',
  NATIVE_NFTABLES: 'false',
  REPAIR_BROKEN_POD_LABEL_KEY: 'cni.istio.io/uninitialized',
  REPAIR_BROKEN_POD_LABEL_VALUE: 'true',
  REPAIR_DELETE_PODS: 'false',
  REPAIR_ENABLED: 'true',
  REPAIR_INIT_CONTAINER_NAME: 'istio-validation',
  REPAIR_LABEL_PODS: 'false',
  REPAIR_REPAIR_PODS: 'true',
};

const ambientSettings: Labels = {
  AMBIENT_DNS_CAPTURE: 'true',
  AMBIENT_ENABLEMENT_SELECTOR: enablement,
  AMBIENT_IPV6: 'true',
  AMBIENT_RECONCILE_POD_RULES_ON_STARTUP: 'true',
  ENABLE_AMBIENT_DETECTION_RETRY: 'false',
};

/** The version of the agent that new pods of a node must wait for is data here, and nowhere in istioctl. */
function agentConfig(options: CniOptions): Labels {
  return {
    ...settings,
    ...(options.ambient ? ambientSettings : {}),
    AMBIENT_ENABLED: String(options.ambient),
    CURRENT_AGENT_VERSION: options.version,
  };
}

/** Volumes, where they are mounted, and what else the mount says. */
const mounts: readonly (readonly [volume: JsonObject, mountPath: string, extra?: JsonObject])[] = [
  [hostPath('cni-bin-dir', '/opt/cni/bin'), '/host/opt/cni/bin'],
  [hostPath('cni-host-procfs', '/proc', 'Directory'), '/host/proc', { readOnly: true }],
  [hostPath('cni-ztunnel-sock-dir', '/var/run/ztunnel', 'DirectoryOrCreate'), '/var/run/ztunnel'],
  [hostPath('cni-net-dir', '/etc/cni/net.d'), '/host/etc/cni/net.d'],
  [hostPath('cni-socket-dir', '/var/run/istio-cni'), '/var/run/istio-cni'],
  [
    hostPath('cni-netns-dir', '/var/run/netns', 'DirectoryOrCreate'),
    '/host/var/run/netns',
    { mountPropagation: 'HostToContainer' },
  ],
];

/** The mounts, the one of ztunnel's socket last. */
function volumeMounts(): JsonObject[] {
  const all = mounts.map(([volume, mountPath, extra]) => ({ name: volume['name'], mountPath, ...extra }));
  const isSocket = ({ name }: JsonObject): boolean => name === 'cni-ztunnel-sock-dir';
  return [...all.filter((one) => !isSocket(one)), ...all.filter(isSocket)];
}

const environment: readonly JsonObject[] = [
  field('REPAIR_NODE_NAME', 'spec.nodeName'),
  text('REPAIR_RUN_AS_DAEMON', 'true'),
  text('REPAIR_SIDECAR_ANNOTATION', 'sidecar.istio.io/status'),
  text('ALLOW_SWITCH_TO_HOST_NS', 'true'),
  field('NODE_NAME', 'spec.nodeName'),
  limit('GOMEMLIMIT', 'limits.memory'),
  limit('GOMAXPROCS', 'limits.cpu'),
  field('POD_NAME', 'metadata.name'),
  field('POD_NAMESPACE', 'metadata.namespace'),
];

function container(options: CniOptions): JsonObject {
  return {
    name: 'install-cni',
    ...imageOf(options, 'install-cni'),
    command: ['install-cni'],
    args: ['--log_output_level=info'],
    ports: [{ containerPort: 15014, name: 'metrics', protocol: 'TCP' }],
    env: environment,
    envFrom: [{ configMapRef: { name: 'istio-cni-config' } }],
    readinessProbe: { httpGet: { path: '/readyz', port: 8000 } },
    resources: { requests: { cpu: '100m', memory: '100Mi' } },
    securityContext: {
      capabilities: { add: ['NET_ADMIN', 'NET_RAW', 'SYS_PTRACE', 'SYS_ADMIN', 'DAC_OVERRIDE'], drop: ['ALL'] },
      privileged: false,
      runAsGroup: 0,
      runAsNonRoot: false,
      runAsUser: 0,
    },
    volumeMounts: volumeMounts(),
  };
}

function daemonSetSpec(options: CniOptions, standard: Labels): JsonObject {
  const labels = {
    ...standard,
    ...outsideAmbient(options.version),
    'k8s-app': 'istio-cni-node',
    'sidecar.istio.io/inject': 'false',
  };
  const annotations = {
    'container.apparmor.security.beta.kubernetes.io/install-cni': 'unconfined',
    'prometheus.io/path': '/metrics',
    'prometheus.io/port': '15014',
    'prometheus.io/scrape': 'true',
    'sidecar.istio.io/inject': 'false',
  };
  const spec = {
    ...nodeAgent,
    serviceAccountName: 'istio-cni',
    terminationGracePeriodSeconds: has(options.version, 'cniGrace30') ? 30 : 5,
    containers: [container(options)],
    volumes: mounts.map(([volume]) => volume),
  };
  return {
    selector: { matchLabels: { 'k8s-app': 'istio-cni-node' } },
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
    template: { metadata: { labels, annotations }, spec },
  };
}

/** What the chart `cni` renders, without RBAC. Throws InvalidInput for what is no version. */
export function cniChart(options: CniOptions): KubeObject[] {
  const { release, version, namespace } = options;
  const standard = standardLabels({ name: 'cni', app: 'istio-cni', release, version });
  const labels = { ...standard, ...componentLabels('Cni'), 'istio.io/rev': revisionLabel(options), release };
  const named = { ...labels, app: 'istio-cni' };
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'istio-cni', namespace, labels: named } },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'istio-cni-config', namespace, labels: named },
      data: agentConfig(options),
    },
    {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'istio-cni-node', namespace, labels: { ...labels, 'k8s-app': 'istio-cni-node' } },
      spec: daemonSetSpec(options, standard),
    },
  ];
}
