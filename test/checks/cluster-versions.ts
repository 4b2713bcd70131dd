import { nodeFact } from '../fact-defaults.ts';
import { cluster, facts, injector, meta, plane, read } from '../mesh-facts.ts';
import type { Facts, NodeFact } from '../../src/mesh/facts.ts';
import { fires, silent, unseen, type CheckCase } from './case.ts';

const running = (version: string, kubernetesVersion: string | null): Facts => ({
  ...cluster([plane(version)], [injector(version)]),
  kubernetesVersion,
});
const kubelets = (...versions: readonly string[]): Facts =>
  facts({
    nodes: read(
      ...versions.map((kubeletVersion, index): NodeFact => nodeFact(meta('', `node-${index}`), { kubeletVersion })),
    ),
  });
const kubernetes = 'Cluster kubernetes';

/** Cases about versions of Kubernetes. */
export const versionCases: readonly CheckCase[] = [
  fires('ML-C001', 'too old for the target', running('1.29.6', 'v1.31.9'), [['blocks', kubernetes]], { to: '1.30.3' }),
  fires('ML-C001', 'too new for a release between', running('1.28.6', 'v1.36.0'), [['blocks', kubernetes]], {
    ...{ to: '1.30.3', strategy: 'in-place' },
  }),
  fires('ML-C001', 'no control plane yet', { ...facts(), kubernetesVersion: 'v1.31.0' }, [['blocks', kubernetes]], {
    to: '1.30.3',
  }),
  silent('ML-C001', 'the oldest that is supported', running('1.29.6', 'v1.32.0'), { to: '1.30.3' }),
  silent('ML-C001', 'a build of a provider', running('1.29.6', 'v1.33.4-gke.1000'), { to: '1.30.3' }),
  silent('ML-C001', 'a way by revision leaves the release between out', running('1.28.6', 'v1.34.0'), { to: '1.30.3' }),
  unseen('ML-C001', 'no version', running('1.29.6', 'main'), { to: '1.30.3' }),
  fires('ML-C002', 'Kubernetes went ahead', running('1.28.6', 'v1.35.0'), [
    ['warns', 'Deployment istio-system/istiod-1-28-6'],
  ]),
  fires('ML-C002', 'Kubernetes stayed behind', running('1.30.3', 'v1.31.0'), [
    ['warns', 'Deployment istio-system/istiod-1-30-3'],
  ]),
  silent('ML-C002', 'the newest that is supported', running('1.28.6', 'v1.34.0')),
  unseen('ML-C002', 'a release that nobody knows', running('1.99.0', 'v1.34.0')),
  fires('ML-C003', 'one four minors behind, one ahead', kubelets('v1.34.1', 'v1.30.0', 'v1.35.0'), [
    ['warns', 'Node node-1'],
    ['warns', 'Node node-2'],
  ]),
  fires('ML-C003', 'two of one version are one finding', kubelets('v1.30.0', 'v1.30.0'), [['warns', 'Node node-0']]),
  silent('ML-C003', 'three minors behind', kubelets('v1.34.4', 'v1.31.0')),
  unseen('ML-C003', 'a kubelet that says nothing', kubelets('v1.34.4', '')),
];
