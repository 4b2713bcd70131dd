import { autoscalerFact, budgetFact, nodeFact } from '../fact-defaults.ts';
import { answer, cluster, facts, injector, meta, plane, pod, read, type Plane } from '../mesh-facts.ts';
import type { AutoscalerFact, BudgetFact, Facts, IstiodFact, PodFact, WorkloadFact } from '../../src/mesh/facts.ts';
import { fires, silent, unseen, type CheckCase } from './case.ts';

const [old, fresh] = ['1.29.6', '1.30.3'];
const istiod = 'Deployment istio-system/istiod-1-29-6';
const to = { to: '1.30.3' };
const inPlace = { to: '1.30.3', strategy: 'in-place' } as const;

/** The control plane of a version with another Deployment. */
function made(version: string, over: Partial<WorkloadFact> = {}): Plane {
  const base = plane(version);
  return { ...base, deployment: { ...base.deployment, ...over } };
}

const mesh = (over: Partial<WorkloadFact> = {}, given: Partial<Facts> = {}): Facts =>
  cluster([made(old, over)], [injector(old)], given);
const both = (over: Partial<WorkloadFact> = {}): Facts =>
  cluster([made(old), made(fresh, over)], [injector(old), injector(fresh)]);
const two = { replicas: 2, readyReplicas: 2, updatedReplicas: 2, availableReplicas: 2 };

const part = (over: Partial<PodFact>): Facts =>
  facts({ pods: read(pod('istio-system', 'part', { discoveryImage: 'istio/pilot:1.29.6', ...over })) });
const partPod = 'Pod istio-system/part';

const health: readonly CheckCase[] = [
  fires('ML-P001', 'none ready', mesh({ readyReplicas: 0 }), [['blocks', istiod]]),
  fires('ML-P001', 'one of two ready', mesh({ ...two, readyReplicas: 1 }), [['warns', istiod]]),
  fires('ML-P001', 'a rollout is under way', mesh({ ...two, updatedReplicas: 1 }), [['warns', istiod]]),
  fires('ML-P001', 'the new template was not seen yet', mesh({ observed: false }), [['warns', istiod]]),
  silent('ML-P001', 'whole', mesh(two)),
  silent('ML-P001', 'scaled to 0 on purpose', mesh({ replicas: 0, readyReplicas: 0, updatedReplicas: 0 })),
  fires('ML-P002', 'no such image', part({ waiting: 'ImagePullBackOff' }), [['blocks', partPod]]),
  fires(
    'ML-P002',
    'istio-cni lacks a key of its ConfigMap',
    part({ discoveryImage: '', cniImage: 'istio/install-cni:1.29.6', waiting: 'CreateContainerConfigError' }),
    [['blocks', partPod]],
  ),
  silent('ML-P002', 'it is being created', part({ waiting: 'ContainerCreating' })),
  silent('ML-P002', 'another pod has no image', part({ discoveryImage: '', waiting: 'ImagePullBackOff' })),
  fires('ML-P003', 'twelve times', part({ restarts: 12 }), [['warns', partPod]]),
  fires('ML-P003', 'three times', part({ restarts: 3 }), [['informs', partPod]]),
  silent('ML-P003', 'twice', part({ restarts: 2 })),
  silent('ML-P003', 'another pod', part({ discoveryImage: '', restarts: 12 })),
  fires('ML-P004', 'a ready pod is silent', answering({ version: null, syncz: null, error: '403 Forbidden' }), [
    ['warns', istiod],
  ]),
  silent('ML-P004', 'it answers', answering({})),
  silent('ML-P004', 'it is not ready yet', answering({ version: null, syncz: null, error: 'refused' }, false)),
];

function answering(over: Partial<IstiodFact>, ready = true): Facts {
  const base = plane(old);
  return cluster([{ ...base, pod: { ...base.pod, ready } }], [injector(old)], {
    istiods: read({ ...answer(old), ...over }),
  });
}

const scaled = (over: Partial<AutoscalerFact>): Facts =>
  mesh(two, {
    autoscalers: read(autoscalerFact(meta('istio-system', 'istiod-1-29-6'), 'istiod-1-29-6', { current: 2, ...over })),
  });
const hpa = 'HorizontalPodAutoscaler istio-system/istiod-1-29-6';
const budgeted = (over: Partial<BudgetFact>, replicas: Partial<WorkloadFact> = two): Facts =>
  mesh(replicas, {
    budgets: read(
      budgetFact(meta('istio-system', 'istiod'), {
        selector: { matchLabels: { app: 'istiod' }, matchExpressions: [] },
        ...over,
      }),
    ),
  });

/** Two pods of istiod on these nodes, in a cluster of two. */
function placed(first: string, second: string, nodes: readonly string[] = ['node-1', 'node-2']): Facts {
  const base = made(old, two);
  const other = { ...base.pod, meta: { ...base.pod.meta, name: 'istiod-1-29-6-1' }, node: second };
  return cluster([{ ...base, pod: { ...base.pod, node: first } }], [injector(old)], {
    pods: read(other),
    nodes: read(...nodes.map((name) => nodeFact(meta('', name)))),
  });
}

function asking(memoryBytes: number): Facts {
  const { template } = plane(old).deployment;
  return mesh({ template: { ...template, requests: { cpuMillis: 500, memoryBytes } } });
}

const scale: readonly CheckCase[] = [
  fires('ML-P005', 'one replica', mesh(), [['warns', istiod]]),
  silent('ML-P005', 'two', mesh(two)),
  silent('ML-P005', 'none is wanted', mesh({ replicas: 0 })),
  fires('ML-P006', 'at its end', scaled({ current: 5 }), [['warns', hpa]]),
  fires('ML-P006', 'it wants more than it may', scaled({ current: 4, desired: 5 }), [['warns', hpa]]),
  fires('ML-P006', 'it sees no metrics', scaled({ active: false }), [['informs', hpa]]),
  silent('ML-P006', 'room for one', scaled({ current: 4, desired: 4 })),
  silent('ML-P006', 'a fixed number', scaled({ min: 2, max: 2, active: false })),
  fires('ML-P007', 'four now, one to start with', scaled({ current: 4 }), [['warns', istiod]], to),
  silent('ML-P007', 'no more than the least', scaled({ min: 2 }), to),
  silent('ML-P007', 'in place the autoscaler stays', scaled({ current: 4 }), inPlace),
  fires(
    'ML-P008',
    'nothing may be evicted',
    budgeted({ disruptionsAllowed: 0, currentHealthy: 1, minAvailable: '1' }, {}),
    [['warns', 'PodDisruptionBudget istio-system/istiod']],
  ),
  fires('ML-P008', 'two replicas without a budget', mesh(two), [['informs', istiod]]),
  silent('ML-P008', 'one of two may go', budgeted({ disruptionsAllowed: 1 })),
  silent('ML-P008', 'one replica without a budget', mesh()),
  silent('ML-P008', 'nothing is healthy yet', budgeted({ disruptionsAllowed: 0, currentHealthy: 0 })),
  fires('ML-P009', 'nothing', asking(0), [['warns', istiod]]),
  silent('ML-P009', 'two gibibytes', asking(2 ** 31)),
  fires('ML-P010', 'both on one of two nodes', placed('node-1', 'node-1'), [['warns', istiod]]),
  silent('ML-P010', 'on two nodes', placed('node-1', 'node-2')),
  silent('ML-P010', 'there is but one node', placed('node-1', 'node-1', ['node-1'])),
];

const owned = (labels: Record<string, string>, annotations: Record<string, string>): Facts =>
  mesh({
    meta: meta('istio-system', 'istiod-1-29-6', { app: 'istiod', 'istio.io/rev': '1-29-6', ...labels }, annotations),
  });
const byIstioctl = { 'operator.istio.io/managed': 'Reconcile' };
const byHelm = { 'meta.helm.sh/release-name': 'istiod', 'meta.helm.sh/release-namespace': 'istio-system' };
const chart = (version: string): Facts => owned({ 'helm.sh/chart': `istiod-${version}` }, byHelm);

function vendor(tag: string): Facts {
  const facts = chart('1.29.6');
  const deployments = facts.deployments.items.map((one) => ({
    ...one,
    template: { ...one.template, images: { discovery: `istio/pilot:${tag}` } },
  }));
  return { ...facts, deployments: read(...deployments) };
}

function roots(first: string, second: string): Facts {
  const configs = [injector(old), injector(fresh)].map((config, index) => ({
    ...config,
    webhooks: config.webhooks.map((webhook) => ({ ...webhook, caHash: index === 0 ? first : second })),
  }));
  return cluster([plane(old), plane(fresh)], configs);
}

/** A second Deployment of the old revision, in a namespace. */
function twin(namespace: string, over: Partial<WorkloadFact> = {}): Facts {
  const { deployment } = plane(old);
  const second = { ...deployment, meta: { ...deployment.meta, namespace, name: 'istiod-copy' }, ...over };
  return mesh({}, { deployments: read(second) });
}

const identity: readonly CheckCase[] = [
  fires('ML-P011', 'Helm and istioctl', owned(byIstioctl, byHelm), [['warns', istiod]]),
  fires('ML-P011', 'nobody', owned({}, {}), [['warns', istiod]]),
  silent('ML-P011', 'Helm', owned({}, byHelm)),
  silent('ML-P011', 'istioctl', owned(byIstioctl, {})),
  fires('ML-P012', 'the image was changed by hand', chart('1.29.2'), [['warns', istiod]]),
  fires(
    'ML-P012',
    'the tag holds another version',
    mesh({}, { istiods: read({ ...answer(old), version: '1.29.5-1.29.5-Clean' }) }),
    [['warns', istiod]],
  ),
  silent('ML-P012', 'the version of its chart', chart('1.29.6')),
  silent('ML-P012', 'no label of a chart', mesh()),
  silent('ML-P012', 'a word of the vendor', vendor('1.29.6-acme')),
  fires('ML-P013', 'two roots', roots('aa', 'bb'), [['blocks', 'Deployment istio-system/istiod-1-30-3']]),
  silent('ML-P013', 'one root', roots('aa', 'aa')),
  silent('ML-P013', 'one of them is not known', roots('aa', '')),
  fires('ML-P015', 'beside each other', twin('istio-system'), [['blocks', 'Deployment istio-system/istiod-copy']]),
  fires('ML-P015', 'in a namespace of its own', twin('mesh-b'), [['warns', 'Deployment mesh-b/istiod-copy']]),
  silent('ML-P015', 'the other one is scaled to 0', twin('istio-system', { replicas: 0 })),
  silent('ML-P015', 'two revisions', both()),
];

const on = (today: string) => ({ today });
const versions: readonly CheckCase[] = [
  fires('ML-P014', 'past its end', mesh(), [['warns', istiod]], on('2026-10-13')),
  fires('ML-P014', 'past its end, and being left', mesh(), [['informs', istiod]], { ...to, ...on('2026-10-13') }),
  fires(
    'ML-P014',
    'the target is past its end',
    cluster([plane('1.28.6')], []),
    [
      ['informs', 'Deployment istio-system/istiod-1-28-6'],
      ['warns', 'Cluster target'],
    ],
    { to: '1.29.6', ...on('2026-10-13') },
  ),
  silent('ML-P014', 'its last day', mesh(), on('2026-10-12')),
  unseen('ML-P014', 'a release that nobody knows', cluster([plane('1.99.0')], [])),
  fires(
    'ML-P016',
    'one is scaled to 0, one is neither old nor target',
    cluster([plane('1.28.6'), plane(old), made(fresh, { replicas: 0 })], []),
    [
      ['informs', istiod],
      ['informs', 'Deployment istio-system/istiod-1-30-3'],
    ],
    to,
  ),
  silent('ML-P016', 'old and target', both(), to),
  fires(
    'ML-P017',
    'four minors are two hops by revision',
    cluster([plane('1.27.9')], []),
    [['informs', 'Deployment istio-system/istiod-1-27-9']],
    { to: '1.31.1' },
  ),
  fires('ML-P017', 'the target is older', mesh(), [['blocks', istiod]], { to: '1.28.6' }),
  silent('ML-P017', 'one hop', mesh(), to),
  silent('ML-P017', 'only Kubernetes stands in the way', { ...mesh(), kubernetesVersion: 'v1.31.0' }, to),
];

/** Cases of this family's checks. */
export const controlPlaneCases: readonly CheckCase[] = [...health, ...scale, ...identity, ...versions];
