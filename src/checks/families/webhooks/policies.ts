/** How Istio's webhooks treat a silent istiod, and whether they can trust it. */
import type { WebhookConfigFact, WebhookFact } from '../../../mesh/facts.ts';
import type { Check, Finding } from '../../check.ts';
import { groupBy } from '../../../mesh/group.ts';
import { byService, effectOf, liveConfigs, objectOf, revisionOf, severityOf } from './configs.ts';

const policyField = 'webhooks[].failurePolicy';

function ignoring(config: WebhookConfigFact): readonly WebhookFact[] {
  return config.webhooks.filter(({ failurePolicy }) => failurePolicy === 'Ignore');
}

function namesOf(webhooks: readonly WebhookFact[]): string {
  return webhooks.map(({ name }) => name).join(', ');
}

/** Validation that lets everything pass while istiod is silent. */
export const validationFails: Check = {
  id: 'ML-W005',
  title: 'validation refuses writes when its control plane does not answer',
  looksAt: 'webhooks[].failurePolicy of the ValidatingWebhookConfigurations of Istio.',
  why: 'With Ignore, broken configuration enters while istiod restarts, which an upgrade makes it do, and freezes gateways when it is pushed. istiod sets Fail by itself as soon as it is ready; Ignore that stays means that it could not, or that somebody sets it back.',
  remedy: 'Let istiod set it, and stop what sets it back; with Helm: base.validationFailurePolicy=Fail.',
  source: 'istio/istio issues 35588, 27501; pkg/webhooks/validation/controller in istio/istio',
  severities: ['warns'],
  needs: ['validatingWebhooks'],
  pains: ['P61'],
  run: (view) =>
    liveConfigs(view)
      .filter((config) => config.kind === 'ValidatingWebhookConfiguration' && ignoring(config).length > 0)
      .map((config): Finding => ({
        ...{ severity: 'warns', object: objectOf(config), field: policyField, value: 'Ignore' },
        message: `Has failurePolicy Ignore: ${namesOf(ignoring(config))}.`,
        why: effectOf(config.kind, ignoring(config)),
        remedy: `kubectl -n istio-system rollout restart deployment -l app=istiod,istio.io/rev=${revisionOf(config)} lets istiod set it again; with Helm set base.validationFailurePolicy=Fail`,
      })),
};

/** Injection that lets pods start without a sidecar. */
export const injectionFails: Check = {
  id: 'ML-W006',
  title: 'injection refuses pods when its control plane does not answer',
  looksAt: 'webhooks[].failurePolicy of the injectors.',
  why: 'With Ignore, pods that start while istiod is replaced have no sidecar, and nobody is told; where STRICT mTLS holds, their traffic fails.',
  remedy: 'Set failurePolicy Fail on the injector, or count pods without a sidecar after every step.',
  source: 'istio/istio issues 40134, 44157; linkerd/linkerd2 issue 13702',
  severities: ['warns'],
  needs: ['mutatingWebhooks'],
  pains: ['P18'],
  run: (view) =>
    liveConfigs(view)
      .filter((config) => config.kind === 'MutatingWebhookConfiguration' && ignoring(config).length > 0)
      .map((config): Finding => ({
        ...{ severity: 'warns', object: objectOf(config), field: policyField, value: 'Ignore' },
        message: `Has failurePolicy Ignore: ${namesOf(ignoring(config))}.`,
        why: effectOf(config.kind, ignoring(config)),
        remedy: `Set failurePolicy: Fail in the values of the release that makes ${config.meta.name}, for the time of the upgrade at least`,
      })),
};

/** The API server would not trust istiod. */
export const caBundleIsSet: Check = {
  id: 'ML-W007',
  title: 'every webhook of Istio has a CA bundle, and those of one Service have the same',
  looksAt:
    'webhooks[].clientConfig.caBundle: present, and its first certificate the same for all webhooks that call one Service.',
  why: 'The API server cannot verify istiod with an empty or foreign CA bundle, and treats it as if nobody answered. GitOps tools that set caBundle back, and two control planes with different roots that fight over it, leave it so.',
  remedy: 'Stop what sets it back (ignore differences on caBundle), and restart istiod, which writes it.',
  source: 'istio/istio issues 52785, 44932, 36478; pkg/webhooks/webhookpatch.go in istio/istio',
  severities: ['blocks', 'warns'],
  needs: ['mutatingWebhooks', 'validatingWebhooks'],
  pains: ['P18', 'P24', 'P28'],
  run: (view) => {
    const configs = liveConfigs(view);
    return [...configs.flatMap(empty), ...foreign(configs)];
  },
};

const caField = 'webhooks[].clientConfig.caBundle';

function empty(config: WebhookConfigFact): Finding[] {
  const bare = config.webhooks.filter(({ hasCaBundle, service }) => !hasCaBundle && service !== null);
  if (bare.length === 0) return [];
  return [
    {
      ...{ severity: severityOf(bare), object: objectOf(config), field: caField, value: '' },
      message: `Has no CA bundle: ${namesOf(bare)}.`,
      why: `The API server can't verify istiod. ${effectOf(config.kind, bare)}`,
      remedy: `Stop what empties it (GitOps: ignore differences on ${caField}), then: kubectl -n istio-system rollout restart deployment -l app=istiod,istio.io/rev=${revisionOf(config)}`,
    },
  ];
}

// One Service has one certificate: of two different bundles at least one is wrong.
function foreign(configs: readonly WebhookConfigFact[]): Finding[] {
  const calls = configs.flatMap((config) =>
    [...byService(config)].flatMap(([service, webhooks]) => webhooks.map((webhook) => ({ config, service, webhook }))),
  );
  return [...groupBy(calls, ({ service }) => service)].flatMap(([service, all]): Finding[] => {
    const hashes = new Set(all.map(({ webhook }) => webhook.caHash).filter((hash) => hash !== ''));
    const [first] = all;
    if (hashes.size < 2 || first === undefined) return [];
    const names = [...new Set(all.map(({ config }) => config.meta.name))];
    return [
      {
        severity: severityOf(all.map(({ webhook }) => webhook)),
        object: { kind: 'Service', namespace: service.split('/')[0] ?? '', name: service.split('/')[1] ?? '' },
        ...{ field: caField, value: [...hashes].map((hash) => hash.slice(0, 12)).join(', ') },
        message: `The webhooks that call it (${names.join(', ')}) have ${String(hashes.size)} different CA bundles.`,
        why: `It has one certificate, so at least one of them is never trusted. ${effectOf(
          first.config.kind,
          all.map(({ webhook }) => webhook),
        )}`,
        remedy:
          'Compare the bundles with the root certificate of the control plane, mend the CA first, then restart istiod, which writes them',
      },
    ];
  });
}
