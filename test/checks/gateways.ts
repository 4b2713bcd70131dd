import { autoscalerFact, budgetFact, configMapFact } from '../fact-defaults.ts';
import { injector, meta, read } from '../mesh-facts.ts';
import type { AutoscalerFact, BudgetFact, Facts, Labels, RouteFact } from '../../src/mesh/facts.ts';
import { fires, silent, unseen, type CheckCase } from './case.ts';
import { numbers } from './fitness-mesh.ts';
import { ingress, legacy, managed, type Edge } from './gateways-mesh.ts';

const object = 'Deployment edge/ingress';
const gateway = 'Gateway edge/public';
const front = 'Service edge/ingress';
const to = { to: '1.30.3' };
const inPlace = { to: '1.30.3', strategy: 'in-place' } as const;

const unfixed = { version: '1.29.4' };
const waypoint = { className: 'istio-waypoint' };
const istioGateway = (selector: Labels): Partial<Facts> => ({
  istioGateways: read({ meta: meta('shop', 'shop'), selector, servers: [] }),
});
const byRevision = { istio: 'ingress', 'istio.io/rev': '1-29-6' };
const tagged = { istio: 'ingress', 'istio.io/rev': 'prod' };

const revisions: readonly CheckCase[] = [
  fires('ML-G001', 'a Gateway of 1.29.4', managed(unfixed), [['blocks', gateway]], to),
  fires('ML-G001', 'a waypoint of 1.28', managed({ version: '1.28.6', gateway: waypoint }), [['blocks', gateway]], {
    to: '1.29.6',
  }),
  silent('ML-G001', '1.29.6 has the fix', managed(), to),
  silent('ML-G001', 'in place the revision stays', managed(unfixed), inPlace),
  silent('ML-G001', 'an injected gateway', ingress(unfixed), to),
  silent('ML-G001', 'istiod deploys nothing for it', managed({ ...unfixed, gateway: { manual: true } }), to),
  fires(
    'ML-G006',
    'the Service selects a revision',
    ingress({ labels: byRevision, service: { selector: byRevision } }),
    [['blocks', front]],
    to,
  ),
  fires(
    'ML-G006',
    'a Gateway selects a revision',
    ingress({ labels: byRevision, over: istioGateway({ 'istio.io/rev': '1-29-6' }) }),
    [['blocks', 'Gateway shop/shop']],
    to,
  ),
  fires(
    'ML-G006',
    'the Service selects the version of the chart',
    ingress({
      labels: { 'app.kubernetes.io/version': '1.29.6' },
      service: { selector: { 'app.kubernetes.io/version': '1.29.6' } },
    }),
    [['blocks', front]],
  ),
  silent('ML-G006', 'labels that stay', ingress({ over: istioGateway({ istio: 'ingress' }) }), to),
  silent('ML-G006', 'a tag stays when it moves', byTag(), to),
  silent(
    'ML-G006',
    'in place the revision stays',
    ingress({ labels: byRevision, service: { selector: byRevision } }),
    inPlace,
  ),
  fires('ML-G008', 'a gateway of an istioctl profile', legacy(), [['warns', object]], to),
  fires('ML-G008', 'the same in place', legacy(), [['informs', object]], inPlace),
  silent('ML-G008', 'an injected gateway', ingress(), to),
  silent('ML-G008', 'scaled to 0', legacy({ fact: { ...numbers(0) } }), to),
  fires('ML-G009', 'in the release of istiod', oneRelease('istiod'), [['warns', object]], to),
  silent('ML-G009', 'in a release of its own', oneRelease('ingress'), to),
  fires('ML-G009', 'of the revision of istioctl', ofIstioctl('1-29-6'), [['warns', object]], to),
  silent('ML-G009', 'of istioctl without a revision', ofIstioctl('default'), to),
  fires(
    'ML-G010',
    'selected by the old label',
    managed({ version: '1.23.6', fact: { selector: { 'istio.io/gateway-name': 'public' } } }),
    [['blocks', gateway]],
    { to: '1.24.2' },
  ),
  silent(
    'ML-G010',
    '1.24.3 can',
    managed({ version: '1.23.6', fact: { selector: { 'istio.io/gateway-name': 'public' } } }),
    {
      to: '1.24.3',
    },
  ),
  silent('ML-G010', 'selected by the new label', managed({ version: '1.23.6' }), { to: '1.24.2' }),
  fires('ML-G011', 'a waypoint of one pod', managed({ gateway: waypoint, fact: numbers(1) }), [['warns', gateway]], to),
  silent('ML-G011', 'three pods', managed(), to),
  silent('ML-G011', 'an injected gateway of one pod', ingress({ fact: numbers(1) }), to),
  silent('ML-G011', 'it is on the target', managed({ fact: numbers(1) }), { to: '1.29.6' }),
];

function byTag(): Facts {
  const facts = ingress({ labels: tagged, service: { selector: tagged } });
  return { ...facts, mutatingWebhooks: read(injector('1.29.6'), injector('1.29.6', 'prod')) };
}

// istiod is in Helm release istiod.
function oneRelease(name: string): Facts {
  const annotations = { 'meta.helm.sh/release-name': name, 'meta.helm.sh/release-namespace': 'istio-system' };
  return ownedAs(ingress({ fact: { meta: meta('edge', 'ingress', {}, annotations) } }), 'istiod');
}

function ofIstioctl(revision: string): Facts {
  const labels = { 'istio.io/rev': revision, 'operator.istio.io/managed': 'Reconcile' };
  return legacy({ fact: { meta: meta('edge', 'ingress', labels) } });
}

function ownedAs(facts: Facts, release: string): Facts {
  const annotations = { 'meta.helm.sh/release-name': release, 'meta.helm.sh/release-namespace': 'istio-system' };
  const deployments = facts.deployments.items.map((one) =>
    one.istiodRevision === '' ? one : { ...one, meta: { ...one.meta, annotations } },
  );
  return { ...facts, deployments: read(...deployments) };
}

const aws = 'service.beta.kubernetes.io/aws-load-balancer';
const balanced = (annotations: Labels = {}, different: Edge = {}): Facts =>
  ingress({
    ...different,
    service: { meta: meta('edge', 'ingress', {}, annotations), type: 'LoadBalancer', ...different.service },
  });
const delay = { [`${aws}-target-group-attributes`]: 'deregistration_delay.timeout_seconds=60' };
const long = { template: { proxyConfig: { terminationDrainDuration: '60s' } } };
const local = { service: { externalTrafficPolicy: 'Local' } };
const annotated = { annotations: { 'inject.istio.io/templates': 'gateway' } };

const balancers: readonly CheckCase[] = [
  fires('ML-G002', 'a deregistration delay of a minute', balanced(delay), [['warns', object]]),
  fires('ML-G002', 'targets are pods', balanced({ [`${aws}-nlb-target-type`]: 'ip' }, keep(long)), [['warns', object]]),
  silent('ML-G002', 'it drains for a minute', balanced(delay, keep(long))),
  silent('ML-G002', 'the load balancer sends to nodes', balanced()),
  silent(
    'ML-G002',
    'it waits for its connections',
    balanced(delay, {
      template: {
        ...annotated,
        gracePeriodSeconds: 90,
        proxyConfig: { terminationDrainDuration: '5s', 'proxyMetadata.EXIT_ON_ZERO_ACTIVE_CONNECTIONS': 'true' },
      },
    }),
  ),
  unseen('ML-G002', 'no mesh config', balanced(delay, { over: { configMaps: read() } })),
  fires('ML-G003', 'Local and 5 s', balanced({}, local), [['warns', front]]),
  silent('ML-G003', 'Local and a minute', balanced({}, { ...local, ...keep(long) })),
  silent('ML-G003', 'Cluster', balanced()),
  fires('ML-G014', 'an address of the Service alone', balanced({}, { service: { addresses: ['192.0.2.1'] } }), [
    ['informs', front],
  ]),
  silent('ML-G014', 'a reserved address', balanced({}, { service: { loadBalancerIP: '192.0.2.1' } })),
  silent('ML-G014', 'Helm keeps the Service', balanced({ 'helm.sh/resource-policy': 'keep' })),
  silent('ML-G014', 'ClusterIP', ingress()),
  fires('ML-G015', '5 s', managed(), [['informs', gateway]]),
  silent(
    'ML-G015',
    'the mesh config says 30 s',
    managed({
      over: {
        configMaps: read(
          configMapFact(meta('istio-system', 'istio-1-29-6'), {
            mesh: { defaultConfig: { terminationDrainDuration: '30s' } },
          }),
        ),
      },
    }),
  ),
  silent('ML-G015', 'an injected gateway is handed over', ingress()),
];

// A template of its own replaces the annotations of the gateway chart: here they stay.
function keep({ template }: typeof long): Edge {
  return { template: { ...annotated, ...template } };
}

const scaler = (over: Partial<AutoscalerFact>, replicasManager = 'helm'): Facts =>
  ingress({
    fact: { replicasManager },
    over: { autoscalers: read(autoscalerFact(meta('edge', 'ingress'), 'ingress', { current: 3, ...over })) },
  });
const selector = { matchLabels: { istio: 'ingress' }, matchExpressions: [] };
const budget = (over: Partial<BudgetFact>): Facts =>
  ingress({ over: { budgets: read(budgetFact(meta('edge', 'ingress'), { selector, ...over })) } });
const strict = { minAvailable: '3', maxUnavailable: '', disruptionsAllowed: 0, desiredHealthy: 3, expectedPods: 3 };
const parent = { group: '', kind: 'Gateway', name: 'public', namespace: 'edge', section: '', hasGroup: false };
const route = (over: Partial<typeof parent> = {}): RouteFact => ({
  ...{ kind: 'TLSRoute', meta: meta('shop', 'pass'), hosts: [], parents: [{ ...parent, ...over }], spec: {} },
});
const listener = (name: string, attachedRoutes: number | null) => ({
  ...{ name, port: 443, protocol: 'TLS', hostname: '', tlsMode: 'Passthrough', attachedRoutes },
});
const routed = (attached: number | null, routes: readonly RouteFact[], more: readonly (number | null)[] = []): Facts =>
  managed({
    gateway: {
      listeners: [listener('tls', attached), ...more.map((one, index) => listener(`l${String(index)}`, one))],
    },
    over: { routes: read(...routes) },
  });

const state: readonly CheckCase[] = [
  fires('ML-G004', 'Helm owns the replicas', scaler({}), [['warns', object]]),
  silent('ML-G004', 'the autoscaler owns them', scaler({}, 'kube-controller-manager')),
  silent('ML-G004', 'its least is what runs', scaler({ min: 3 })),
  silent('ML-G004', 'no autoscaler', ingress({ fact: { replicasManager: 'helm' } })),
  fires('ML-G005', 'all pods are needed', budget(strict), [['warns', 'PodDisruptionBudget edge/ingress']]),
  silent('ML-G005', 'one may go', budget({ disruptionsAllowed: 1, desiredHealthy: 2, expectedPods: 3 })),
  silent('ML-G005', 'one is missing now', budget({ disruptionsAllowed: 0, desiredHealthy: 2, expectedPods: 3 })),
  fires('ML-G007', 'nobody has its labels', ingress({ over: istioGateway({ istio: 'gone' }) }), [
    ['informs', 'Gateway shop/shop'],
  ]),
  silent('ML-G007', 'the gateway has them', ingress({ over: istioGateway({ istio: 'ingress' }) })),
  silent('ML-G007', 'an empty selector means all', ingress({ over: istioGateway({}) })),
  fires('ML-G012', 'not programmed', managed({ gateway: { programmed: false } }), [['warns', gateway]]),
  fires('ML-G012', 'nobody wrote its state', managed({ gateway: { programmed: null } }), [['warns', gateway]]),
  silent('ML-G012', 'programmed', managed()),
  silent('ML-G012', 'another controller', managed({ gateway: { programmed: null, className: 'nginx' } })),
  fires('ML-G013', 'a route names it', routed(0, [route()]), [['warns', gateway]]),
  silent('ML-G013', 'it is attached', routed(1, [route()])),
  silent('ML-G013', 'nobody names it', routed(0, [])),
  silent('ML-G013', 'the route names another listener', routed(0, [route({ section: 'l0' })], [1])),
  silent('ML-G013', 'another listener has it', routed(0, [route()], [1])),
  silent('ML-G013', 'the state says nothing', routed(null, [route()])),
];

/** Cases of this family's checks. */
export const gatewaysCases: readonly CheckCase[] = [...revisions, ...balancers, ...state];
