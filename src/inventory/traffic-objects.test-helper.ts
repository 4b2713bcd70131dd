import type { KubeObject } from '../kube/api.ts';
import { object, secret } from './kube-object.test-helper.ts';

/** Istio's and the Gateway API's configuration of traffic. */
export const trafficObjects: readonly KubeObject[] = [
  object('networking.istio.io/v1', 'VirtualService', 'web', {
    spec: {
      hosts: ['web.shop', '*.example.com'],
      http: [
        {
          headers: { request: { set: { auth: secret } } },
          mirror: { host: 'copy' },
          route: [{ destination: { host: 'web' } }],
        },
      ],
    },
  }),
  object('networking.istio.io/v1', 'DestinationRule', 'db', {
    spec: {
      host: 'db.example.com',
      trafficPolicy: {
        tls: { mode: 'SIMPLE' },
        outlierDetection: { consecutive5xxErrors: 3 },
        retryBudget: { percent: 25 },
        portLevelSettings: [
          {
            port: { number: 443 },
            tls: { mode: 'MUTUAL', credentialName: secret, sni: 'db', insecureSkipVerify: true },
          },
        ],
      },
      subsets: [{ name: 'v1', trafficPolicy: { tls: { mode: 'SIMPLE', caCertificates: `/etc/${secret}` } } }],
    },
  }),
  object('networking.istio.io/v1', 'ServiceEntry', 'ext', {
    spec: {
      hosts: ['ext.example.com'],
      resolution: 'NONE',
      ports: [{ number: 443, targetPort: 8443 }],
      endpoints: [{ address: secret }],
    },
  }),
  object('gateway.networking.k8s.io/v1', 'HTTPRoute', 'route', {
    spec: {
      hostnames: ['a.example.com'],
      parentRefs: [
        { name: 'gw', sectionName: 'https' },
        { kind: 'Service', group: '', name: 'web' },
        { kind: 'Service', name: 'old' },
      ],
      rules: [{ filters: [{ requestHeaderModifier: { set: [{ name: 'a', value: secret }] } }] }],
    },
  }),
  object('gateway.networking.k8s.io/v1', 'Gateway', 'gw', {
    spec: {
      gatewayClassName: 'istio',
      listeners: [
        {
          name: 'tls',
          port: 443,
          protocol: 'TLS',
          hostname: 'a.example.com',
          tls: { mode: 'Passthrough', options: { o: secret } },
        },
      ],
      infrastructure: { parametersRef: { group: '', kind: 'ConfigMap', name: 'gw-options' } },
    },
    status: { listeners: [{ name: 'tls', attachedRoutes: 2 }] },
  }),
];
