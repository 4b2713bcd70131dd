import type { JsonObject } from '../../store/json.ts';
import { imageOf, revisioned, revisionLabel } from './control-plane.ts';
import type { IstiodOptions } from './istiod-options.ts';
import { componentLabels, outsideAmbient, standardLabels } from './labels.ts';
import { field, limit, text } from './proxy-parts.ts';

/** Variables set by values, by name: pilot.env, and what other values add to it. */
function valuesEnv(options: IstiodOptions): JsonObject[] {
  const env: Record<string, string> = {
    ...(options.ambient === true ? { PILOT_ENABLE_AMBIENT: 'true' } : {}),
    ...(options.nativeSidecars === undefined ? {} : { ENABLE_NATIVE_SIDECARS: String(options.nativeSidecars) }),
    ...options.env,
  };
  return Object.keys(env)
    .sort()
    .map((name) => text(name, env[name] ?? ''));
}

function environment(options: IstiodOptions): JsonObject[] {
  return [
    text('REVISION', revisionLabel(options)),
    text('PILOT_CERT_PROVIDER', 'istiod'),
    field('POD_NAME', 'metadata.name'),
    field('POD_NAMESPACE', 'metadata.namespace'),
    field('SERVICE_ACCOUNT', 'spec.serviceAccountName'),
    text('KUBECONFIG', '/var/run/secrets/remote/config'),
    text('CA_TRUSTED_NODE_ACCOUNTS', `${options.namespace}/ztunnel`),
    ...valuesEnv(options),
    text('PILOT_TRACE_SAMPLING', '1'),
    text('PILOT_ENABLE_ANALYSIS', 'false'),
    text('CLUSTER_ID', 'Kubernetes'),
    limit('GOMAXPROCS', 'limits.cpu'),
    text('PLATFORM', ''),
  ];
}

const ports = [
  [8080, 'http-debug'],
  [15010, 'grpc-xds'],
  [15012, 'tls-xds'],
  [15017, 'https-webhooks'],
  [15014, 'http-monitoring'],
].map(([containerPort, name]) => ({ containerPort, name, protocol: 'TCP' }));

const optionalSecret = (secretName: string): JsonObject => ({ secret: { secretName, optional: true } });

/** Volumes and where they are mounted; only the certificates that istiod makes itself are writable. */
const volumes: readonly (readonly [name: string, mountPath: string, source: JsonObject])[] = [
  ['local-certs', '/var/run/secrets/istio-dns', { emptyDir: { medium: 'Memory' } }],
  [
    'istio-token',
    '/var/run/secrets/tokens',
    {
      projected: {
        sources: [{ serviceAccountToken: { audience: 'istio-ca', expirationSeconds: 43200, path: 'istio-token' } }],
      },
    },
  ],
  ['cacerts', '/etc/cacerts', optionalSecret('cacerts')],
  ['istio-kubeconfig', '/var/run/secrets/remote', optionalSecret('istio-kubeconfig')],
  ['istio-csr-dns-cert', '/var/run/secrets/istiod/tls', optionalSecret('istiod-tls')],
  [
    'istio-csr-ca-configmap',
    '/var/run/secrets/istiod/ca',
    { configMap: { name: 'istio-ca-root-cert', optional: true } },
  ],
];

const mountOrder = [
  'istio-token',
  'local-certs',
  'cacerts',
  'istio-kubeconfig',
  'istio-csr-dns-cert',
  'istio-csr-ca-configmap',
];

function mounts(): JsonObject[] {
  return volumes
    .map(([name, mountPath]) => ({ name, mountPath, ...(name === 'local-certs' ? {} : { readOnly: true }) }))
    .sort((a, b) => mountOrder.indexOf(a.name) - mountOrder.indexOf(b.name));
}

function discoveryContainer(options: IstiodOptions): JsonObject {
  return {
    name: 'discovery',
    ...imageOf(options, 'pilot'),
    args: [
      'discovery',
      '--monitoringAddr=:15014',
      '--log_output_level=default:info',
      '--domain',
      'cluster.local',
      '--keepaliveMaxServerConnectionAge',
      '30m',
    ],
    ports,
    env: environment(options),
    readinessProbe: {
      httpGet: { path: '/ready', port: 8080 },
      initialDelaySeconds: 1,
      periodSeconds: 3,
      timeoutSeconds: 5,
    },
    resources: options.resources ?? { requests: { cpu: '500m', memory: '2048Mi' } },
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
    },
    volumeMounts: mounts(),
  };
}

/** The pod template of istiod. */
export function istiodTemplate(options: IstiodOptions): JsonObject {
  const { release, version, revision } = options;
  const labels = {
    ...standardLabels({ name: 'istiod', app: 'istiod', release, version }),
    ...componentLabels('Pilot'),
    ...outsideAmbient(version),
    app: 'istiod',
    istio: revision === '' ? 'pilot' : 'istiod',
    'istio.io/rev': revisionLabel(options),
    'sidecar.istio.io/inject': 'false',
  };
  const annotations = {
    'prometheus.io/port': '15014',
    'prometheus.io/scrape': 'true',
    'sidecar.istio.io/inject': 'false',
  };
  const spec = {
    serviceAccountName: revisioned('istiod', revision),
    tolerations: [{ key: 'cni.istio.io/not-ready', operator: 'Exists' }],
    containers: [discoveryContainer(options)],
    volumes: volumes.map(([name, , source]) => ({ name, ...source })),
  };
  return { metadata: { labels, annotations }, spec };
}
