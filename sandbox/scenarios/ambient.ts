import type { KubeObject } from '../../src/kube/api.ts';
import type { Scenario } from './types.ts';

const waypoint: KubeObject = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'Gateway',
  metadata: { name: 'waypoint', namespace: 'shop', labels: { 'istio.io/waypoint-for': 'service' } },
  spec: { gatewayClassName: 'istio-waypoint', listeners: [{ name: 'mesh', port: 15008, protocol: 'HBONE' }] },
};

/** An ambient mesh, one namespace behind a waypoint, and one that has kept its sidecars. */
export const ambient: Scenario = {
  name: 'ambient',
  description:
    'Ambient mesh of Istio 1.29.6 on 3 nodes: ztunnel, istio-cni, a waypoint, and one namespace with sidecars',
  nodes: 3,
  gatewayApi: 'v1.4.1',
  steps: [
    {
      do: 'install',
      install: [
        { chart: 'base', version: '1.29.6', defaultRevision: 'default' },
        { chart: 'istiod', version: '1.29.6', revision: '', ambient: true },
        { chart: 'cni', version: '1.29.6', revision: '', ambient: true },
        { chart: 'ztunnel', version: '1.29.6', revision: '' },
      ],
    },
    { do: 'settle' },
    {
      do: 'deploy',
      namespaces: [
        {
          name: 'shop',
          labels: { 'istio.io/dataplane-mode': 'ambient', 'istio.io/use-waypoint': 'waypoint' },
          workloads: [
            { name: 'web', replicas: 3 },
            { name: 'cart', replicas: 2 },
          ],
        },
        {
          name: 'bank',
          labels: { 'istio.io/dataplane-mode': 'ambient' },
          workloads: [{ kind: 'StatefulSet', name: 'ledger', replicas: 3, port: 5432 }],
        },
        { name: 'sidecars', labels: { 'istio-injection': 'enabled' }, workloads: [{ name: 'legacy', replicas: 2 }] },
      ],
    },
    { do: 'create', objects: [waypoint] },
    { do: 'settle' },
  ],
};
