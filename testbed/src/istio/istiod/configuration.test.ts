import { expect, test } from 'vitest';
import { gatewayConfiguration, sidecarConfiguration } from './configuration.ts';

const network = {
  services: [{ metadata: { name: 'web', namespace: 'shop' }, spec: { ports: [{ name: 'http', port: 80 }] } }],
  slices: [
    {
      metadata: { name: 'web-1', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web' } },
      ports: [{ name: 'http', port: 8080 }],
      endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: true } }],
    },
  ],
};

const metadata = { name: 'shop', namespace: 'shop' };
const gateway = {
  metadata,
  spec: { selector: { istio: 'ingressgateway' }, servers: [{ port: { number: 80 }, hosts: ['*'] }] },
};
const service = {
  metadata,
  spec: {
    hosts: ['*'],
    gateways: ['shop'],
    http: [
      {
        match: [{ uri: { prefix: '/web/' } }],
        rewrite: { uri: '/' },
        route: [{ destination: { host: 'web', port: { number: 80 } } }],
      },
    ],
  },
};

const named = (values: readonly Record<string, unknown>[]) => values.map(({ name }) => name);

test('a sidecar has an inbound cluster for each port of its pod, by which requests under way are counted', () => {
  const ports = [
    { name: 'http', containerPort: 8080 },
    { name: 'http-envoy-prom', containerPort: 15090 },
  ];
  const { clusters, listeners } = sidecarConfiguration(ports);
  expect(named(clusters)).toEqual(['inbound|8080||', 'InboundPassthroughCluster', 'PassthroughCluster']);
  expect(named(listeners)).toEqual(['virtualInbound', 'virtualOutbound']);
});

test('a gateway gets the routes of the Gateways that select its labels', () => {
  const { endpoints, clusters, listeners } = gatewayConfiguration(
    { istio: 'ingressgateway' },
    [gateway],
    [service],
    network,
  );
  expect(JSON.stringify(endpoints['shop.web.80.json'])).toContain('{"address":"10.0.0.1","port_value":8080}');
  expect(JSON.stringify(clusters)).toContain('/shop.web.80.json"');
  expect(named(clusters)).toEqual(['outbound|80||web.shop.svc.cluster.local']);
  expect(named(listeners)).toEqual(['0.0.0.0_80']);
  expect(JSON.stringify(listeners)).toContain('"match":{"prefix":"/web/"}');
  expect(JSON.stringify(listeners)).toContain('"prefix_rewrite":"/"');
});

test('a pod whose label was changed is no gateway of theirs any more', () => {
  const { clusters, listeners } = gatewayConfiguration({ istio: 'leaving' }, [gateway], [service], network);
  expect([clusters, listeners]).toEqual([[], []]);
});

test('a VirtualService of another gateway is left out', () => {
  const foreign = { ...service, spec: { ...service.spec, gateways: ['other/shop'] } };
  expect(gatewayConfiguration({ istio: 'ingressgateway' }, [gateway], [foreign], network).clusters).toEqual([]);
});
