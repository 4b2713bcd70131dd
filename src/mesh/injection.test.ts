import { describe, expect, it } from 'vitest';
import { configMapFact } from '../../test/fact-defaults.ts';
import * as build from '../../test/facts.ts';
import type { ConfigMapFact, Facts, Labels } from './facts.ts';
import type { InjectionCode, InjectionDecision } from './injection-model.ts';
import { decideInjection, injectionContext } from './injection.ts';
import { resolveWebhooks } from './webhooks.ts';

interface Pod {
  readonly labels?: Labels;
  readonly annotations?: Labels;
  readonly hostNetwork?: boolean;
}

function decide(facts: Facts, namespaceLabels: Labels, pod: Pod = {}, namespace = 'shop'): InjectionDecision {
  const context = injectionContext(facts, resolveWebhooks(facts));
  return decideInjection(
    context,
    { name: namespace, labels: namespaceLabels },
    { labels: pod.labels ?? {}, annotations: pod.annotations ?? {}, hostNetwork: pod.hostNetwork ?? false },
  );
}

const inject = 'sidecar.istio.io/inject';
const rev = 'istio.io/rev';

/** Revisions x (through tag X) and y, and tag default on d: every column of the truth table has somebody to go to. */
const healthy = build.cluster(
  [build.istiodBackend('x-rev'), build.istiodBackend('Y'), build.istiodBackend('D')],
  [
    build.injectorConfig({ revision: 'x-rev' }),
    build.injectorConfig({ revision: 'Y' }),
    build.injectorConfig({ revision: 'D' }),
    build.injectorConfig({ revision: 'x-rev', tag: 'X' }),
    build.injectorConfig({ revision: 'D', tag: 'default' }),
  ],
);

describe('truth table of the injection webhooks (charts mutatingwebhook.yaml, revision-tags-mwc.yaml)', () => {
  const rows: readonly [string, Labels, Labels, string | null, InjectionCode][] = [
    [
      'pod inject=false beats istio-injection',
      { 'istio-injection': 'enabled' },
      { [inject]: 'false' },
      null,
      'pod-disabled',
    ],
    [
      'pod inject=false beats namespace revision',
      { [rev]: 'X' },
      { [inject]: 'false', [rev]: 'Y' },
      null,
      'pod-disabled',
    ],
    ['enabled', { 'istio-injection': 'enabled' }, {}, 'D', 'namespace-injection-enabled'],
    [
      'enabled beats namespace revision',
      { 'istio-injection': 'enabled', [rev]: 'X' },
      {},
      'D',
      'namespace-injection-enabled',
    ],
    [
      'enabled beats unknown revision',
      { 'istio-injection': 'enabled', [rev]: 'U' },
      { [inject]: 'true' },
      'D',
      'namespace-injection-enabled',
    ],
    [
      'enabled beats pod revision',
      { 'istio-injection': 'enabled' },
      { [rev]: 'Y' },
      'D',
      'namespace-injection-enabled',
    ],
    [
      'disabled beats pod inject=true',
      { 'istio-injection': 'disabled' },
      { [inject]: 'true' },
      null,
      'namespace-disabled',
    ],
    [
      'disabled beats revisions',
      { 'istio-injection': 'disabled', [rev]: 'X' },
      { [rev]: 'Y' },
      null,
      'namespace-disabled',
    ],
    ['any other value is disabled', { 'istio-injection': 'on' }, {}, null, 'namespace-disabled'],
    ['namespace revision through a tag', { [rev]: 'X' }, {}, 'x-rev', 'namespace-revision'],
    ['namespace revision directly', { [rev]: 'Y' }, { [inject]: 'true' }, 'Y', 'namespace-revision'],
    ['namespace beats pod', { [rev]: 'X' }, { [rev]: 'Y' }, 'x-rev', 'namespace-revision'],
    ['namespace beats unknown pod revision', { [rev]: 'X' }, { [rev]: 'U' }, 'x-rev', 'namespace-revision'],
    ['unknown namespace revision', { [rev]: 'U' }, {}, null, 'revision-not-served'],
    [
      'unknown namespace revision beats pod',
      { [rev]: 'U' },
      { [rev]: 'Y', [inject]: 'true' },
      null,
      'revision-not-served',
    ],
    ['pod revision alone', {}, { [rev]: 'Y' }, 'Y', 'pod-revision'],
    ['pod revision and inject', {}, { [rev]: 'Y', [inject]: 'true' }, 'Y', 'pod-revision'],
    ['unknown pod revision', {}, { [rev]: 'U', [inject]: 'true' }, null, 'revision-not-served'],
    ['pod inject=true', {}, { [inject]: 'true' }, 'D', 'pod-inject'],
    ['nothing', {}, {}, null, 'not-labelled'],
  ];
  it.each(rows)('%s', (_name, namespace, pod, revision, code) => {
    const decision = decide(healthy, namespace, { labels: pod });

    expect({ revision: decision.revision, code: decision.code }).toEqual({ revision, code });
    expect(decision.outcome).toBe(revision === null ? 'none' : 'injected');
    expect(decision.matched).toHaveLength(revision === null ? 0 : 1);
  });

  it('names tag and revision', () => {
    expect(decide(healthy, { [rev]: 'X' })).toMatchObject({ tag: 'X', revision: 'x-rev' });
    expect(decide(healthy, { [rev]: 'X' }).reason).toBe(
      'Namespace label istio.io/rev=X goes to tag X, which is revision x-rev.',
    );
  });

  it('follows the auto webhook (enableNamespacesByDefault) where it exists', () => {
    const auto = build.webhookFact('auto.sidecar-injector.istio.io', 'istiod-Y', { rules: build.podCreation });
    const config = { ...build.injectorConfig({ revision: 'Y' }), webhooks: [auto] };

    expect(decide(build.cluster([build.istiodBackend('Y')], [config]), {})).toMatchObject({
      revision: 'Y',
      code: 'auto',
    });
  });
});

describe('traps seen on a real mesh', () => {
  const revisionsOnly = build.cluster([build.istiodBackend('1-30-3')], [build.injectorConfig({ revision: '1-30-3' })]);

  it('both labels, and only revisions installed: no sidecar, and nothing says so but us', () => {
    const decision = decide(revisionsOnly, { 'istio-injection': 'enabled', [rev]: '1-30-3' });

    expect(decision).toMatchObject({ outcome: 'none', revision: null, code: 'no-default-revision' });
    expect(decision.reason).toContain('It beats istio.io/rev=1-30-3');
  });

  it('inject=true without a default revision', () => {
    expect(decide(revisionsOnly, {}, { labels: { [inject]: 'true' } }).code).toBe('no-default-revision');
  });

  it('after istioctl install the object named like the injector never matches; the default tag injects', () => {
    const facts = build.cluster(
      [build.istiodBackend('default')],
      [
        build.injectorConfig({ revision: 'default', deactivated: true }),
        build.injectorConfig({ revision: 'default', tag: 'default' }),
      ],
    );

    expect(decide(facts, { 'istio-injection': 'enabled' })).toMatchObject({
      outcome: 'injected',
      revision: 'default',
      matched: ['istio-revision-tag-default/namespace.sidecar-injector.istio.io'],
    });
  });

  it('tag left without its control plane: pods are refused', () => {
    const decision = decide(build.cluster([], [build.injectorConfig({ revision: '1-30-3', tag: 'prod' })]), {
      [rev]: 'prod',
    });

    expect(decision).toMatchObject({ outcome: 'fails', revision: null, tag: 'prod', code: 'webhook-dead' });
  });

  it('the same with failurePolicy Ignore: pods start without a sidecar', () => {
    const config = build.injectorConfig({ revision: '1-30-3', tag: 'prod' });
    const lenient = { ...config, webhooks: config.webhooks.map((one) => ({ ...one, failurePolicy: 'Ignore' })) };

    expect(decide(build.cluster([], [lenient]), { [rev]: 'prod' })).toMatchObject({
      outcome: 'none',
      code: 'webhook-dead',
    });
  });

  it('scaled to zero: the Service lists addresses that are not ready', () => {
    const facts = build.cluster(
      [build.istiodBackend('1-30-3', { ready: false })],
      [build.injectorConfig({ revision: '1-30-3' })],
    );

    expect(decide(facts, { [rev]: '1-30-3' }).outcome).toBe('fails');
  });

  it('not patched yet by its istiod: the API server cannot verify it, and pods are refused', () => {
    const config = build.injectorConfig({ revision: 'Y', webhook: { hasCaBundle: false } });
    const decision = decide(build.cluster([build.istiodBackend('Y')], [config]), { [rev]: 'Y' });

    expect(decision).toMatchObject({ outcome: 'fails', code: 'webhook-dead' });
    expect(decision.reason).toContain('caBundle is empty, so the pod is refused');
  });

  it('Service deleted while its EndpointSlice is still there: pods are refused', () => {
    const facts = build.cluster([build.istiodBackend('Y')], [build.injectorConfig({ revision: 'Y' })], {
      services: build.read([]),
    });

    expect(decide(facts, { [rev]: 'Y' }).outcome).toBe('fails');
  });

  it('two configurations that both match: injected twice', () => {
    const facts = build.cluster(
      [build.istiodBackend('default')],
      [build.injectorConfig({ revision: 'default' }), build.injectorConfig({ revision: 'default', tag: 'default' })],
    );

    expect(decide(facts, { 'istio-injection': 'enabled' })).toMatchObject({ outcome: 'overlap', code: 'overlap' });
  });
});

describe('rules of the injector itself (pkg/kube/inject injectRequired)', () => {
  const facts = build.cluster([build.istiodBackend('Y')], [build.injectorConfig({ revision: 'Y' })]);
  const settings = (injector: Partial<NonNullable<ConfigMapFact['injector']>>): Facts => ({
    ...facts,
    configMaps: build.read<ConfigMapFact>([
      configMapFact(build.meta('istio-sidecar-injector-Y', 'istio-system', { [rev]: 'Y' }), {
        injector: { policy: 'enabled', neverInject: [], alwaysInject: [], templates: [], ...injector },
      }),
    ]),
  });
  const batch = build.selector(['team', 'In', 'batch']);

  it.each<[string, Facts, Pod, string, InjectionCode]>([
    ['host network', facts, { hostNetwork: true }, 'shop', 'host-network'],
    ['system namespace', facts, {}, 'kube-system', 'system-namespace'],
    ['annotation opts out', facts, { annotations: { [inject]: 'false' } }, 'shop', 'annotation-disabled'],
    [
      'never selector',
      settings({ neverInject: [batch] }),
      { labels: { team: 'batch' } },
      'shop',
      'never-inject-selector',
    ],
    ['policy disabled', settings({ policy: 'disabled' }), {}, 'shop', 'policy-disabled'],
  ])('%s', (_name, given, pod, namespace, code) => {
    expect(decide(given, { [rev]: 'Y' }, pod, namespace)).toMatchObject({ outcome: 'none', revision: null, code });
  });

  it.each<[string, Facts, Pod]>([
    ['an empty never selector selects nothing', settings({ neverInject: [build.selector()] }), {}],
    [
      'a pod that asks beats the never selector',
      settings({ neverInject: [batch] }),
      { labels: { team: 'batch', [inject]: 'true' } },
    ],
    [
      'always selector beats policy disabled',
      settings({ policy: 'disabled', alwaysInject: [batch] }),
      { labels: { team: 'batch' } },
    ],
  ])('%s', (_name, given, pod) => {
    expect(decide(given, { [rev]: 'Y' }, pod)).toMatchObject({ outcome: 'injected', revision: 'Y' });
  });

  it('an annotation alone cannot opt a pod in: webhooks read labels', () => {
    expect(decide(facts, {}, { annotations: { [inject]: 'true' } }).code).toBe('not-labelled');
  });
});

describe('what was not read is not absent', () => {
  it('unread webhooks', () => {
    const facts = build.emptyFacts({ mutatingWebhooks: build.notRead('forbidden') });

    expect(decide(facts, { [rev]: 'prod' })).toMatchObject({ outcome: 'unknown', code: 'unknown' });
  });

  it('webhooks cut short: one that matches does not rule out a second one', () => {
    const seen = build.injectorConfig({ revision: 'Y' });
    const facts = build.cluster([build.istiodBackend('Y')], [], {
      mutatingWebhooks: build.notRead('time-out', [seen]),
    });

    expect(decide(facts, { [rev]: 'Y' })).toMatchObject({ outcome: 'unknown', code: 'unknown' });
  });

  it('unread pods: the revision behind the webhook is not known', () => {
    const facts = build.cluster([build.istiodBackend('Y')], [build.injectorConfig({ revision: 'Y' })], {
      pods: build.notRead('403'),
    });

    expect(decide(facts, { [rev]: 'Y' }).outcome).toBe('unknown');
  });

  it.each(['services', 'endpointSlices'] as const)('unread %s: the webhook may be dead or not', (kind) => {
    const facts = build.cluster([], [build.injectorConfig({ revision: 'Y' })], {
      services: build.read([build.istiodBackend('Y').service]),
      [kind]: build.notRead('403'),
    });

    expect(decide(facts, { [rev]: 'Y' }).outcome).toBe('unknown');
  });

  it('matchConditions have the last word, and only the API server can evaluate them', () => {
    const config = build.injectorConfig({ revision: 'Y' });
    const conditional = {
      ...config,
      webhooks: config.webhooks.map((one) => ({ ...one, matchConditions: ['not-ci'] })),
    };
    const facts = build.cluster([build.istiodBackend('Y')], [conditional]);

    expect(decide(facts, { [rev]: 'Y' })).toMatchObject({ outcome: 'unknown' });
    expect(decide(facts, { [rev]: 'Y' }).reason).toContain('not-ci');
    expect(decide(facts, {}).outcome).toBe('none');
  });
});
