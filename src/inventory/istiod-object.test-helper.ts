import type { KubeObject } from '../kube/api.ts';
import { object, secret } from './kube-object.test-helper.ts';

/** Deployment of istiod: environment, probe, requests, spread and field managers that the checks look at. */
export function istiod(): KubeObject {
  const container = {
    name: 'discovery',
    image: 'istio/pilot:1.29.6',
    args: ['discovery'],
    env: [
      { name: 'REVISION', value: 'default' },
      { name: 'PILOT_ENABLE_ALPHA_GATEWAY_API', value: 'true' },
      { name: 'PILOT_PUSH_THROTTLE', value: '100' },
      { name: 'PILOT_JWT_TOKEN', value: secret },
      { name: 'PILOT_TOKEN_SCOPE', value: secret },
      { name: 'PILOT_SCOPE', value: 'cluster' },
      { name: 'EXTERNAL_CA', value: 'ISTIOD_RA_KUBERNETES_API' },
      { name: 'MY_SWITCH', value: 'true' },
      {
        name: 'CNI_NETWORK_CONFIG',
        valueFrom: { configMapKeyRef: { name: 'istio-cni-config', key: 'cni_network_config' } },
      },
    ],
    readinessProbe: { httpGet: { path: '/ready', port: 8080 }, initialDelaySeconds: 5 },
    resources: { requests: { cpu: '0.5', memory: '2Gi' } },
  };
  return object(
    'apps/v1',
    'Deployment',
    'istiod',
    {
      spec: {
        minReadySeconds: 3,
        selector: { matchLabels: { app: 'istiod' } },
        template: {
          metadata: {
            annotations: {
              'proxy.istio.io/config': `terminationDrainDuration: 30s\nproxyMetadata: {EXIT_ON_ZERO_ACTIVE_CONNECTIONS: "true", TOKEN: ${secret}}\n`,
            },
          },
          spec: {
            containers: [
              container,
              {
                name: 'helper',
                ports: [{ containerPort: 80, hostPort: 8080 }],
                lifecycle: { preStop: { sleep: { seconds: 5 } } },
              },
            ],
            initContainers: [
              { name: 'init', resources: { requests: { cpu: '4' } } },
              { name: 'agent', restartPolicy: 'Always', resources: { requests: { cpu: '250m' } } },
            ],
            nodeSelector: { pool: 'mesh' },
            topologySpreadConstraints: [
              { maxSkew: 1, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'DoNotSchedule' },
            ],
            affinity: {
              podAntiAffinity: {
                preferredDuringSchedulingIgnoredDuringExecution: [
                  { weight: 1, podAffinityTerm: { topologyKey: 'kubernetes.io/hostname' } },
                ],
              },
            },
          },
        },
      },
      status: {
        conditions: [
          { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate' },
          { type: 'Available', status: 'True', reason: 'Fine' },
        ],
      },
    },
    {
      uid: 'u-1',
      generation: 4,
      managedFields: [
        { manager: 'helm', operation: 'Update', fieldsV1: { 'f:spec': { 'f:template': {} } } },
        { manager: 'kube-controller-manager', operation: 'Update', subresource: 'status', fieldsV1: {} },
        { manager: 'hpa', operation: 'Update', subresource: 'scale', fieldsV1: { 'f:spec': { 'f:replicas': {} } } },
      ],
    },
  );
}
