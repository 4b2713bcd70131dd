import { expect, test } from 'vitest';
import { endpointsOf } from './endpoints.ts';

const service = (ports: readonly object[]) => ({ metadata: { name: 'web', namespace: 'shop' }, spec: { ports } });
const slice = (endpoints: readonly object[], { name = 'http', port = 8080, of = 'web', namespace = 'shop' } = {}) => ({
  metadata: { name: `${of}-${port}`, namespace, labels: { 'kubernetes.io/service-name': of } },
  ports: [{ name, port }],
  endpoints,
});
const at = (address: string, conditions: object = { ready: true }) => ({ addresses: [address], conditions });
const web = { namespace: 'shop', service: 'web', port: 80 };
const services = [service([{ name: 'http', port: 80 }])];
const addresses = (...slices: ReturnType<typeof slice>[]) =>
  endpointsOf({ services, slices }, web).map(({ address, port }) => `${address}:${port}`);

test('who is ready or not said to be otherwise serves, each once, at the port of its pod', () => {
  const [one, two] = [slice([at('10.0.0.2'), at('10.0.0.1')]), slice([at('10.0.0.1'), at('10.0.0.3', {})])];
  expect(addresses(one, two)).toEqual(['10.0.0.1:8080', '10.0.0.2:8080', '10.0.0.3:8080']);
});

test('who is not ready or leaves serves nobody', () => {
  const leaving = { ready: false, serving: true, terminating: true };
  expect(addresses(slice([at('10.0.0.1', { ready: false }), at('10.0.0.2', leaving)]))).toEqual([]);
});

test('slices of other Services, other namespaces and other ports do not count', () => {
  const endpoints = [at('10.0.0.1')];
  const others = [{ of: 'store' }, { namespace: 'other' }, { name: 'admin' }].map((one) => slice(endpoints, one));
  expect(addresses(...others)).toEqual([]);
});

test('a port without a name is that of slices without one', () => {
  const network = { services: [service([{ port: 80 }])], slices: [slice([at('10.0.0.1')], { name: '' })] };
  expect(endpointsOf(network, web)).toEqual([{ address: '10.0.0.1', port: 8080 }]);
});

test('a Service or port that nobody knows has none', () => {
  const slices = [slice([at('10.0.0.1')])];
  expect(endpointsOf({ services: [], slices }, web)).toEqual([]);
  expect(endpointsOf({ services, slices }, { ...web, port: 81 })).toEqual([]);
});
