/** G2 and G3: labels that contradict each other, and every kind of workload. */
import { mixedLabels } from '../../sandbox/scenarios/mixed-labels.ts';
import type { Step } from '../../sandbox/scenarios/types.ts';
import { workloadZoo } from '../../sandbox/scenarios/workload-zoo.ts';
import { cases, inPlace, labelled, patched, removed, to, type GoldenCase } from './case.ts';

const template = (metadata: object): { readonly spec: object } => ({ spec: { template: { metadata } } });

const unlabelledGateway: readonly Step[] = labelled('Namespace', 'gw', { 'istio.io/rev': null });

/** Who wins. */
const g2: readonly GoldenCase[] = [
  ...cases(
    'G2',
    { scenario: mixedLabels, target: to('1.30.3') },
    [
      'predicted revision equals the one seen: istio-injection beats istio.io/rev',
      'warns ML-I001 Namespace both',
      labelled('Namespace', 'both', { 'istio-injection': null }),
    ],
    [
      'predicted revision equals the one seen: the namespace beats the pod',
      'warns ML-I003 Deployment podrev/web',
      labelled('Namespace', 'podrev', { 'istio.io/rev': 'canary' }),
    ],
    [
      'disabled is a finding, not a silent skip',
      'warns ML-I005 Deployment disabled/web',
      labelled('Namespace', 'disabled', { 'istio-injection': null }),
    ],
    [
      'ghost is a finding, not a silent skip',
      'warns ML-I002 Namespace ghost',
      labelled('Namespace', 'ghost', { 'istio.io/rev': 'canary' }),
    ],
  ),
  ...cases('G2', { scenario: mixedLabels, more: unlabelledGateway, target: to('1.30.3') }, [
    'predicted revision for image auto: none',
    'blocks ML-I009 Deployment gw/edge',
    labelled('Namespace', 'gw', { 'istio.io/rev': 'canary' }),
  ]),
];

const proxyImage = 'sidecar.istio.io/proxyImage';

/** One of each. */
const g3: readonly GoldenCase[] = [
  ...cases(
    'G3',
    { scenario: workloadZoo, target: to('1.30.3') },
    ['consent for a bare Pod', 'warns ML-D005 Pod zoo/bare', removed(['Pod', 'zoo/bare'])],
    [
      'per-kind plan: a ReplicaSet without an owner',
      'warns ML-D005 ReplicaSet zoo/unowned',
      removed(['ReplicaSet', 'zoo/unowned']),
    ],
    [
      'per-kind plan: paused',
      'warns ML-D006 Deployment zoo/paused',
      patched('Deployment', 'zoo/paused', { spec: { paused: false } }),
    ],
    [
      'per-kind plan: partition',
      'warns ML-D006 StatefulSet zoo/partitioned',
      patched('StatefulSet', 'zoo/partitioned', { spec: { updateStrategy: { rollingUpdate: { partition: 0 } } } }),
    ],
    [
      'per-kind plan: OnDelete',
      'informs ML-D006 StatefulSet zoo/on-delete',
      patched('StatefulSet', 'zoo/on-delete', { spec: { updateStrategy: { type: 'RollingUpdate' } } }),
    ],
    [
      'per-kind plan: a DaemonSet with OnDelete',
      'informs ML-D006 DaemonSet zoo/agent',
      patched('DaemonSet', 'zoo/agent', { spec: { updateStrategy: { type: 'RollingUpdate' } } }),
    ],
    ['per-kind plan: a running Job', 'informs ML-D007 CronJob zoo/report', removed(['CronJob', 'zoo/report'])],
    [
      'per-kind plan: a pinned image',
      'warns ML-I007 Deployment zoo/pinned',
      patched('Deployment', 'zoo/pinned', template({ annotations: { [proxyImage]: null } })),
    ],
    [
      'per-kind plan: made by kube-inject',
      'warns ML-I006 Deployment by-hand/kube-injected',
      removed(['Deployment', 'by-hand/kube-injected']),
    ],
    [
      'consent for Recreate',
      'warns ML-F005 Deployment zoo/recreated',
      patched('Deployment', 'zoo/recreated', { spec: { strategy: { type: 'RollingUpdate' } } }),
    ],
    [
      'zero loss: a budget of 100 %',
      'blocks ML-F007 PodDisruptionBudget zoo/on-delete',
      patched('PodDisruptionBudget', 'zoo/on-delete', { spec: { minAvailable: 1 } }),
    ],
    [
      'the proxy that is too old for the new istiod, pinned',
      'blocks ML-D002 Deployment zoo/pinned',
      removed(['Deployment', 'zoo/pinned']),
    ],
  ),
  ...cases('G3', { scenario: workloadZoo, target: inPlace('1.29.6') }, [
    'the 1.26 proxy is rejected and the tool stops; by revision it never meets the new istiod',
    'blocks ML-D002 StatefulSet zoo/ancient',
    to('1.29.6'),
  ]),
];

/** All of them. */
export const workloadCases: readonly GoldenCase[] = [...g2, ...g3];
