import type { Install, NamespaceSpec, Scenario } from './types.ts';

/** The control plane without revision, at a version. */
const meshAt = (version: string): readonly Install[] => [
  { chart: 'base', version, defaultRevision: 'default' },
  { chart: 'istiod', version, revision: '' },
];

const enabled = { 'istio-injection': 'enabled' };

/** Ended by nobody since 1.26: its StatefulSet changes a pod only when somebody deletes it. */
const ancient: NamespaceSpec = {
  name: 'zoo',
  labels: enabled,
  workloads: [{ kind: 'StatefulSet', name: 'ancient', strategy: { type: 'OnDelete' } }],
};

/** Half an hour of work, as the sandbox's kubelet reads it. */
const halfAnHour = { 'sandbox.meshlift.dev/timing': JSON.stringify({ report: { runMs: 1_800_000 } }) };

const animals: NamespaceSpec = {
  name: 'zoo',
  workloads: [
    {
      name: 'rolling',
      replicas: 3,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    },
    { name: 'paused', replicas: 2 },
    { name: 'recreated', strategy: { type: 'Recreate' } },
    // An eviction is refused for ever.
    {
      kind: 'StatefulSet',
      name: 'on-delete',
      replicas: 2,
      strategy: { type: 'OnDelete' },
      minAvailable: '100%',
    },
    {
      kind: 'StatefulSet',
      name: 'partitioned',
      replicas: 3,
      strategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } },
    },
    { kind: 'DaemonSet', name: 'agent', strategy: { type: 'OnDelete' } },
    { kind: 'CronJob', name: 'report', probed: false, annotations: halfAnHour },
    { kind: 'Pod', name: 'bare' },
    { kind: 'ReplicaSet', name: 'unowned', replicas: 2 },
    { kind: 'Rollout', name: 'argo', replicas: 2 },
    // A proxy version that somebody wrote into the template.
    {
      name: 'pinned',
      annotations: { 'sidecar.istio.io/proxyImage': 'docker.io/istio/proxyv2:1.27.1' },
      containers: [{ name: 'istio-proxy', image: 'docker.io/istio/proxyv2:1.27.1' }],
    },
  ],
};

/** What `istioctl kube-inject` writes, shortened: the proxy is part of the template. */
const byHand: NamespaceSpec = {
  name: 'by-hand',
  workloads: [
    {
      name: 'kube-injected',
      annotations: {
        'istio.io/rev': 'default',
        'sidecar.istio.io/status': JSON.stringify({
          initContainers: null,
          containers: ['istio-proxy'],
          volumes: null,
          imagePullSecrets: null,
          revision: 'default',
        }),
      },
      containers: [
        {
          name: 'istio-proxy',
          image: 'docker.io/istio/proxyv2:1.28.6',
          args: ['proxy', 'sidecar', '--domain', '$(POD_NAMESPACE).svc.cluster.local'],
          env: [{ name: 'CA_ADDR', value: 'istiod.istio-system.svc:15012' }],
          readinessProbe: { httpGet: { path: '/healthz/ready', port: 15021 } },
        },
      ],
    },
  ],
};

/** Every kind of workload, one of each, and one proxy that missed two upgrades. */
export const workloadZoo: Scenario = {
  name: 'workload-zoo',
  description: 'Istio 1.28.6 upgraded in place, every kind of workload, and one proxy still at 1.26.8',
  nodes: 3,
  steps: [
    { do: 'install', install: meshAt('1.26.8') },
    { do: 'settle' },
    { do: 'deploy', namespaces: [ancient] },
    { do: 'settle' },
    { do: 'install', install: meshAt('1.27.9') },
    { do: 'settle' },
    { do: 'install', install: meshAt('1.28.6') },
    { do: 'settle' },
    { do: 'deploy', namespaces: [animals, byHand] },
    { do: 'run', namespace: 'zoo', cronJob: 'report', job: 'report-29384820' },
    { do: 'settle' },
    // A Deployment that is paused from its birth has no pods.
    {
      do: 'patch',
      object: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'zoo', name: 'paused' },
      patch: { spec: { paused: true } },
    },
  ],
};
