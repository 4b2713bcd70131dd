/** Deployments of the benchmark: what their manifests say, and what their applications do. */
import type { KubeObject } from '../../src/kube/api.ts';
import type { FitnessSpec } from './spec.ts';

const polite = { onTerm: 'serve', serveMs: 2000 } as const;
const slowly = { startMs: 1500 } as const;
const rolling = (maxSurge: number | string, maxUnavailable: number | string) => ({
  type: 'RollingUpdate',
  rollingUpdate: { maxSurge, maxUnavailable },
});
const recreate = { type: 'Recreate' };

/** A policy that selects by the one label that the Service selects by: no label is free for a hand-over. */
const policyOn = (name: string, namespace = 'shop'): KubeObject => ({
  apiVersion: 'security.istio.io/v1',
  kind: 'PeerAuthentication',
  metadata: { name, namespace },
  spec: { selector: { matchLabels: { app: name } }, mtls: { mode: 'PERMISSIVE' } },
});

const budgetOf = (name: string, minAvailable: number | string): KubeObject => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name, namespace: 'shop' },
  spec: { minAvailable, selector: { matchLabels: { app: name } } },
});

const helper = { name: 'helper', image: 'registry.example/helper:1.0' };
const serving = (name: string) => ({
  name,
  image: `registry.example/${name}:1.0`,
  ports: [{ containerPort: 8080 }],
  readinessProbe: { httpGet: { path: '/healthz', port: 8080 } },
  lifecycle: { preStop: { sleep: { seconds: 5 } } },
});

/** Probe, preStop hook and strategy. */
export const deployments: readonly FitnessSpec[] = [
  { name: 'proven', replicas: 3, preStop: 5 },
  { name: 'proven-classic', preStop: 5, classic: true },
  { name: 'short-hook', preStop: 1 },
  { name: 'bare', replicas: 3 },
  { name: 'bare-classic', classic: true },
  { name: 'bare-one', replicas: 1 },
  { name: 'bare-defaults', strategy: rolling('25%', '25%') },
  { name: 'bare-budget', objects: [budgetOf('bare-budget', 2)] },
  { name: 'known-graceful', app: polite, graceful: true },
  { name: 'known-graceful-four', replicas: 4, app: polite, graceful: true },
  { name: 'no-probe', probed: false, preStop: 5, app: slowly },
  { name: 'no-probe-one', replicas: 1, probed: false, preStop: 5, app: slowly },
  { name: 'no-probe-bare', probed: false, app: slowly },
  { name: 'slow-start', preStop: 5, app: { ...slowly, readyMs: 500 } },
  { name: 'recreate', replicas: 1, strategy: recreate, preStop: 5 },
  { name: 'recreate-three', replicas: 3, strategy: recreate, preStop: 5 },
  { name: 'one-no-surge', replicas: 1, strategy: rolling(0, 1), preStop: 5 },
  { name: 'all-at-once', strategy: rolling(0, '100%'), preStop: 5 },
  { name: 'half-away', replicas: 4, ownRevision: true, strategy: rolling(0, '50%'), preStop: 5 },
  { name: 'one-of-three-away', replicas: 3, strategy: rolling(0, 1), preStop: 5 },
  { name: 'five-defaults', replicas: 5, ownRevision: true, strategy: rolling('25%', '25%'), preStop: 5 },
  { name: 'min-ready', preStop: 5, also: { workload: { minReadySeconds: 2 } } },
  { name: 'budget-of-all', preStop: 5, objects: [budgetOf('budget-of-all', '100%')] },
  {
    ...{ name: 'helper-beside', preStop: 5 },
    also: {
      pod: { containers: [serving('helper-beside'), { ...helper, lifecycle: { preStop: { sleep: { seconds: 5 } } } }] },
    },
  },
  { name: 'no-label-free', objects: [policyOn('no-label-free')] },
  { name: 'no-label-free-proven', preStop: 5, objects: [policyOn('no-label-free-proven')] },
  { name: 'no-label-free-graceful', app: polite, graceful: true, objects: [policyOn('no-label-free-graceful')] },
  { name: 'own-revision', ownRevision: true },
  { name: 'own-revision-proven', ownRevision: true, preStop: 5 },
  { name: 'all-at-once-no-label', strategy: rolling(0, '100%'), preStop: 5, ownRevision: true },
  { name: 'not-ready-published', preStop: 5, app: slowly, also: { service: { publishNotReadyAddresses: true } } },
  { name: 'host-port', preStop: 5, also: { pod: { containers: [hostPort('host-port')] } } },
  { name: 'http2', portName: 'http2', preStop: 5 },
  { name: 'grpc', portName: 'grpc', preStop: 5, longMs: 0 },
  { name: 'grpc-bare', portName: 'grpc', longMs: 0, app: { answerMs: 500 } },
];

function hostPort(name: string): object {
  return { ...serving(name), ports: [{ containerPort: 8080, hostPort: 18080 }] };
}
