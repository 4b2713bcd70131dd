import type { Facts, Labels, PodFact } from '../../src/mesh/facts.ts';
import { agentPods, cni, inMesh, onCni, onZtunnel, surging, world, ztunnel } from './ambient-mesh.ts';
import { fires, silent, type CheckCase } from './case.ts';

const [ztunnelPod, cniPod] = agentPods;
const without = (pod: PodFact | undefined): Facts =>
  world({ pods: [...agentPods.filter((one) => one !== pod), inMesh('enabled')] });
const keyed = (key: string, settings: Labels): Facts => {
  const fact = cni('1.29.6');
  const template = { ...fact.template, configKeys: [`istio-cni-config/${key}`] };
  return world({ sets: [{ ...fact, template }, ztunnel('1.29.6')], settings });
};

/** Cases about agents on nodes and the pods that they reach. */
export const nodeCases: readonly CheckCase[] = [
  fires('ML-A005', 'no ztunnel on the node', without(ztunnelPod), [['blocks', 'Node node-1']]),
  silent('ML-A005', 'a ready one', world()),
  silent('ML-A005', 'no ambient pod is there', world({ pods: [] })),
  fires('ML-A006', 'no istio-cni on the node', without(cniPod), [['blocks', 'Node node-1']]),
  fires('ML-A006', 'istio-cni is not installed', world({ sets: [ztunnel('1.29.6')] }), [['blocks', onCni]]),
  silent('ML-A006', 'a ready one', world()),
  fires('ML-A007', 'a new template reaches no node', surging({ updatedReplicas: 0 }), [['warns', onZtunnel]]),
  silent('ML-A007', 'OnDelete says nothing of new templates', surging({ updatedReplicas: null, strategy: 'OnDelete' })),
  silent('ML-A007', 'all is ready', world()),
  fires('ML-A008', 'a key is missing', keyed('CNI_NETWORK_CONFIG', {}), [['blocks', onCni]]),
  silent('ML-A008', 'the key is there', keyed('CNI_NETWORK_CONFIG', { CNI_NETWORK_CONFIG: 'DROPPED' })),
  silent('ML-A008', 'a key of old that facts do not show, and all pods run', keyed('cni_network_config', {})),
  fires('ML-A009', 'a pod is pending', world({ pods: [...agentPods, inMesh('pending')] }), [
    ['warns', 'Namespace shop'],
  ]),
  silent('ML-A009', 'it is redirected', world()),
  fires('ML-A010', 'a pod is outside', world({ pods: [...agentPods, inMesh('')] }), [['warns', 'Namespace shop']]),
  silent('ML-A010', 'its namespace is not enrolled', world({ pods: [...agentPods, inMesh('', 'plain')] })),
  silent(
    'ML-A010',
    'it uses the network of the node',
    world({ pods: [...agentPods, inMesh('', 'shop', { hostNetwork: true })] }),
  ),
  silent(
    'ML-A010',
    'istio-cni leaves the namespace out',
    world({ pods: [...agentPods, inMesh('')], settings: { EXCLUDE_NAMESPACES: 'shop' } }),
  ),
];
