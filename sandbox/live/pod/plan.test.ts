import { expect, test } from 'vitest';
import { InvalidInput } from '../../../src/errors.ts';
import type { KubeObject } from '../../../src/kube/api.ts';
import { appAnnotation } from '../app/behaviour.ts';
import { isLive, planOf } from './plan.ts';

const app = { name: 'app', image: 'a', ports: [{ containerPort: 9000 }] };
const proxy = { name: 'istio-proxy', image: 'p' };

function pod(spec: object, annotations: Record<string, string> = {}): KubeObject {
  return { metadata: { name: 'web', annotations }, spec };
}

test.each([
  ['none', { containers: [app] }],
  ['native', { initContainers: [{ ...proxy, restartPolicy: 'Always' }], containers: [app] }],
  ['classic', { containers: [proxy, app] }],
  ['gateway', { containers: [proxy] }],
])('tells a pod with proxy %s', (role, spec) => {
  expect(planOf(pod(spec)).role).toBe(role);
});

test('reads drain duration, preStop and port', () => {
  const lifecycle = { preStop: { exec: { command: ['sh', '-c', 'sleep 0.5 && true'] } } };
  const config = 'terminationDrainDuration: 2s\nproxyMetadata:\n  EXIT_ON_ZERO_ACTIVE_CONNECTIONS: "true"';
  const plan = planOf(pod({ containers: [proxy, { ...app, lifecycle }] }, { 'proxy.istio.io/config': config }));
  expect(plan).toMatchObject({ drain: { drainMs: 2000, exitWhenIdle: true }, preStopMs: 500, port: 9000 });
  expect(planOf(pod({ containers: [proxy, app] })).drain).toEqual({ drainMs: 5000, exitWhenIdle: false });
  const sleeping = { ...app, lifecycle: { preStop: { sleep: { seconds: 3 } } } };
  expect(planOf(pod({ containers: [sleeping] })).preStopMs).toBe(3000);
});

test('tells whether anybody asks the application if it is ready', () => {
  const readinessProbe = { httpGet: { path: '/', port: 9000 } };
  expect(planOf(pod({ containers: [app, { ...app, name: 'b', readinessProbe }] })).probed).toBe(true);
  expect(planOf(pod({ containers: [{ ...proxy, readinessProbe }, app] })).probed).toBe(false);
});

test.each(['{', '[]', '{"answerMs":-1}', '{"onTerm":"later"}', '{"answer":1}'])('refuses behaviour %s', (text) => {
  expect(() => planOf(pod({ containers: [app] }, { [appAnnotation]: text }))).toThrow(InvalidInput);
});

test('runs gateways and pods that ask for it, and no ztunnel', () => {
  expect(isLive(pod({ containers: [app] }))).toBe(false);
  expect(isLive(pod({ containers: [app] }, { [appAnnotation]: '{}' }))).toBe(true);
  expect(isLive(pod({ containers: [{ ...proxy, args: ['proxy', 'router'] }] }))).toBe(true);
  expect(isLive(pod({ containers: [{ ...proxy, args: ['proxy', 'ztunnel'] }] }))).toBe(false);
});
