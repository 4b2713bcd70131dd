import * as build from '../mesh-facts.ts';
import { attachedFact, configMapFact } from '../fact-defaults.ts';
import type {
  Facts,
  IstioGatewayFact,
  RemoteSecretFact,
  ServiceFact,
  VirtualServiceFact,
} from '../../src/mesh/facts.ts';
import { fires, silent, unseen, type CheckCase } from './case.ts';

const networkKey = 'topology.istio.io/network';
const secret = (name: string, cluster: string, namespace = 'istio-system'): RemoteSecretFact => ({
  meta: build.meta(namespace, name, { 'istio/multiCluster': 'true' }, { 'networking.istio.io/cluster': cluster }),
});
const mesh = (given: Partial<Facts>, ...versions: readonly string[]): Facts => {
  const planes = (versions.length === 0 ? ['1.29.6'] : versions).map(build.plane);
  return build.cluster(
    planes,
    (versions.length === 0 ? ['1.29.6'] : versions).map((one) => build.injector(one)),
    given,
  );
};
const secrets = (...all: readonly RemoteSecretFact[]): Partial<Facts> => ({ remoteSecrets: build.read(...all) });
const to = { to: '1.30.3' };
const istiod = 'Deployment istio-system/istiod-1-29-6';
const second = 'Deployment istio-system/istiod-1-30-3';

const other = secret('b', 'cluster-b');
const connected = (version: string, given: Partial<Facts> = secrets(other)): Facts => {
  const { syncz, ...answer } = build.answer('1.29.6', ['far/web-0']);
  const entries = (syncz ?? []).map((entry) => ({ ...entry, version }));
  return mesh({ ...given, istiods: build.read({ ...answer, syncz: entries }) });
};

const remotes: readonly CheckCase[] = [
  fires('ML-M001', 'istiod reads another cluster', mesh(secrets(other)), [['informs', 'Secret istio-system/b']]),
  silent('ML-M001', 'there is no such Secret', mesh({})),
  fires('ML-M002', 'the Secret is in another namespace', mesh(secrets(secret('b', 'cluster-b', 'remotes'))), [
    ['blocks', istiod],
  ]),
  fires('ML-M002', 'two Secrets for one cluster', mesh(secrets(other, secret('b2', 'cluster-b'))), [
    ['warns', 'Secret istio-system/b'],
  ]),
  silent('ML-M002', 'one for each cluster', mesh(secrets(other, secret('c', 'cluster-c')))),
  fires(
    'ML-M003',
    'in place a proxy of another cluster is too old',
    connected('1.27.9'),
    [['blocks', 'Pod istio-system/istiod-1-29-6-0']],
    { to: '1.30.3', strategy: 'in-place' },
  ),
  fires(
    'ML-M003',
    'by revision it stays where it is',
    connected('1.27.9'),
    [['warns', 'Pod istio-system/istiod-1-29-6-0']],
    to,
  ),
  silent(
    'ML-M003',
    'a machine is told of by ML-D011',
    connected('1.29.6', { ...secrets(other), workloadGroups: build.read({ meta: build.meta('far', 'vms') }) }),
    to,
  ),
  fires(
    'ML-M003',
    'a proxy of another cluster that fits',
    connected('1.29.6'),
    [['warns', 'Pod istio-system/istiod-1-29-6-0']],
    to,
  ),
  silent(
    'ML-M003',
    'its pod is here',
    connected('1.27.9', { ...secrets(other), pods: build.read(build.pod('far', 'web-0')) }),
    to,
  ),
  silent('ML-M003', 'no other cluster belongs to the mesh: the pod is gone', connected('1.29.6', {}), to),
];

const byHand = (selector: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>>): Facts =>
  build.facts({
    services: build.read(
      build.service('istio-system', 'istiod', selector, { meta: build.meta('istio-system', 'istiod', labels) }),
    ),
  });
const exposing: IstioGatewayFact = {
  ...{ meta: build.meta('istio-system', 'istiod-gateway'), selector: { istio: 'eastwestgateway' } },
  servers: [{ port: 15012, protocol: 'tls', hosts: ['*'], tlsMode: 'PASSTHROUGH' }],
};
const led = (...hosts: readonly string[]): VirtualServiceFact => ({
  ...attachedFact(build.meta('istio-system', 'istiod-vs')),
  ...{ hosts: ['*'], gateways: ['istiod-gateway'], exportTo: [], mirrors: false, destinations: hosts },
});
const exposed = (gateway: IstioGatewayFact, hosts: readonly string[], ...versions: readonly string[]): Facts =>
  mesh({ istioGateways: build.read(gateway), virtualServices: build.read(led(...hosts)) }, ...versions);
const hostOf = (revision: string): string => `istiod-${revision}.istio-system.svc.cluster.local`;
const onGateway = 'Gateway istio-system/istiod-gateway';
const web = { ...exposing, servers: [{ port: 443, protocol: 'HTTPS', hosts: ['*'], tlsMode: 'SIMPLE' }] };

const primaries: readonly CheckCase[] = [
  fires(
    'ML-M004',
    'istiod is elsewhere',
    byHand({}, { app: 'istiod' }),
    [['warns', 'Service istio-system/istiod']],
    to,
  ),
  silent('ML-M004', 'istiod is here', byHand({ app: 'istiod' }, { app: 'istiod' }), to),
  silent('ML-M004', 'a foreign Service', byHand({}, {}), to),
  fires(
    'ML-M005',
    'one of two revisions is exposed',
    exposed(exposing, [hostOf('1-29-6')], '1.29.6', '1.30.3'),
    [['warns', onGateway]],
    to,
  ),
  fires('ML-M005', 'the new one will need an entry', exposed(exposing, [hostOf('1-29-6')]), [['warns', onGateway]], to),
  silent(
    'ML-M005',
    'both are exposed, and none comes',
    exposed(exposing, [hostOf('1-29-6'), hostOf('1-30-3')], '1.29.6', '1.30.3'),
    {
      ...{ to: '1.30.3', strategy: 'in-place' },
    },
  ),
  silent('ML-M005', 'the gateway is for users', exposed(web, ['web']), to),
];

const door = (name: string, over: Partial<ServiceFact> = {}): ServiceFact =>
  build.service(
    'istio-system',
    name,
    { istio: name },
    {
      ...{
        meta: build.meta('istio-system', name, { [networkKey]: 'net-a' }),
        type: 'LoadBalancer',
        addresses: ['192.0.2.1'],
      },
      ...over,
    },
  );
const gatewayPod = (name: string, ready = true) =>
  build.pod('istio-system', `${name}-0`, { meta: build.meta('istio-system', `${name}-0`, { istio: name }), ready });
const doors = (services: readonly ServiceFact[], ready = true): Facts =>
  mesh({ services: build.read(...services), pods: build.read(gatewayPod('ew', ready), gatewayPod('ew2')) });
const elsewhere = build.meta('istio-system', 'ew2', { [networkKey]: 'net-b' });

const configs = (first: Readonly<Record<string, unknown>>, then: Readonly<Record<string, unknown>> | null): Facts =>
  mesh(
    {
      configMaps: build.read(
        configMapFact(build.meta('istio-system', 'istio-1-29-6'), { mesh: first }),
        configMapFact(build.meta('istio-system', 'istio-1-30-3'), { mesh: then }),
      ),
    },
    ...['1.29.6', '1.30.3'],
  );
const called = (network: string): Facts =>
  mesh(
    {
      configMaps: build.read(
        configMapFact(build.meta('istio-system', 'istio-sidecar-injector-1-29-6'), {
          values: { 'global.network': 'net-a' },
        }),
        configMapFact(build.meta('istio-system', 'istio-sidecar-injector-1-30-3'), {
          values: { 'global.network': network },
        }),
      ),
    },
    ...['1.29.6', '1.30.3'],
  );
const networks: readonly CheckCase[] = [
  fires('ML-M006', 'two Services lead into one network', doors([door('ew'), door('ew2')]), [
    ['warns', 'Service istio-system/ew2'],
  ]),
  silent('ML-M006', 'each leads into its own', doors([door('ew'), door('ew2', { meta: elsewhere })])),
  fires('ML-M007', 'no address', doors([door('ew', { addresses: [] })]), [['blocks', 'Service istio-system/ew']]),
  fires('ML-M007', 'no ready pod', doors([door('ew')], false), [['blocks', 'Service istio-system/ew']]),
  silent('ML-M007', 'an address and a ready pod', doors([door('ew')])),
  fires('ML-M008', 'another trust domain', configs({ trustDomain: 'a' }, { trustDomain: 'b' }), [['blocks', second]]),
  silent(
    'ML-M008',
    'each knows the other',
    configs({ trustDomain: 'a', trustDomainAliases: ['b'] }, { trustDomain: 'b', trustDomainAliases: ['a'] }),
  ),
  silent('ML-M008', 'the default, written and not', configs({}, { trustDomain: 'cluster.local' })),
  unseen('ML-M008', 'one mesh config was not read', configs({}, null)),
  fires('ML-M009', 'another network', called('net-b'), [['blocks', second]]),
  silent('ML-M009', 'the same', called('net-a')),
];

/** Cases of this family's checks. */
export const multiclusterCases: readonly CheckCase[] = [...remotes, ...primaries, ...networks];
