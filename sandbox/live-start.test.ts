import { afterEach, expect, test } from 'vitest';
import { InvalidInput } from '../src/errors.ts';
import type { KubeObject, ObjectRef } from '../src/kube/api.ts';
import { startLiveSandbox, type LiveSandbox, type LiveSandboxOptions } from './live-start.ts';
import { bookinfo } from './scenarios/bookinfo.ts';
import { rude, slowRequests } from './scenarios/traffic.ts';
import type { Scenario } from './scenarios/types.ts';
import { at, objectsAt, textAt } from './store/json.ts';
import { resources } from './store/resources.ts';

let sandbox: LiveSandbox;
afterEach(() => sandbox.close());

async function live(scenario: Scenario, timing: LiveSandboxOptions['timing'] = {}): Promise<void> {
  sandbox = await startLiveSandbox({ content: { scenario }, port: 0, now: Date.now, timing });
}

function urlOf(name: string, protocol: string): string {
  const urls = sandbox.services.find((service) => service.name === name)?.urls ?? [];
  return urls.find((way) => way.protocol === protocol)?.url ?? `no ${protocol} for ${name}`;
}

async function pods(labelSelector: string): Promise<readonly KubeObject[]> {
  const found: KubeObject[] = [];
  const project = (pod: KubeObject) => pod;
  for await (const page of sandbox.api.list(resources.pods, { labelSelector, project })) found.push(...page.items);
  return found;
}

/** Watches pods until one of them, in its newest state, is as wanted. */
async function podThat(wanted: (pod: KubeObject) => boolean): Promise<KubeObject> {
  const signal = new AbortController();
  try {
    for await (const event of sandbox.api.watch(resources.pods, { project: (pod) => pod, signal: signal.signal })) {
      if ((event.type === 'added' || event.type === 'modified') && wanted(event.object)) return event.object;
    }
  } finally {
    signal.abort();
  }
  throw new Error('the watch ended');
}

const isReady = (pod: KubeObject) =>
  objectsAt(pod, 'status', 'conditions').some((one) => one['type'] === 'Ready' && one['status'] === 'True');

const pod = (object: KubeObject | undefined): ObjectRef => ({
  resource: resources.pods,
  namespace: object?.metadata.namespace ?? '',
  name: object?.metadata.name ?? '',
});

/** Answers until one is as wanted. */
async function askUntil(url: string, wanted: (status: number, text: string) => boolean): Promise<string> {
  for (;;) {
    const answer = await fetch(url);
    const text = await answer.text();
    if (wanted(answer.status, text)) return text;
  }
}

test('a scenario of the past goes on as real servers, ready as it was', async () => {
  await live(bookinfo);

  expect(sandbox.services.map(({ name, urls }) => [name, urls.map(({ protocol }) => protocol).join()])).toEqual([
    ['details', 'h2'],
    ['productpage', 'http1,ws'],
    ['ratings', 'tcp'],
    ['reviews', 'grpc'],
    ['istio-ingressgateway', 'http1,h2,ws'],
  ]);
  const [page] = await pods('app=productpage');
  expect(await (await fetch(urlOf('istio-ingressgateway', 'http1'))).text()).toBe(`${page?.metadata.name ?? ''}\n`);
  // Minutes ago, in the past that was modelled.
  const began = objectsAt(page, 'status', 'containerStatuses').map((one) =>
    textAt(one, 'state', 'running', 'startedAt'),
  );
  expect(began.map((time) => Date.now() - Date.parse(time ?? '') > 60_000)).toEqual([true]);
});

test('a container that ends keeps when it began and how often; the others their times', async () => {
  await live(bookinfo, { restartMs: 0 });
  const [before] = await pods('app=productpage');
  sandbox.controls.crash({ namespace: 'bookinfo', name: before?.metadata.name ?? '' });
  const after = await podThat(
    (one) => one.metadata.uid === before?.metadata.uid && restartsOf(one) === 1 && isReady(one),
  );

  const proxy = (one: KubeObject | undefined) =>
    objectsAt(one, 'status', 'initContainerStatuses').map((c) => c['state']);
  expect(proxy(after)).toEqual(proxy(before));
});

const restartsOf = (one: KubeObject) => at(objectsAt(one, 'status', 'containerStatuses')[0], 'restartCount');

test('a new pod is a real server too, once an istiod has configured it; without one proxies keep dead addresses', async () => {
  await live(bookinfo, { connectTimeoutMs: 200, termDelayMs: 0, teardownMs: 50, sidecarLingerMs: 0 });
  const gateway = urlOf('istio-ingressgateway', 'http1');
  const [first] = await pods('app=productpage');
  await sandbox.api.delete(pod(first));
  const second = await podThat(
    (one) => one.metadata.labels?.['app'] === 'productpage' && one.metadata.uid !== first?.metadata.uid && isReady(one),
  );
  await askUntil(gateway, (_, text) => text === `${second.metadata.name}\n`);

  await sandbox.api.delete({ resource: resources.deployments, namespace: 'istio-system', name: 'istiod-1-29-6' });
  for (const istiod of await pods('app=istiod')) await sandbox.api.delete(pod(istiod));
  await sandbox.api.delete(pod(second));

  // With a control plane it would be "no healthy upstream": nothing is left behind the Service.
  const text = await askUntil(gateway, (status) => status === 503);
  expect(text).toContain('reset reason');
  expect(await askUntil(gateway, (_, body) => body.includes('connection timeout'))).not.toContain(
    'no healthy upstream',
  );
});

test('a gateway with a route for one name says which', async () => {
  await live(slowRequests);
  const [gateway] = sandbox.services;

  expect(gateway?.urls.map(({ host }) => host)).toEqual(Array(3).fill('reports.example.com'));
  expect((await fetch(gateway?.urls[0]?.url ?? '')).status).toBe(404);
});

/** Whether the proxy of a pod has a request under way to its application. */
async function isAsked(object: KubeObject): Promise<boolean> {
  const { namespace, name } = pod(object);
  const admin = { namespace: namespace ?? '', pod: name, port: 15_000 };
  const { body } = await sandbox.api.forwardedRequest(admin, '/clusters');
  return /^inbound.*::rq_active::1$/m.test(body);
}

test('an application that dies at SIGTERM takes with it what is under way', async () => {
  await live(rude, { termDelayMs: 0 });
  const frozen = await pods('app=rude');
  for (const { metadata } of frozen) sandbox.controls.freeze({ namespace: 'shop', name: metadata.name });
  const url = urlOf('rude', 'http1');
  const answers = Promise.all(Array.from({ length: 3 }, () => fetch(url).then((answer) => answer.text())));
  while (!(await Promise.all(frozen.map(isAsked))).every(Boolean))
    await new Promise((resolve) => setImmediate(resolve));
  for (const one of frozen) await sandbox.api.delete(pod(one));

  for (const text of await answers) expect(text).toContain('reset reason: connection termination');
});

test('refuses more pods than a process can serve', async () => {
  await live(rude);
  const many: Scenario = {
    ...rude,
    nodes: 4,
    steps: [
      { do: 'deploy', namespaces: [{ name: 'shop', workloads: [{ name: 'web', replicas: 201, behaviour: {} }] }] },
      { do: 'settle' },
    ],
  };

  const started = startLiveSandbox({ content: { scenario: many }, port: 0, now: Date.now });
  await expect(started).rejects.toThrow(InvalidInput);
  await expect(started).rejects.toThrow('201 pods');
});
