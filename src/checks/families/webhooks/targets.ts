/** Where Istio's webhooks lead: a Service that exists, with a ready pod, of the right revision. */
import { targetFinder } from '../../../mesh/endpoints.ts';
import type { WebhookConfigFact } from '../../../mesh/facts.ts';
import type { Check, CheckView, Finding } from '../../check.ts';
import { byService, effectOf, isTag, liveConfigs, objectOf, revisionOf, severityOf } from './configs.ts';

const field = 'webhooks[].clientConfig.service.name';

function repoint(config: WebhookConfigFact, { mesh }: CheckView): string {
  const alive = mesh.controlPlanes.find(({ readyReplicas }) => readyReplicas > 0)?.revision;
  const { name, labels } = config.meta;
  if (name === 'istiod-default-validator' && alive !== undefined) {
    return labels['istio.io/tag'] === undefined
      ? `helm upgrade istio-base istio/base -n istio-system --reset-then-reuse-values --set defaultRevision=${alive} (or istioctl tag set default --revision ${alive} --overwrite)`
      : `istioctl tag set default --revision ${alive} --overwrite`;
  }
  return `Install revision ${revisionOf(config)} again with the tool that installed it, or, when nothing uses it any more: kubectl delete ${config.kind.toLowerCase()} ${name}`;
}

/** The configuration names a Service that is not there. */
export const serviceExists: Check = {
  id: 'ML-W001',
  title: 'every webhook of Istio calls a Service that exists',
  looksAt:
    'webhooks[].clientConfig.service of every Mutating- and ValidatingWebhookConfiguration of Istio, against the Services. Tags are ML-R001.',
  why: 'A webhook that outlives its revision is the most repeated failure of Istio upgrades: every write of Istio configuration, or every new pod, is refused.',
  remedy: 'Point the webhook to a revision that runs, or delete it when nothing uses its revision.',
  source: 'istio/istio issues 60596, 43227, 28880, 35590',
  severities: ['blocks', 'warns'],
  needs: ['mutatingWebhooks', 'validatingWebhooks', 'services'],
  pains: ['P01', 'P61', 'P64'],
  run: (view) =>
    liveConfigs(view)
      .filter((config) => !isTag(config))
      .flatMap((config) =>
        [...byService(config)].flatMap(([service, webhooks]): Finding[] => {
          const [namespace = '', name = ''] = service.split('/');
          if (view.look.servicesIn(namespace).some(({ meta }) => meta.name === name)) return [];
          return [
            {
              ...{ severity: severityOf(webhooks), object: objectOf(config), field, value: name },
              message: `It calls Service ${service}, which does not exist.`,
              why: effectOf(config.kind, webhooks),
              remedy: repoint(config, view),
            },
          ];
        }),
      ),
};

/** The Service is there and nobody answers. */
export const serviceAnswers: Check = {
  id: 'ML-W002',
  title: 'behind every webhook of Istio there is a ready pod',
  looksAt: 'The EndpointSlices of the Services that the webhooks of Istio call.',
  why: 'Between the end of one istiod and the readiness of the next, pods are refused or start without a sidecar; `helm upgrade` itself fails on the validator.',
  remedy: 'Bring the control plane up before anything else is done.',
  source: 'istio/istio issues 40134, 44157, 30139',
  severities: ['blocks', 'warns'],
  needs: ['mutatingWebhooks', 'validatingWebhooks', 'services', 'endpointSlices'],
  pains: ['P18'],
  run: (view) => {
    const find = targetFinder(view.facts);
    return liveConfigs(view).flatMap((config) =>
      [...byService(config)].flatMap(([service, webhooks]): Finding[] => {
        const [namespace = '', name = ''] = service.split('/');
        const target = find(namespace, name);
        if (target.exists !== true || target.ready !== false) return [];
        return [
          {
            ...{ severity: severityOf(webhooks), object: objectOf(config), field, value: name },
            message: `Service ${service} has no ready endpoint.`,
            why: effectOf(config.kind, webhooks),
            remedy: `kubectl -n ${namespace} get pods -l istio.io/rev=${revisionOf(config)}; bring one up before the upgrade`,
          },
        ];
      }),
    );
  },
};

/** The label says one revision, the pods are of another. */
export const serviceIsOfRevision: Check = {
  id: 'ML-W003',
  title: 'behind every webhook is the revision that its label names',
  looksAt: 'Label istio.io/rev of the configuration, against the same label of the pods behind its Service.',
  why: 'Tools, people and istioctl go by the label: they take a revision for unused while its webhooks still serve, or move the wrong one.',
  remedy: 'Set tag or label again with the tool that owns the configuration.',
  source: 'istio/istio issues 43932, 38855',
  severities: ['warns'],
  needs: ['mutatingWebhooks', 'validatingWebhooks', 'services', 'endpointSlices', 'pods'],
  pains: ['P17'],
  run: (view) => {
    const find = targetFinder(view.facts);
    return liveConfigs(view).flatMap((config) =>
      [...byService(config).keys()].flatMap((service): Finding[] => {
        const [namespace = '', name = ''] = service.split('/');
        const { revisions } = find(namespace, name);
        const labelled = config.meta.labels['istio.io/rev'];
        if (labelled === undefined || revisions.length === 0 || revisions.every((one) => one === labelled)) return [];
        return [
          {
            ...{ severity: 'warns', object: objectOf(config), field: 'metadata.labels[istio.io/rev]', value: labelled },
            message: `It is labelled ${labelled}, but behind Service ${service} runs ${revisions.join(' and ')}.`,
            why: 'Whoever goes by the label removes or moves the wrong revision.',
            remedy: `kubectl get ${config.kind.toLowerCase()} ${config.meta.name} -o yaml; then set it again with its owner, for a tag: istioctl tag set ${config.meta.labels['istio.io/tag'] ?? 'NAME'} --revision ${labelled} --overwrite`,
          },
        ];
      }),
    );
  },
};
