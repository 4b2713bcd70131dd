import { describe, expect, it } from 'vitest';
import { webhookConfigFact } from '../../test/fact-defaults.ts';
import * as build from '../../test/facts.ts';
import type { Facts, WebhookConfigFact } from './facts.ts';
import type { Webhook } from './control-plane-model.ts';
import { controlPlanes } from './control-planes.ts';
import { resolveDefault, resolveTags } from './tags.ts';
import { resolveWebhooks } from './webhooks.ts';

function only(facts: Facts): Webhook {
  const [webhook, ...more] = resolveWebhooks(facts);
  if (webhook === undefined || more.length > 0) throw new Error('expected exactly one webhook');
  return webhook;
}

function validator(revision: string, service: string): WebhookConfigFact {
  const fact = build.webhookFact('validation.istio.io', service, {
    rules: [
      { apiGroups: ['networking.istio.io'], apiVersions: ['*'], operations: ['CREATE'], resources: ['*'], scope: '*' },
    ],
  });
  const own = build.meta('istiod-default-validator', '', { 'istio.io/rev': revision });
  return webhookConfigFact('ValidatingWebhookConfiguration', own, [fact]);
}

describe('webhook → Service → ready endpoint → revision', () => {
  it('is healthy when the pods behind it are of its revision', () => {
    const facts = build.cluster([build.istiodBackend('y')], [build.injectorConfig({ revision: 'y' })]);

    expect(only(facts)).toMatchObject({
      healthy: true,
      problem: null,
      revision: 'y',
      target: 'istio-system/istiod-y',
      readyEndpoints: 1,
    });
  });

  it.each<[string, Facts, RegExp]>([
    [
      'Service gone',
      build.cluster([], [build.injectorConfig({ revision: 'y' })]),
      /^Service istio-system\/istiod-y not found: pods that it matches are refused/,
    ],
    [
      'no ready endpoint',
      build.cluster([build.istiodBackend('y', { ready: false })], [build.injectorConfig({ revision: 'y' })]),
      /no ready endpoint/,
    ],
    [
      'another revision behind it',
      build.cluster(
        [build.istiodBackend('y')],
        [
          {
            ...build.injectorConfig({ revision: 'y' }),
            meta: build.meta('istio-sidecar-injector-y', '', { 'istio.io/rev': 'z' }),
          },
        ],
      ),
      /Labelled istio\.io\/rev=z, but behind Service istio-system\/istiod-y is revision y/,
    ],
    [
      'not patched yet',
      build.cluster(
        [build.istiodBackend('y')],
        [
          {
            ...build.injectorConfig({ revision: 'y' }),
            webhooks: [
              build.webhookFact('rev.namespace.sidecar-injector.istio.io', 'istiod-y', { hasCaBundle: false }),
            ],
          },
        ],
      ),
      /caBundle is empty/,
    ],
    [
      'validator left behind (P01)',
      build.emptyFacts({ validatingWebhooks: build.read([validator('y', 'istiod-y')]) }),
      /not found: every write of an Istio object that it matches is refused/,
    ],
  ])('%s', (_name, facts, problem) => {
    const webhook = only(facts);

    expect(webhook.healthy).toBe(false);
    expect(webhook.problem).toMatch(problem);
  });

  it.each(['services', 'endpointSlices', 'pods'] as const)('does not judge it when %s were not read', (kind) => {
    const facts = build.cluster([build.istiodBackend('y')], [build.injectorConfig({ revision: 'y' })], {
      [kind]: build.notRead('403'),
    });

    expect(only(facts).healthy).toBeNull();
  });

  it('leaves other webhooks of the cluster alone', () => {
    const foreign = webhookConfigFact(
      'MutatingWebhookConfiguration',
      build.meta('vault-injector', '', { app: 'vault' }),
      [build.webhookFact('vault.hashicorp.com', 'vault')],
    );

    expect(resolveWebhooks(build.cluster([], [foreign]))).toEqual([]);
  });

  it('marks both configurations that would inject one pod, and says which pod', () => {
    const facts = build.cluster(
      [build.istiodBackend('default')],
      [build.injectorConfig({ revision: 'default' }), build.injectorConfig({ revision: 'default', tag: 'default' })],
    );
    const webhooks = resolveWebhooks(facts);

    expect(webhooks.map((webhook) => webhook.healthy)).toEqual([false, false]);
    expect(webhooks[0]?.problem).toMatch(
      /Overlaps with istio-sidecar-injector: a pod.* in a namespace with istio-injection=enabled would be injected twice/,
    );
  });

  it('finds no overlap between revisions, tags and a deactivated injector', () => {
    const facts = build.cluster(
      [build.istiodBackend('default'), build.istiodBackend('y')],
      [
        build.injectorConfig({ revision: 'default', deactivated: true }),
        build.injectorConfig({ revision: 'y', tag: 'default' }),
        build.injectorConfig({ revision: 'y' }),
        build.injectorConfig({ revision: 'y', tag: 'prod' }),
      ],
    );

    expect(resolveWebhooks(facts).map((webhook) => webhook.problem)).toEqual([null, null, null, null]);
  });
});

describe('tags', () => {
  const tagService = (revision: string): ReturnType<typeof build.istiodBackend>['service'] => ({
    ...build.istiodBackend(revision).service,
    meta: build.meta('istiod-revision-tag-prod', 'istio-system', { 'istio.io/tag': 'prod', 'istio.io/rev': revision }),
  });
  const tagsOf = (facts: Facts) =>
    resolveTags(facts, resolveWebhooks(facts), controlPlanes(facts, resolveWebhooks(facts)));

  it('joins webhook configuration and Service', () => {
    const plane = build.istiodBackend('y');
    const facts = build.cluster([plane], [build.injectorConfig({ revision: 'y', tag: 'prod' })], {
      services: build.read([plane.service, tagService('y')]),
    });

    expect(tagsOf(facts)).toMatchObject([
      {
        name: 'prod',
        revision: 'y',
        webhook: 'istio-revision-tag-prod',
        service: 'istio-system/istiod-revision-tag-prod',
        problem: null,
      },
    ]);
  });

  it('says when they disagree', () => {
    const plane = build.istiodBackend('y');
    const facts = build.cluster([plane], [build.injectorConfig({ revision: 'y', tag: 'prod' })], {
      services: build.read([plane.service, tagService('old')]),
    });

    expect(tagsOf(facts)[0]?.problem).toBe('Its webhook points to revision y, its Service to old.');
  });

  it('says when nobody is behind it, unless Deployments could not be read', () => {
    const config = [build.injectorConfig({ revision: 'gone', tag: 'prod' })];

    expect(tagsOf(build.cluster([], config))[0]?.problem).toContain('revision gone, which has no control plane');
    const blind = build.cluster([], config, { deployments: build.notRead('403'), services: build.notRead('403') });
    expect(tagsOf(blind)[0]?.problem).toBeNull();
  });

  it('says when two configurations stand for one tag', () => {
    const config = build.injectorConfig({ revision: 'y', tag: 'prod' });
    const other = {
      ...build.injectorConfig({ revision: 'z', tag: 'prod' }),
      meta: build.meta('mine', '', { 'istio.io/tag': 'prod', 'istio.io/rev': 'z' }),
    };
    const facts = build.cluster([build.istiodBackend('y'), build.istiodBackend('z')], [config, other]);

    expect(tagsOf(facts)[0]?.problem).toBe(
      'Several webhook configurations stand for it: istio-revision-tag-prod to revision y, mine to revision z.',
    );
  });

  it('takes a control plane without a Deployment here for one that lives elsewhere while its webhook answers', () => {
    const facts = build.cluster([build.istiodBackend('y')], [build.injectorConfig({ revision: 'y', tag: 'prod' })], {
      deployments: build.read([]),
    });

    expect(tagsOf(facts)[0]?.problem).toBeNull();
  });

  it('says when only the Service is left', () => {
    const facts = build.emptyFacts({ services: build.read([tagService('y')]) });

    expect(tagsOf(facts)[0]?.problem).toContain('Only its Service is left');
  });
});

describe('default revision', () => {
  const defaultOf = (facts: Facts) => resolveDefault(facts, resolveWebhooks(facts));
  const planes = [build.istiodBackend('default'), build.istiodBackend('y')];

  it('is the default tag first, and says what the validator says', () => {
    const facts = build.cluster(
      planes,
      [
        build.injectorConfig({ revision: 'default', deactivated: true }),
        build.injectorConfig({ revision: 'y', tag: 'default' }),
      ],
      {
        validatingWebhooks: build.read([validator('default', 'istiod')]),
      },
    );

    expect(defaultOf(facts)).toEqual({
      revision: 'y',
      byTag: 'y',
      byInjector: null,
      byValidator: 'default',
      injects: true,
    });
  });

  it('is the un-revisioned injector next', () => {
    expect(defaultOf(build.cluster(planes, [build.injectorConfig({ revision: 'default' })]))).toMatchObject({
      revision: 'default',
      byInjector: 'default',
      injects: true,
    });
  });

  it('is the validator last; then nothing is injected by default', () => {
    const facts = build.cluster(planes, [build.injectorConfig({ revision: 'y' })], {
      validatingWebhooks: build.read([validator('y', 'istiod-y')]),
    });

    expect(defaultOf(facts)).toEqual({
      revision: 'y',
      byTag: null,
      byInjector: null,
      byValidator: 'y',
      injects: false,
    });
  });

  it('is nobody in an empty cluster', () => {
    expect(defaultOf(build.emptyFacts())).toEqual({
      revision: null,
      byTag: null,
      byInjector: null,
      byValidator: null,
      injects: false,
    });
  });
});
