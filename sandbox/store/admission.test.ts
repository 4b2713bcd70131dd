import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/kube/api.ts';
import { resources } from './resources.ts';
import { failing, inShop, testCluster } from './test-cluster.test-helper.ts';
import type { AdmissionRequest, WebhookAnswer, WebhookTarget } from './types.ts';

const allow: WebhookAnswer = { kind: 'answered', allowed: true };
const rules = [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }];
const hook = (name: string, more: object = {}) => ({
  name,
  admissionReviewVersions: ['v1'],
  sideEffects: 'None',
  clientConfig: { service: { namespace: 'istio-system', name: 'istiod', path: '/inject' } },
  rules,
  ...more,
});

/** A cluster whose webhooks answer as told by name; `calls` are the names in order. */
function hooked(answers: Record<string, (request: AdmissionRequest, target: WebhookTarget) => WebhookAnswer> = {}) {
  const calls: string[] = [];
  const { store } = testCluster({
    webhooks: {
      call: (target, request) => {
        calls.push(target.webhook);
        return answers[target.webhook]?.(request, target) ?? allow;
      },
    },
  });
  const configure = (name: string, webhooks: object[], kind: 'mutating' | 'validating' = 'mutating') =>
    store.create(kind === 'mutating' ? resources.mutatingWebhooks : resources.validatingWebhooks, {
      metadata: { name },
      webhooks,
    });
  const pod = (labels: Record<string, string> = {}, dryRun = false) =>
    store.create(
      resources.pods,
      {
        metadata: { name: '', generateName: 'p-', namespace: 'shop', labels },
        spec: { containers: [{ name: 'app', image: 'a:1' }] },
      },
      { dryRun },
    );
  return { store, calls, configure, pod };
}

const addLabel = (key: string): WebhookAnswer => ({
  kind: 'answered',
  allowed: true,
  patch: [{ op: 'add', path: `/metadata/labels/${key}`, value: 'x' }],
});

describe('admission webhooks', () => {
  it('asks mutating ones by name of their configuration, then validating ones with the result', () => {
    let seen: KubeObject | null = null;
    const { calls, configure, pod } = hooked({
      first: () => addLabel('first'),
      check: (request) => {
        seen = request.object;
        return allow;
      },
    });
    configure('b', [hook('second'), hook('third')]);
    configure('a', [hook('first')]);
    configure('z', [hook('check')], 'validating');
    const made = pod({ app: 'x' });
    expect(calls).toEqual(['first', 'second', 'third', 'check']);
    expect(made.metadata.labels).toEqual({ app: 'x', first: 'x' });
    expect(seen).toMatchObject({ metadata: { name: made.metadata.name, labels: { first: 'x' } } });
  });

  it('sends what a real server sends: generated names are not known yet, the namespace is', () => {
    const requests: AdmissionRequest[] = [];
    const { configure, pod } = hooked({
      first: (request) => {
        requests.push(request);
        return allow;
      },
    });
    configure('a', [hook('first')]);
    pod();
    expect(requests).toMatchObject([
      {
        kind: { group: '', version: 'v1', kind: 'Pod' },
        resource: { group: '', version: 'v1', resource: 'pods' },
        name: '',
        namespace: 'shop',
        operation: 'CREATE',
        dryRun: false,
        oldObject: null,
        object: { metadata: { generateName: 'p-', namespace: 'shop' } },
      },
    ]);
  });

  it('matches by namespace and object labels, operations, groups and versions', () => {
    const { store, calls, configure, pod } = hooked();
    store.patch({ resource: resources.namespaces, name: 'shop' }, 'merge', {
      metadata: { labels: { 'istio.io/rev': 'prod' } },
    });
    const rev = (value: string) => ({ matchLabels: { 'istio.io/rev': value } });
    configure('a', [
      hook('namespace-in', { namespaceSelector: rev('prod') }),
      hook('namespace-out', { namespaceSelector: rev('old') }),
      hook('object-in', {
        objectSelector: { matchExpressions: [{ key: 'inject', operator: 'NotIn', values: ['false'] }] },
      }),
      hook('object-out', { objectSelector: { matchLabels: { inject: 'true' } } }),
      hook('update', {
        rules: [{ operations: ['UPDATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }],
      }),
      hook('status', {
        rules: [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['pods/status'] }],
      }),
      hook('all', {
        rules: [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'], scope: 'Namespaced' }],
      }),
      hook('other', { rules: [{ operations: ['*'], apiGroups: ['apps'], apiVersions: ['v1'], resources: ['*'] }] }),
    ]);
    const made = pod();
    expect(calls).toEqual(['namespace-in', 'object-in', 'all']);
    calls.length = 0;
    store.update(resources.pods, { ...made, status: { phase: 'Running' } }, { subresource: 'status' });
    expect(calls).toEqual(['status', 'all']);
  });

  it('fails as a real server fails when nobody answers', () => {
    const dead = (): WebhookAnswer => ({
      kind: 'unreachable',
      error: 'dial tcp 10.96.162.184:443: connect: connection refused',
    });
    const { configure, pod, store } = hooked({ 'rev.object.sidecar-injector.istio.io': dead });
    configure('a', [hook('rev.object.sidecar-injector.istio.io')]);
    const failure = failing(() => pod());
    expect([failure.code, failure.reason]).toEqual([500, 'InternalError']);
    expect(failure.message).toBe(
      'Internal error occurred: failed calling webhook "rev.object.sidecar-injector.istio.io": failed to call webhook: ' +
        'Post "https://istiod.istio-system.svc:443/inject?timeout=10s": dial tcp 10.96.162.184:443: connect: connection refused',
    );
    const ignoring = { webhooks: [hook('rev.object.sidecar-injector.istio.io', { failurePolicy: 'Ignore' })] };
    store.patch({ resource: resources.mutatingWebhooks, name: 'a' }, 'merge', ignoring);
    expect(pod().metadata.name).toMatch(/^p-/);
  });

  it('passes on a denial', () => {
    const { configure, store, pod } = hooked({
      'validation.istio.io': () => ({
        kind: 'answered',
        allowed: false,
        status: { message: 'configuration is invalid: weight -1 < 0' },
      }),
    });
    configure('a', [hook('validation.istio.io')], 'validating');
    const failure = failing(() => pod());
    expect(failure.code).toBe(400);
    expect(failure.message).toBe(
      'admission webhook "validation.istio.io" denied the request: configuration is invalid: weight -1 < 0',
    );
    expect(store.list(resources.pods).items).toEqual([]);
  });

  it('calls earlier ones again when a later one changed the object, if they want it', () => {
    const { calls, configure, pod } = hooked({ second: () => addLabel('second') });
    configure('a', [hook('first', { reinvocationPolicy: 'IfNeeded' }), hook('never'), hook('second'), hook('third')]);
    pod({ app: 'x' });
    expect(calls).toEqual(['first', 'never', 'second', 'third', 'first']);
  });

  it('calls in a dry run only what has no side effects', () => {
    const { store, calls, configure, pod } = hooked();
    configure('a', [hook('safe', { sideEffects: 'NoneOnDryRun' })]);
    pod({}, true);
    expect([calls, store.list(resources.pods).items]).toEqual([['safe'], []]);
    configure('b', [hook('unsafe', { sideEffects: 'Some' })]);
    expect(failing(() => pod({}, true)).message).toBe('admission webhook "unsafe" does not support dry run');
  });

  it('never asks about webhook configurations', () => {
    const { calls, configure, store } = hooked();
    const everything = [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*'] }];
    configure('a', [hook('all', { rules: everything })]);
    store.delete({ resource: resources.mutatingWebhooks, name: 'a' });
    expect(calls).toEqual([]);
  });

  it('puts defaults on what a webhook adds', () => {
    const container = { name: 'istio-proxy', image: 'proxyv2:1.30.3' };
    const { configure, pod, store } = hooked({
      inject: () => ({
        kind: 'answered',
        allowed: true,
        patch: [{ op: 'add', path: '/spec/containers/-', value: container }],
      }),
    });
    configure('a', [hook('inject')]);
    const made = store.get(inShop(resources.pods, pod().metadata.name));
    expect(made).toMatchObject({
      spec: { containers: [{ name: 'app' }, { name: 'istio-proxy', imagePullPolicy: 'IfNotPresent' }] },
    });
  });
});
