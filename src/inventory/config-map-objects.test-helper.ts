import type { KubeObject } from '../kube/api.ts';
import { object, secret } from './kube-object.test-helper.ts';

/** ConfigMaps of the control plane and of istio-cni. */
export const configMapObjects: readonly KubeObject[] = [
  object(
    'v1',
    'ConfigMap',
    'istio-cni-config',
    {
      data: {
        AMBIENT_DNS_CAPTURE: 'true',
        EXCLUDE_NAMESPACES: 'kube-system,legacy',
        SOME_TOKEN: secret,
        CURRENT_AGENT_VERSION: '1.29.6',
      },
    },
    { labels: { 'istio.io/rev': 'default' } },
  ),
  object(
    'v1',
    'ConfigMap',
    'istio-sidecar-injector',
    {
      data: {
        config: 'policy: enabled\ntemplates: {sidecar: "x", mine: "y"}\n',
        values: JSON.stringify({
          global: {
            hub: 'registry.example/istio',
            tag: '1.29.6',
            imagePullSecrets: [{ name: 'pull' }],
            proxy: { env: secret },
          },
          secret,
        }),
      },
    },
    { labels: { 'istio.io/rev': 'default' } },
  ),
  object(
    'v1',
    'ConfigMap',
    'values',
    {
      data: {
        'original-values': JSON.stringify({ compatibilityVersion: '1.27', env: { TOKEN: secret } }),
        'merged-values': secret,
      },
    },
    { labels: { 'istio.io/rev': 'default' } },
  ),
  object(
    'v1',
    'ConfigMap',
    'istio',
    { data: { mesh: 'trustDomain: x\n', meshNetworks: `networks: {a: {gateways: [{address: ${secret}}]}, b: {}}` } },
    {
      labels: { 'istio.io/rev': 'default' },
    },
  ),
];
