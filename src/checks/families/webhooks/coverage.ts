/** Whether exactly one injector takes a pod, and whether somebody validates what is written. */
import type { WebhookConfigFact } from '../../../mesh/facts.ts';
import { overlapProblems } from '../../../mesh/overlaps.ts';
import { matches } from '../../../mesh/selectors.ts';
import type { Check, Finding } from '../../check.ts';
import { liveConfigs, objectOf, revisionOf } from './configs.ts';

/** Two injectors for one pod. */
export const injectorsDoNotOverlap: Check = {
  id: 'ML-W004',
  title: 'no pod is taken by two injectors',
  looksAt:
    'namespaceSelector and objectSelector of all injectors, evaluated against every kind of label that they name.',
  why: 'A pod is injected twice and does not start, or with whichever came last; istioctl refuses to install (IST0139). A run that failed leaves istio-sidecar-injector and istio-revision-tag-default both active.',
  remedy: 'Prove with a server-side dry run that one of them injects, then switch the other off; do not delete it.',
  source: 'istio/istio issues 43932, 38637, 37908',
  severities: ['blocks'],
  needs: ['mutatingWebhooks', 'namespaces'],
  pains: ['P17'],
  run: (view) => {
    const overlaps = overlapProblems(view.facts);
    return liveConfigs(view)
      .filter(({ kind, meta }) => kind === 'MutatingWebhookConfiguration' && overlaps.has(meta.name))
      .map((config): Finding => ({
        ...{ severity: 'blocks', object: objectOf(config), field: 'webhooks[].namespaceSelector', value: '' },
        message: overlaps.get(config.meta.name) ?? '',
        why: 'Such a pod gets two sidecars, or that of the wrong revision, and istioctl refuses to install.',
        remedy: `Prove with kubectl run probe --image=pause --dry-run=server -o yaml -n NAMESPACE which one serves; switch the other off: kubectl get ${config.kind.toLowerCase()} NAME -o json | jq '.webhooks[] |= (.namespaceSelector = {matchLabels: {"istio.io/deactivated": "never-match"}} | .objectSelector = .namespaceSelector)' | kubectl replace -f -`,
      }));
  },
};

const istioGroups = ['networking.istio.io', 'security.istio.io'] as const;

function validates(config: WebhookConfigFact, group: string): boolean {
  return config.webhooks.some(
    ({ rules, objectSelector }) =>
      matches(objectSelector, {}) !== false &&
      rules.some(({ apiGroups }) => apiGroups.includes(group) || apiGroups.includes('*')),
  );
}

/** Nobody looks at what is written. */
export const configIsValidated: Check = {
  id: 'ML-W008',
  title: 'objects without a revision label are validated',
  looksAt:
    'rules and objectSelector of all ValidatingWebhookConfigurations of Istio: one must take unlabelled objects of networking and security.',
  why: 'After an installation by revision only, or a removed default, nothing validates ordinary objects: a broken VirtualService enters and freezes gateways at the next push.',
  remedy: 'Set the default revision: it makes istiod-default-validator.',
  source: 'istio/istio issues 35588, 27501',
  severities: ['warns'],
  needs: ['validatingWebhooks', 'deployments'],
  pains: ['P61'],
  run: (view) => {
    const [plane] = view.mesh.controlPlanes.filter(({ readyReplicas }) => readyReplicas > 0);
    if (plane === undefined) return [];
    const validators = liveConfigs(view).filter(({ kind }) => kind === 'ValidatingWebhookConfiguration');
    const missing = istioGroups.filter((group) => !validators.some((config) => validates(config, group)));
    if (missing.length === 0) return [];
    return [
      {
        severity: 'warns',
        object: { kind: 'ValidatingWebhookConfiguration', namespace: '', name: 'istiod-default-validator' },
        ...{ field: 'webhooks[].rules', value: '' },
        message: `No webhook validates unlabelled objects of ${missing.join(' and ')}.`,
        why: 'Broken configuration is stored without a word, and a gateway freezes on it at the next push.',
        remedy: `istioctl tag set default --revision ${plane.revision}, or with Helm: base defaultRevision=${plane.revision}`,
      },
    ];
  },
};

/** Tag moved, validator not. */
export const validatorFollowsDefault: Check = {
  id: 'ML-W009',
  title: 'the default validator belongs to the default revision',
  looksAt: 'Label istio.io/rev of istiod-default-validator, against tag default and the injector without a revision.',
  why: 'Helm moves the tag (revision-tags-mwc.yaml) and the validator (base, defaultRevision) apart. When the revision that the validator still names is removed, every write of Istio configuration fails.',
  remedy: 'Move the validator to the default revision before anything is removed.',
  source: 'istio/istio issues 60596, 43227',
  severities: ['warns'],
  needs: ['mutatingWebhooks', 'validatingWebhooks'],
  pains: ['P01'],
  run: ({ mesh: { defaultRevision } }) => {
    const wanted = defaultRevision.byTag ?? defaultRevision.byInjector;
    const { byValidator } = defaultRevision;
    if (wanted === null || byValidator === null || wanted === byValidator) return [];
    return [
      {
        severity: 'warns',
        object: { kind: 'ValidatingWebhookConfiguration', namespace: '', name: 'istiod-default-validator' },
        ...{ field: 'metadata.labels[istio.io/rev]', value: byValidator },
        message: `It belongs to revision ${byValidator}, but the default revision is ${wanted}.`,
        why: `When ${byValidator} is removed, every write of Istio configuration is refused.`,
        remedy: `helm upgrade istio-base istio/base -n istio-system --reset-then-reuse-values --set defaultRevision=${wanted}, or: istioctl tag set default --revision ${wanted} --overwrite`,
      },
    ];
  },
};

/** What has to be moved before the old revision can go. */
export const oldRevisionIsReferenced: Check = {
  id: 'ML-W010',
  title: 'nothing but its own webhooks names the revision that the upgrade leaves',
  looksAt:
    'webhooks[].clientConfig.service of the default validator and of tags, against the Service of the oldest control plane.',
  why: 'These must be moved before the old revision is removed; meshlift does it in the stage "switch default" and refuses to complete before.',
  remedy: 'Nothing now: it is part of the plan. Who removes the revision by hand moves them first.',
  source: 'istio/istio issues 60596, 36526, 38592',
  severities: ['informs'],
  needs: ['mutatingWebhooks', 'validatingWebhooks', 'target'],
  pains: ['P01', 'P19'],
  run: (view) => {
    const { target } = view;
    const old = view.mesh.controlPlanes.find(({ revision }) => revision === target?.fromRevision);
    if (target?.strategy !== 'revision' || old === undefined || target.hops.length === 0) return [];
    return liveConfigs(view)
      .filter((config) => isShared(config) && config.webhooks.some(({ service }) => service?.name === old.service))
      .map((config): Finding => ({
        ...{ severity: 'informs', object: objectOf(config) },
        ...{ field: 'webhooks[].clientConfig.service.name', value: old.service ?? '' },
        message: `It calls revision ${revisionOf(config)}, which the upgrade leaves.`,
        why: 'It is moved to the new revision before the old one is removed; removed in the other order, requests would be refused.',
        remedy: `Part of the plan; by hand: istioctl tag set ${config.meta.labels['istio.io/tag'] ?? 'default'} --revision NEW --overwrite`,
      }));
  },
};

function isShared({ meta }: WebhookConfigFact): boolean {
  return meta.labels['istio.io/tag'] !== undefined || meta.name === 'istiod-default-validator';
}
