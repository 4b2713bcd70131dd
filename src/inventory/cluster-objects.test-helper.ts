import type { KubeObject } from '../kube/api.ts';
import { object, secret } from './kube-object.test-helper.ts';

/** The cluster's own limits, a remote secret, and custom resource definitions. */
export const clusterObjects: readonly KubeObject[] = [
  object('networking.k8s.io/v1', 'NetworkPolicy', 'istiod', {
    spec: {
      podSelector: { matchLabels: { app: 'istiod' } },
      ingress: [{ ports: [{ port: 15017 }], from: [{ ipBlock: { cidr: secret } }] }],
    },
  }),
  object('v1', 'ResourceQuota', 'small', {
    spec: { hard: { pods: '10' } },
    status: { hard: { pods: '10' }, used: { pods: '9' } },
  }),
  object('v1', 'LimitRange', 'limits', {
    spec: { limits: [{ type: 'Container', max: { cpu: '1' }, defaultRequest: { cpu: '10m' } }] },
  }),
  object(
    'v1',
    'Secret',
    'istio-remote-secret-b',
    { data: { b: secret } },
    {
      labels: { 'istio/multiCluster': 'true' },
      annotations: { 'networking.istio.io/cluster': 'b' },
    },
  ),
  object(
    'apiextensions.k8s.io/v1',
    'CustomResourceDefinition',
    'gateways.networking.istio.io',
    {
      spec: {
        group: 'networking.istio.io',
        versions: [
          { name: 'v1', served: true, storage: true, schema: { description: secret } },
          { name: 'v1alpha3', served: false, storage: false },
        ],
      },
      status: { conditions: [{ type: 'Established', status: 'True' }], storedVersions: ['v1alpha3', 'v1'] },
    },
    { managedFields: [{ manager: 'istio-operator', operation: 'Apply', fieldsV1: { 'f:spec': { [secret]: {} } } }] },
  ),
  object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'foreign.example.com', {
    spec: { versions: [{ name: 'v1', served: true, storage: true }] },
  }),
];
