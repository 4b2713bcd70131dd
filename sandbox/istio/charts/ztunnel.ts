import type { KubeObject } from '../../../src/kube/api.ts';
import type { JsonObject } from '../../store/json.ts';
import { discoveryAddress, imageOf, type ControlPlane } from './control-plane.ts';
import { hostPath, nodeAgent } from './daemon.ts';
import { outsideAmbient, standardLabels, type Labels } from './labels.ts';
import { field, limit, mountsNamed, text, volumesNamed } from './proxy-parts.ts';

/** Values of the chart `ztunnel`. `revision` and `namespace` of the control plane say where it connects. */
export interface ZtunnelOptions extends ControlPlane {
  readonly release: string;
  /** Default 30. ztunnel drains 5 s less. */
  readonly graceSeconds?: number;
  /** Default RollingUpdate with maxSurge 1. */
  readonly updateStrategy?: 'RollingUpdate' | 'OnDelete';
  /** Resources of the container. Default requests 200m and 512Mi, as in the chart. */
  readonly resources?: JsonObject;
}

function environment(options: ZtunnelOptions): JsonObject[] {
  const address = discoveryAddress(options);
  return [
    text('CA_ADDRESS', address),
    text('XDS_ADDRESS', address),
    text('RUST_LOG', 'info'),
    text('RUST_BACKTRACE', '1'),
    text('ISTIO_META_CLUSTER_ID', 'Kubernetes'),
    text('INPOD_ENABLED', 'true'),
    text('TERMINATION_GRACE_PERIOD_SECONDS', String(options.graceSeconds ?? 30)),
    field('POD_NAME', 'metadata.name'),
    field('POD_NAMESPACE', 'metadata.namespace'),
    field('NODE_NAME', 'spec.nodeName'),
    field('INSTANCE_IP', 'status.podIP'),
    field('SERVICE_ACCOUNT', 'spec.serviceAccountName'),
    limit('ZTUNNEL_CPU_LIMIT', 'limits.cpu'),
  ];
}

function container(options: ZtunnelOptions): JsonObject {
  return {
    name: 'istio-proxy',
    ...imageOf(options, 'ztunnel'),
    args: ['proxy', 'ztunnel'],
    ports: [{ containerPort: 15020, name: 'ztunnel-stats', protocol: 'TCP' }],
    env: environment(options),
    readinessProbe: { httpGet: { path: '/healthz/ready', port: 15021 } },
    resources: options.resources ?? { requests: { cpu: '200m', memory: '512Mi' } },
    securityContext: {
      allowPrivilegeEscalation: true,
      capabilities: { add: ['NET_ADMIN', 'SYS_ADMIN', 'NET_RAW'], drop: ['ALL'] },
      privileged: false,
      readOnlyRootFilesystem: true,
      runAsGroup: 1337,
      runAsNonRoot: false,
      runAsUser: 0,
    },
    volumeMounts: [
      ...mountsNamed(['istiod-ca-cert', 'istio-token']),
      { name: 'cni-ztunnel-sock-dir', mountPath: '/var/run/ztunnel' },
      { name: 'tmp', mountPath: '/tmp' },
    ],
  };
}

const rolling: JsonObject = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };

function daemonSetSpec(options: ZtunnelOptions, standard: Labels): JsonObject {
  const labels = {
    ...standard,
    ...outsideAmbient(options.version),
    app: 'ztunnel',
    'sidecar.istio.io/inject': 'false',
  };
  const annotations = {
    'prometheus.io/port': '15020',
    'prometheus.io/scrape': 'true',
    'sidecar.istio.io/inject': 'false',
    ...(options.revision === '' ? {} : { 'istio.io/rev': options.revision }),
  };
  const spec = {
    ...nodeAgent,
    serviceAccountName: 'ztunnel',
    terminationGracePeriodSeconds: options.graceSeconds ?? 30,
    containers: [container(options)],
    volumes: [
      ...volumesNamed(['istio-token', 'istiod-ca-cert']),
      hostPath('cni-ztunnel-sock-dir', '/var/run/ztunnel', 'DirectoryOrCreate'),
      { name: 'tmp', emptyDir: {} },
    ],
  };
  return {
    selector: { matchLabels: { app: 'ztunnel' } },
    updateStrategy: options.updateStrategy === 'OnDelete' ? { type: 'OnDelete' } : rolling,
    template: { metadata: { labels, annotations }, spec },
  };
}

/** What the chart `ztunnel` renders. Its name is fixed as from 1.26 on. Throws InvalidInput for what is no version. */
export function ztunnelChart(options: ZtunnelOptions): KubeObject[] {
  const { release, version, namespace } = options;
  const labels = standardLabels({ name: 'ztunnel', app: 'ztunnel', release, version });
  const metadata = { name: 'ztunnel', namespace, labels };
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata, spec: daemonSetSpec(options, labels) },
  ];
}
