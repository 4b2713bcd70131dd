import { configMapFact, namespaceFact } from '../fact-defaults.ts';
import { cluster, injected, injector, meta, owner, plane, pod, read, template, workload } from '../mesh-facts.ts';
import type { ConfigMapFact, Facts, Labels, PodFact, TemplateFact, WorkloadFact } from '../../src/mesh/facts.ts';
import { fires, silent, type CheckCase } from './case.ts';

const web = 'Deployment shop/web';
const namespace = 'Namespace shop';
const here = { 'istio.io/rev': '1-29-6' };

interface Shop {
  /** Labels of namespace shop. */
  readonly labels?: Labels;
  readonly given?: Partial<TemplateFact>;
  /** Null: no pod runs. 'bare': it runs without a proxy. */
  readonly runs?: 'proxy' | 'bare' | null;
  readonly pod?: Partial<PodFact>;
  readonly over?: Partial<WorkloadFact>;
  readonly facts?: Partial<Facts>;
}

/** Two control planes, tag prod on the older one, and workload web in namespace shop. */
function shop({ labels = here, given = {}, runs = 'proxy', ...rest }: Shop): Facts {
  const own = { app: 'web', ...given.labels };
  const base = runs === 'bare' ? pod('shop', 'web-0', rest.pod) : injected('shop', 'web-0', '1.29.6', rest.pod);
  const made = { ...base, meta: { ...base.meta, owner: owner('Deployment', 'web'), labels: own } };
  const fact = workload('Deployment', 'shop', 'web', { template: template({ ...given, labels: own }), ...rest.over });
  const configs = [injector('1.29.6'), injector('1.30.3'), injector('1.29.6', 'prod')];
  return cluster([plane('1.29.6'), plane('1.30.3')], configs, {
    ...rest.facts,
    namespaces: read(namespaceFact(meta('', 'shop', labels))),
    deployments: read(fact),
    pods: read(...(runs === null ? [] : [made])),
  });
}

const injectKey = 'sidecar.istio.io/inject';
const labelled = (labels: Labels, over: Partial<Shop> = {}): Facts => shop({ labels, ...over });
const asks = (value: Labels): Partial<TemplateFact> => ({ labels: value });
const annotated = (annotations: Labels): Partial<TemplateFact> => ({ annotations });
const ghost = { 'istio.io/rev': '1-27-2' };

const labels: readonly CheckCase[] = [
  fires('ML-I001', 'enabled and a revision', labelled({ ...here, 'istio-injection': 'enabled' }), [
    ['warns', namespace],
  ]),
  fires('ML-I001', 'disabled and a revision', labelled({ ...here, 'istio-injection': 'disabled' }), [
    ['warns', namespace],
  ]),
  silent('ML-I001', 'a revision alone', labelled(here)),
  silent('ML-I001', 'enabled alone', labelled({ 'istio-injection': 'enabled' })),
  fires('ML-I002', 'a ghost with sidecars', labelled(ghost), [['blocks', namespace]]),
  fires('ML-I002', 'a ghost without sidecars', labelled(ghost, { runs: 'bare' }), [['warns', namespace]]),
  fires('ML-I002', 'the label of a pod is a ghost', labelled({}, { given: asks(ghost) }), [['blocks', web]]),
  fires('ML-I002', 'and has no sidecar yet', labelled({}, { given: asks(ghost), runs: 'bare' }), [['warns', web]]),
  silent('ML-I002', 'a revision that runs', labelled(here)),
  silent('ML-I002', 'a tag', labelled({ 'istio.io/rev': 'prod' })),
  silent('ML-I002', 'a ghost on a pod that its namespace beats', labelled(here, { given: asks(ghost) })),
  fires('ML-I003', 'the namespace wins', shop({ given: asks({ 'istio.io/rev': '1-30-3' }) }), [['warns', web]]),
  silent('ML-I003', 'both mean the same revision', shop({ given: asks({ 'istio.io/rev': 'prod' }) })),
  silent('ML-I003', 'only the pod says one', labelled({}, { given: asks({ 'istio.io/rev': '1-29-6' }) })),
  fires('ML-I004', 'the namespace lost its label', labelled({}), [['blocks', web]]),
  fires('ML-I004', 'the namespace was disabled', labelled({ ...here, 'istio-injection': 'disabled' }), [
    ['blocks', web],
  ]),
  fires('ML-I004', 'the template says no by annotation', shop({ given: annotated({ [injectKey]: 'false' }) }), [
    ['blocks', web],
  ]),
  fires('ML-I004', 'enabled, and nobody is the default', labelled({ 'istio-injection': 'enabled' }), [['blocks', web]]),
  fires('ML-I004', 'two workloads are one finding', twoWorkloads(labelled({})), [['blocks', namespace]]),
  silent('ML-I004', 'the label is there', labelled(here)),
  silent('ML-I004', 'no sidecar runs', labelled({}, { runs: 'bare' })),
  silent('ML-I004', 'a ghost is another finding', labelled(ghost)),
  fires(
    'ML-I005',
    'the namespace is disabled',
    labelled({ 'istio-injection': 'disabled' }, { given: asks({ [injectKey]: 'true' }), runs: 'bare' }),
    [['warns', web]],
  ),
  fires('ML-I005', 'by annotation', labelled({}, { given: annotated({ [injectKey]: 'true' }), runs: 'bare' }), [
    ['warns', web],
  ]),
  silent(
    'ML-I005',
    'by annotation where the namespace injects',
    labelled(here, { given: annotated({ [injectKey]: 'true' }), runs: 'bare' }),
  ),
  silent('ML-I005', 'it asks for nothing', labelled({}, { runs: 'bare' })),
  silent(
    'ML-I005',
    'it has a sidecar: another finding',
    labelled({ 'istio-injection': 'disabled' }, { given: asks({ [injectKey]: 'true' }) }),
  ),
];

function twoWorkloads(facts: Facts): Facts {
  const [first] = facts.pods.items.filter(({ meta: { namespace: space } }) => space === 'shop');
  if (first === undefined) return facts;
  const copy = { ...first, meta: { ...first.meta, name: 'api-0', owner: owner('StatefulSet', 'api') } };
  return {
    ...facts,
    pods: read(...facts.pods.items, copy),
    statefulSets: read(workload('StatefulSet', 'shop', 'api', { template: template({ labels: first.meta.labels }) })),
  };
}

const written = (image: string, role = 'sidecar'): Partial<TemplateFact> => ({
  proxy: { image, form: 'classic', role, dials: '' },
});
const named = (name: string): Partial<TemplateFact> => annotated({ 'inject.istio.io/templates': name });
const auto = { ...written('auto', ''), ...named('gateway') };
const kept: Partial<PodFact> = { proxy: { image: 'auto', form: 'classic', role: '', dials: '' } };
const proxyImage = 'sidecar.istio.io/proxyImage';

function injectorMap(templates: readonly string[]): ConfigMapFact {
  return configMapFact(meta('istio-system', 'istio-sidecar-injector-1-29-6', here), {
    injector: { policy: 'enabled', neverInject: [], alwaysInject: [], templates },
  });
}
const withTemplates = (templates: readonly string[], given: Partial<TemplateFact> = {}, labels: Labels = here): Facts =>
  shop({ given, labels, facts: { configMaps: read(injectorMap(templates)) } });
const chart = ['gateway', 'grpc-agent', 'grpc-simple', 'kube-gateway', 'sidecar', 'waypoint'];
const istioctl = { 'operator.istio.io/managed': 'Reconcile' };

const templates: readonly CheckCase[] = [
  fires('ML-I006', 'kube-inject', shop({ given: written('istio/proxyv2:1.28.6') }), [['warns', web]]),
  fires('ML-I006', 'only its annotation is left', shop({ given: annotated({ 'sidecar.istio.io/status': '{}' }) }), [
    ['warns', web],
  ]),
  silent('ML-I006', 'image auto', shop({ given: auto })),
  silent(
    'ML-I006',
    'a gateway of istiod',
    shop({
      given: written('istio/proxyv2:1.29.6', 'router'),
      over: { meta: meta('shop', 'web', { 'gateway.istio.io/managed': 'istio.io-gateway-controller' }) },
    }),
  ),
  silent(
    'ML-I006',
    'a gateway of istioctl',
    shop({ given: written('istio/proxyv2:1.29.6', 'router'), over: { meta: meta('shop', 'web', istioctl) } }),
  ),
  fires('ML-I007', 'an image', shop({ given: annotated({ [proxyImage]: 'docker.io/istio/proxyv2:1.27.1' }) }), [
    ['warns', web],
  ]),
  silent('ML-I007', 'a name without a slash is none', shop({ given: annotated({ [proxyImage]: 'proxyv2' }) })),
  silent(
    'ML-I007',
    'only the kind of image',
    shop({ given: annotated({ 'sidecar.istio.io/proxyImageType': 'distroless' }) }),
  ),
  fires('ML-I008', 'one of its own', withTemplates([...chart, 'ours']), [
    ['warns', 'ConfigMap istio-system/istio-sidecar-injector-1-29-6'],
  ]),
  silent('ML-I008', 'those of the chart', withTemplates(chart)),
  silent('ML-I008', 'those of 1.31', withTemplates([...chart, 'agentgateway', 'agentgateway-waypoint'])),
  fires('ML-I009', 'a gateway whose namespace lost its label', labelled({}, { given: auto }), [['blocks', web]]),
  fires('ML-I009', 'a pod kept the image', shop({ given: auto, pod: { ...kept, phase: 'Pending', ready: false } }), [
    ['blocks', web],
  ]),
  silent('ML-I009', 'one injector meets it', shop({ given: auto })),
  silent('ML-I009', 'an image of its own', labelled({}, { given: written('istio/proxyv2:1.29.6', 'router') })),
  fires('ML-I010', 'a template that is not there', withTemplates(chart, named('sidecar,ours')), [['blocks', web]]),
  silent('ML-I010', 'one that is there', withTemplates([...chart, 'ours'], named('sidecar,ours'))),
  silent('ML-I010', 'nobody injects it', withTemplates(chart, named('ours'), {})),
  silent('ML-I010', 'the injector was not read', shop({ given: named('ours') })),
];

const discovery = (selectors: unknown, more: Labels = {}): Facts =>
  labelled(
    { ...here, ...more },
    {
      facts: {
        configMaps: read(
          configMapFact(meta('istio-system', 'istio-1-29-6'), { mesh: { discoverySelectors: selectors } }),
        ),
      },
    },
  );
const meshOn = [{ matchLabels: { mesh: 'on' } }];

const coverage: readonly CheckCase[] = [
  fires('ML-I011', 'a pod without a proxy', shop({ runs: 'bare' }), [['warns', web]]),
  silent('ML-I011', 'it has its proxy', shop({})),
  silent('ML-I011', 'it wants none', shop({ runs: 'bare', given: asks({ [injectKey]: 'false' }) })),
  silent('ML-I011', 'a namespace outside of the mesh', labelled({}, { runs: 'bare' })),
  fires('ML-I012', 'the selectors leave it out', discovery(meshOn), [['blocks', namespace]]),
  silent('ML-I012', 'they select it', discovery(meshOn, { mesh: 'on' })),
  silent(
    'ML-I012',
    'by an expression',
    discovery([{ matchExpressions: [{ key: 'istio.io/rev', operator: 'Exists' }] }]),
  ),
  silent('ML-I012', 'there are none', discovery([])),
];

/** Cases of this family's checks. */
export const injectionCases: readonly CheckCase[] = [...labels, ...templates, ...coverage];
