import * as build from '../mesh-facts.ts';
import { configMapFact, nodeFact } from '../fact-defaults.ts';
import type { Facts } from '../../src/mesh/facts.ts';
import { at, onCni, system, world } from './ambient-mesh.ts';
import { fires, silent, type CheckCase } from './case.ts';

const nft = (own: string, other: string): Facts =>
  world({
    given: {
      configMaps: build.read(
        configMapFact(build.meta(system, 'istio-cni-config'), { settings: { NATIVE_NFTABLES: own } }),
        configMapFact(build.meta(system, 'istio-sidecar-injector-1-29-6'), {
          values: { 'global.nativeNftables': other },
        }),
      ),
    },
  });
const tainted = nodeFact(build.meta('', 'node-2'), { taints: ['cni.istio.io/not-ready:NoSchedule'] });
const onSettings = 'ConfigMap istio-system/istio-cni-config';

/** Cases about settings of istio-cni. */
export const setupCases: readonly CheckCase[] = [
  fires('ML-A022', 'the values differ', nft('false', 'true'), [['warns', onSettings]]),
  silent('ML-A022', 'they agree', nft('true', 'true')),
  fires('ML-A023', 'repair is off', world({ settings: { REPAIR_ENABLED: 'false' } }), [['warns', onSettings]]),
  fires(
    'ML-A023',
    'repair in place, in 1.27.0',
    {
      ...at('1.27.9', '1.27.0', '1.27.0'),
      configMaps: build.read(
        configMapFact(build.meta(system, 'istio-cni-config'), { settings: { REPAIR_REPAIR_PODS: 'true' } }),
      ),
    },
    [['warns', onSettings]],
  ),
  fires('ML-A023', 'a node waits', world({ given: { nodes: build.read(tainted) } }), [['warns', 'Node node-2']]),
  silent('ML-A023', 'repair in place', world({ settings: { REPAIR_ENABLED: 'true', REPAIR_REPAIR_PODS: 'true' } })),
  fires('ML-A025', 'the safe upgrade is off', world({ settings: { AMBIENT_DISABLE_SAFE_UPGRADE: 'true' } }), [
    ['warns', onCni],
  ]),
  silent('ML-A025', 'it is on', world({ settings: { AMBIENT_DISABLE_SAFE_UPGRADE: 'false' } })),
];
