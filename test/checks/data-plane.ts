import { configMapFact, namespaceFact } from '../fact-defaults.ts';
import {
  answer,
  cluster,
  injected,
  injector,
  meta,
  owner,
  plane,
  read,
  service,
  template,
  workload,
} from '../mesh-facts.ts';
import { builtInKnowledge } from '../../src/knowledge/knowledge.ts';
import type {
  Facts,
  IstiodFact,
  OwnerFact,
  PodFact,
  ProxyContainerFact,
  WorkloadFact,
  WorkloadKind,
} from '../../src/mesh/facts.ts';
import { fires, silent, unseen, type CheckCase } from './case.ts';

const web = 'Deployment shop/web';
const to = { to: '1.30.3' };
const inPlace = { to: '1.30.3', strategy: 'in-place' } as const;

interface Shop {
  /** Versions of the control planes. */
  readonly planes?: readonly string[];
  /** Version of each proxy; one pod each, made by the first control plane unless `pod` says otherwise. */
  readonly proxies?: readonly string[];
  readonly pod?: Partial<PodFact>;
  /** Null: the owner is not there to be read, or there is none. */
  readonly kind?: WorkloadKind | null;
  readonly by?: OwnerFact | null;
  readonly over?: Partial<WorkloadFact>;
  readonly given?: Partial<Facts>;
}

const lists = { Deployment: 'deployments', StatefulSet: 'statefulSets', DaemonSet: 'daemonSets', Job: 'jobs' } as const;

/** A mesh with workload web in namespace shop. */
function shop({
  planes = ['1.29.6'],
  proxies = ['1.29.6'],
  pod = {},
  kind = 'Deployment',
  over = {},
  ...rest
}: Shop): Facts {
  const first = planes[0] ?? '1.29.6';
  const by = rest.by === undefined ? owner(kind ?? 'Deployment', 'web') : rest.by;
  const pods = proxies.map((version, index): PodFact => {
    const made = injected('shop', `web-${index}`, first, pod);
    const proxy: ProxyContainerFact | null = made.proxy && {
      ...made.proxy,
      image: `istio/proxyv2:${version}`,
      ...pod.proxy,
    };
    return { ...made, proxy, meta: { ...made.meta, owner: by, labels: { app: 'web', ...made.meta.labels } } };
  });
  const count = { replicas: proxies.length, readyReplicas: proxies.length, updatedReplicas: proxies.length };
  const fact =
    kind === null
      ? []
      : [workload(kind, 'shop', 'web', { ...count, template: template({ labels: { app: 'web' } }), ...over })];
  const list = kind === null || !(kind in lists) ? 'deployments' : lists[kind as keyof typeof lists];
  return cluster(
    planes.map(plane),
    planes.map((version) => injector(version)),
    {
      namespaces: read(namespaceFact(meta('', 'shop', { 'istio.io/rev': first.replaceAll('.', '-') }))),
      ...rest.given,
      pods: read(...pods, ...(rest.given?.pods?.items ?? [])),
      [list]: read(...fact),
    },
  );
}

/** The same with a second workload, whose pod has the same trouble. */
function twice(made: Facts): Facts {
  const copies = made.pods.items
    .filter(({ meta: { namespace } }) => namespace === 'shop')
    .map((pod) => ({ ...pod, meta: { ...pod.meta, name: `api-${pod.meta.name}`, owner: owner('Deployment', 'api') } }));
  return { ...made, pods: read(...made.pods.items, ...copies) };
}

const versionsOf = (planes: readonly string[], ...proxies: readonly string[]): Facts => shop({ planes, proxies });
const pinned = (image: string, tunnel = ''): Facts =>
  shop({
    planes: ['1.29.6'],
    proxies: [image],
    pod: {
      meta: meta('shop', 'web-0', tunnel === '' ? {} : { 'networking.istio.io/tunnel': tunnel }, {
        'istio.io/rev': '1-29-6',
      }),
    },
    over: {
      template: template({
        labels: { app: 'web' },
        annotations: { 'sidecar.istio.io/proxyImage': `docker.io/istio/proxyv2:${image}` },
      }),
    },
  });

const logging = (facts: Facts, mesh: Readonly<Record<string, unknown>>): Facts => ({
  ...facts,
  configMaps: read(configMapFact(meta('istio-system', 'istio-1-29-6'), { mesh })),
});

const oldProxies: readonly CheckCase[] = [
  fires('ML-D001', 'three minors older', versionsOf(['1.29.6'], '1.26.8'), [['warns', web]]),
  fires('ML-D001', 'a minor newer', versionsOf(['1.29.6'], '1.30.3'), [['warns', web]]),
  fires('ML-D001', 'two workloads are one finding', twice(versionsOf(['1.29.6'], '1.26.8')), [
    ['warns', 'Namespace shop'],
  ]),
  silent('ML-D001', 'two minors older', versionsOf(['1.29.6'], '1.27.9')),
  silent('ML-D001', 'a newer patch', versionsOf(['1.29.6'], '1.29.8')),
  unseen(
    'ML-D001',
    'an image without a version',
    shop({
      pod: { proxy: { image: 'istio/proxyv2@sha256:aa', form: 'native', role: 'sidecar', dials: '' } },
      proxies: ['1.29.6'],
    }),
  ),
  fires(
    'ML-D002',
    'in place all proxies meet the new one',
    versionsOf(['1.29.6'], '1.27.9'),
    [['blocks', web]],
    inPlace,
  ),
  fires('ML-D002', 'by revision a pinned one does', pinned('1.27.9'), [['blocks', web]], to),
  silent('ML-D002', 'in place, two minors older', versionsOf(['1.29.6'], '1.28.6'), inPlace),
  silent('ML-D002', 'by revision it is restarted before', versionsOf(['1.29.6'], '1.27.9'), to),
  silent('ML-D002', 'pinned, two minors older', pinned('1.28.6'), to),
  fires('ML-D003', 'an HBONE sidecar that is pinned', pinned('1.29.1', 'http'), [['blocks', web]], { to: '1.30.1' }),
  fires('ML-D003', 'a pair of a knowledge file', pinned('1.29.1'), [['warns', web]], {
    to: '1.30.3',
    knowledge: {
      ...builtInKnowledge,
      pairs: [
        {
          ...{
            id: 'ours',
            title: 'They do not talk',
            between: 'proxy-control-plane',
            severity: 'medium',
            effect: 'No.',
          },
          ...{ affected: 'all', remedy: 'Take another patch.', source: 'us', date: '2026-09-01' },
          ...{ from: [{ from: '1.29.0', before: '1.29.2' }], to: [{ from: '1.30.0', before: null }] },
        },
      ],
    },
  }),
  silent('ML-D003', 'the patch that mends it', pinned('1.29.1', 'http'), { to: '1.30.3' }),
  fires('ML-D003', 'an access log', logging(pinned('1.22.8'), { accessLogFile: '/dev/stdout' }), [['blocks', web]], to),
  silent('ML-D003', 'no access log', logging(pinned('1.22.8'), { accessLogEncoding: 'JSON' }), to),
  silent('ML-D003', 'an access log, and a proxy that knows it', logging(pinned('1.23.0'), { accessLogFile: 'a' }), to),
  silent('ML-D003', 'no HBONE listener', pinned('1.29.1'), { to: '1.30.1' }),
  fires('ML-D004', 'two versions', versionsOf(['1.29.6'], '1.29.6', '1.29.5'), [['informs', web]]),
  silent('ML-D004', 'one version', versionsOf(['1.29.6'], '1.29.6', '1.29.6')),
];

const daily = { replicas: 1, readyReplicas: 1 };
const stragglers: readonly CheckCase[] = [
  fires('ML-D005', 'a bare pod', shop({ kind: null, by: null }), [['warns', 'Pod shop/web-0']]),
  fires('ML-D005', 'a ReplicaSet without an owner', shop({ kind: null, by: owner('ReplicaSet', 'web') }), [
    ['warns', 'ReplicaSet shop/web'],
  ]),
  fires(
    'ML-D005',
    'an owner of a kind that is not known',
    shop({ kind: null, by: { apiVersion: 'kruise.io/v1', kind: 'CloneSet', name: 'web' } }),
    [['warns', 'CloneSet shop/web']],
  ),
  silent('ML-D005', 'a Deployment', shop({})),
  silent('ML-D005', 'a bare pod without a proxy', shop({ kind: null, by: null, proxies: [] })),
  fires('ML-D006', 'paused', shop({ over: { paused: true } }), [['warns', web]]),
  fires('ML-D006', 'a partition', shop({ kind: 'StatefulSet', over: { partition: 2 } }), [
    ['warns', 'StatefulSet shop/web'],
  ]),
  fires('ML-D006', 'OnDelete', shop({ kind: 'DaemonSet', over: { strategy: 'OnDelete' } }), [
    ['informs', 'DaemonSet shop/web'],
  ]),
  silent('ML-D006', 'a plain StatefulSet', shop({ kind: 'StatefulSet' })),
  silent('ML-D006', 'paused, without proxies', shop({ over: { paused: true }, proxies: [] })),
  fires('ML-D007', 'a running Job', shop({ kind: 'Job', over: daily }), [['informs', 'Job shop/web']]),
  silent('ML-D007', 'it has ended', shop({ kind: 'Job', over: daily, pod: { phase: 'Succeeded' } })),
];

const answers = (
  connected: readonly string[],
  stale: readonly string[] = [],
  over: Partial<IstiodFact> = {},
): Facts => {
  const one = answer('1.29.6', connected);
  return shop({
    given: { istiods: read({ ...one, syncz: (one.syncz ?? []).map((entry) => ({ ...entry, stale })), ...over }) },
  });
};
const gone = (given: Partial<Facts> = {}): Facts => ({
  ...shop({ proxies: ['1.28.6'], pod: { meta: meta('shop', 'web-0', {}, { 'istio.io/rev': '1-28-6' }) }, given }),
});
const listing = (connected: readonly string[], version: string): IstiodFact => {
  const one = answer('1.29.6', connected);
  return { ...one, syncz: (one.syncz ?? []).map((entry) => ({ ...entry, version })) };
};
const machines = (connected: readonly string[], entries: readonly string[], version = '1.29.6'): Facts =>
  shop({
    given: {
      istiods: read(listing(connected, version)),
      workloadGroups: read(...entries.map((namespace) => ({ meta: meta(namespace, 'vm') }))),
    },
  });

const connection: readonly CheckCase[] = [
  fires('ML-D008', 'nobody lists it', answers([]), [['warns', web]]),
  fires('ML-D008', 'two workloads are one finding', twice(answers([])), [['warns', 'Namespace shop']]),
  silent('ML-D008', 'it is listed', answers(['shop/web-0'])),
  silent('ML-D008', 'one istiod did not answer', answers([], [], { syncz: null, error: 'refused' })),
  silent('ML-D008', 'its control plane is gone: another finding', gone({ istiods: read(answer('1.29.6')) })),
  silent(
    'ML-D008',
    'it is only starting',
    shop({ pod: { phase: 'Pending', ready: false }, given: { istiods: read(answer('1.29.6')) } }),
  ),
  silent(
    'ML-D008',
    'it never got ready: another finding',
    shop({ pod: { ready: false }, given: { istiods: read(answer('1.29.6')) } }),
  ),
  silent(
    'ML-D008',
    'it is on its way out',
    shop({ pod: { deleting: true }, given: { istiods: read(answer('1.29.6')) } }),
  ),
  fires('ML-D009', 'listeners differ', answers(['shop/web-0'], ['Listener']), [['warns', web]]),
  silent('ML-D009', 'in sync', answers(['shop/web-0'])),
  fires('ML-D010', 'its revision was removed', gone(), [['blocks', web]]),
  fires('ML-D010', 'two workloads are one finding', twice(gone()), [['blocks', 'Namespace shop']]),
  silent('ML-D010', 'its revision runs', shop({})),
  silent('ML-D010', 'another one serves it', gone({ istiods: read(answer('1.29.6', ['shop/web-0'])) })),
  silent(
    'ML-D010',
    'its control plane is in another cluster',
    gone({ services: read(service('istio-system', 'istiod-1-28-6', {})) }),
  ),
  fires('ML-D011', 'a machine', machines(['shop/web-0', 'shop/vm-10.0.0.7'], ['shop']), [['warns', 'Namespace shop']]),
  fires(
    'ML-D011',
    'in place a machine is too old',
    machines(['shop/vm-10.0.0.7'], ['shop'], '1.27.9'),
    [['blocks', 'Namespace shop']],
    inPlace,
  ),
  fires(
    'ML-D011',
    'by revision it stays where it is',
    machines(['shop/vm-10.0.0.7'], ['shop'], '1.27.9'),
    [['warns', 'Namespace shop']],
    to,
  ),
  silent('ML-D011', 'a group without machines', machines(['shop/web-0'], ['shop'])),
  silent('ML-D011', 'a pod that has just gone', machines(['shop/web-0', 'shop/old'], [])),
];

const sidecar = { image: 'istio/proxyv2:1.29.6', role: 'sidecar', dials: '' } as const;
interface Drain {
  readonly form?: 'classic' | 'native';
  readonly defaults?: Readonly<Record<string, unknown>>;
  readonly own?: Readonly<Record<string, string>>;
}
const drain = ({ form = 'classic', defaults = {}, own = {} }: Drain): Facts =>
  shop({
    pod: { proxy: { ...sidecar, form } },
    over: { template: template({ labels: { app: 'web' }, proxyConfig: own }) },
    given: {
      configMaps: read(configMapFact(meta('istio-system', 'istio-1-29-6'), { mesh: { defaultConfig: defaults } })),
    },
  });

const letGo: readonly CheckCase[] = [
  fires('ML-D012', 'ordinary containers with the defaults', drain({}), [
    ['warns', 'ConfigMap istio-system/istio-1-29-6'],
  ]),
  silent('ML-D012', 'native sidecars', drain({ form: 'native' })),
  silent('ML-D012', 'the mesh gives them time', drain({ defaults: { terminationDrainDuration: '30s' } })),
  silent(
    'ML-D012',
    'they wait for connections',
    drain({ defaults: { proxyMetadata: { EXIT_ON_ZERO_ACTIVE_CONNECTIONS: 'DROPPED' } } }),
  ),
  silent('ML-D012', 'the workload gives its own time', drain({ own: { terminationDrainDuration: '60s' } })),
  fires('ML-D013', 'one of two is ready', shop({ proxies: ['1.29.6', '1.29.6'], over: { readyReplicas: 1 } }), [
    ['warns', web],
  ]),
  silent(
    'ML-D013',
    'a waypoint without any is told of by ML-A018',
    shop({ pod: { proxy: { image: '', form: 'classic', role: 'waypoint', dials: '' } }, over: { readyReplicas: 0 } }),
  ),
  silent('ML-D013', 'all are ready', shop({ proxies: ['1.29.6', '1.29.6'] })),
  silent('ML-D013', 'not in the mesh', shop({ proxies: [], over: { replicas: 2, readyReplicas: 1 } })),
];

/** Cases of this family's checks. */
export const dataPlaneCases: readonly CheckCase[] = [...oldProxies, ...stragglers, ...connection, ...letGo];
