/** Field managers and marks of several tools on one object: who would refuse whose write. */
import { isIstioConfig } from '../../../mesh/istio-config.ts';
import { pairsBetween } from '../../../knowledge/pairs.ts';
import type { WebhookConfigFact } from '../../../mesh/facts.ts';
import type { Check, CheckView, Finding } from '../../check.ts';
import { parts } from './parts.ts';

function configs({ facts }: CheckView): readonly WebhookConfigFact[] {
  return [...facts.mutatingWebhooks.items, ...facts.validatingWebhooks.items].filter(isIstioConfig);
}

const istiod = 'pilot-discovery';
const byIstioctl = 'istio-operator';
/** They take over fields of others without asking. */
const forcing = ['argocd-controller', 'kustomize-controller', byIstioctl];

/** helm upgrade would stop at what istiod wrote. */
export const applyHasNoConflict: Check = {
  id: 'ML-O003',
  title: 'server-side apply of the target’s charts does not conflict with istiod',
  looksAt:
    'metadata.managedFields of the validators that the upgrade applies again: istiod as manager of failurePolicy beside a tool that applies on the server, for targets whose charts render it at every upgrade.',
  why: 'helm upgrade of base or istiod stops: Apply failed with 1 conflict with "pilot-discovery": .webhooks[].failurePolicy. The release is failed and Flux tries again for ever; a tool that forces sets Ignore and opens validation.',
  remedy: 'A target with the fix (1.28.6, 1.29.2 or later), or base.validationFailurePolicy=Fail.',
  source:
    'istio/istio issues 59367, 59459, 59488; validatingwebhookconfiguration.yaml of both charts at the tags 1.28.5 to 1.29.2',
  severities: ['blocks', 'warns'],
  needs: ['validatingWebhooks', 'target'],
  pains: ['P08'],
  run: (view) => {
    const { target, knowledge } = view;
    if (target === null || target.from === null) return [];
    const pairs = pairsBetween(target.from, target.version, knowledge);
    if (!pairs.some(({ id }) => id === 'server-side-apply-conflict')) return [];
    // By revision only the release of base is upgraded over something; the validator of a revision is its own.
    const applied = view.facts.validatingWebhooks.items.filter(
      ({ meta }) =>
        meta.name === 'istiod-default-validator' ||
        (target.strategy === 'in-place' && meta.name.startsWith('istio-validator')),
    );
    return applied.flatMap(({ kind, meta, managers }): Finding[] => {
      const own = managers.find(({ manager, fields }) => manager === istiod && fields.includes('failurePolicy'));
      const applier = managers.find(({ manager, operation }) => operation === 'Apply' && manager !== byIstioctl);
      if (own === undefined || applier === undefined) return [];
      const forced = forcing.includes(applier.manager);
      return [
        {
          ...{ severity: forced ? 'warns' : 'blocks', object: { kind, namespace: '', name: meta.name } },
          ...{ field: 'webhooks[].failurePolicy', value: istiod },
          message: `Both istiod and ${applier.manager} (server-side apply) write failurePolicy, and the charts of ${target.version} set it.`,
          why: forced
            ? `The value of istiod is overwritten by ${applier.manager} at every sync, with Ignore, and validation is open until istiod sets it back.`
            : 'The upgrade stops with a conflict, and the release is left failed.',
          remedy: `Take 1.28.6, 1.29.2 or later as the target, or: helm upgrade … --set base.validationFailurePolicy=Fail --force-conflicts, after kubectl apply --server-side --dry-run=server --field-manager=${applier.manager} shows no other conflict`,
        },
      ];
    });
  },
};

const enforcer = 'admissionsenforcer';

/** AKS rewrites selectors of webhooks. */
export const providerLeavesSelectors: Check = {
  id: 'ML-O004',
  title: 'no admission controller of the provider rewrites the selectors of Istio’s webhooks',
  looksAt: `Manager ${enforcer} of namespaceSelector in metadata.managedFields, and annotation admissions.enforcer/disabled.`,
  why: 'AKS adds terms to the namespaceSelector of every webhook. With server-side apply helm upgrade stops at the conflict; with others each undoes the other.',
  remedy: 'Annotate the webhooks (chart value sidecarInjectorWebhookAnnotations).',
  source: 'istio/istio issue 60497; Azure/AKS issue 4002',
  severities: ['warns'],
  needs: ['mutatingWebhooks', 'validatingWebhooks'],
  pains: ['P29'],
  run: (view) =>
    configs(view)
      .filter(
        ({ meta, managers }) =>
          meta.annotations['admissions.enforcer/disabled'] !== 'true' &&
          managers.some(({ manager, fields }) => manager === enforcer && fields.includes('namespaceSelector')),
      )
      .map(({ kind, meta }): Finding => ({
        ...{ severity: 'warns', object: { kind, namespace: '', name: meta.name } },
        ...{ field: 'webhooks[].namespaceSelector', value: enforcer },
        message: `Manager ${enforcer} of AKS has written its namespaceSelector.`,
        why: 'An installation by server-side apply (Helm 4, Flux) stops at a conflict with it.',
        remedy: `kubectl annotate ${kind.toLowerCase()} ${meta.name} admissions.enforcer/disabled=true, and the same in the values: sidecarInjectorWebhookAnnotations: {admissions.enforcer/disabled: "true"}`,
      })),
};

/** Fields that istioctl still owns in objects of Helm. */
export const formerManagerIsGone: Check = {
  id: 'ML-O005',
  title: 'nothing that Helm holds still has fields of istioctl',
  looksAt: `Manager ${byIstioctl} in metadata.managedFields of Deployments of control planes and of CRDs that have a Helm release.`,
  why: 'Objects that were moved from istioctl to Helm keep the fields of their first manager. --take-ownership does not force them: server-side apply (Helm 4, Flux) stops with dozens of conflicts.',
  remedy: 'Finish the migration at the version that runs, as a change of its own, with --force-conflicts once.',
  source: 'istio/istio issues 59630, 56294',
  severities: ['warns'],
  needs: ['deployments', 'crds'],
  pains: ['P10'],
  run: (view) => {
    const planes = view.mesh.controlPlanes.flatMap((plane): Finding[] => {
      const fact = view.look.deploymentOf(plane);
      if (plane.owner.kind !== 'helm' || !fact?.managers.includes(byIstioctl)) return [];
      return [former('Deployment', plane.namespace, plane.deployment, plane.owner.name)];
    });
    const crds = view.facts.crds.items.filter(
      ({ meta, managers }) =>
        managers.includes(byIstioctl) && meta.annotations['meta.helm.sh/release-name'] !== undefined,
    );
    const [first] = crds;
    if (first === undefined) return planes;
    const release = first.meta.annotations['meta.helm.sh/release-name'] ?? '';
    return [...planes, former('CustomResourceDefinition', '', first.meta.name, release, crds.length)];
  },
};

function former(kind: string, namespace: string, name: string, release: string, count = 1): Finding {
  const chart = kind === 'Deployment' ? 'istiod' : 'base';
  return {
    ...{ severity: 'warns', object: { kind, namespace, name }, field: 'metadata.managedFields', value: byIstioctl },
    message: `${count === 1 ? 'It has' : `It and ${String(count - 1)} more have`} fields of ${byIstioctl}, but Helm release ${release} holds ${count === 1 ? 'it' : 'them'}.`,
    why: 'An upgrade by server-side apply (Helm 4, Flux) stops with conflicts; Helm 3 overwrites them in silence.',
    remedy: `At the version that runs: helm upgrade ${release.split('/').at(-1) ?? release} istio/${chart} --take-ownership --server-side=true --force-conflicts (Helm 4), with the values that are in use`,
  };
}

/** Two tools hold one object. */
export const partsHaveOneOwner: Check = {
  id: 'ML-O001',
  title: 'no webhook, component or gateway of Istio carries the marks of two tools',
  looksAt:
    'Helm annotations and labels of istioctl on webhook configurations, istio-cni, ztunnel, gateways and labelled namespaces. Control planes have a check of their own.',
  why: 'Each tool takes the object for its own: one deletes or resets what the other wrote. Half-finished migrations from istioctl to Helm leave such objects.',
  remedy: 'Decide for one tool at the version that runs, and take the marks of the other away.',
  source: 'istio/istio issues 59630, 41675',
  severities: ['warns'],
  needs: ['deployments', 'mutatingWebhooks', 'validatingWebhooks', 'helmReleases'],
  pains: ['P10'],
  run: (view) => {
    const planes = new Set(view.mesh.controlPlanes.map(({ namespace, deployment }) => `${namespace}/${deployment}`));
    return parts(view)
      .filter(({ owner, object }) => owner.kind === 'mixed' && !planes.has(`${object.namespace}/${object.name}`))
      .map(({ object, owner }): Finding => {
        const place = object.namespace === '' ? '' : `-n ${object.namespace} `;
        const resource = object.kind === 'Gateway' ? 'gateways.gateway.networking.k8s.io' : object.kind.toLowerCase();
        return {
          ...{ severity: 'warns', object, field: 'metadata', value: owner.name },
          message: `It has the marks of two tools: ${owner.evidence}.`,
          why: 'Neither can upgrade it safely: the other puts it back, or removes it.',
          remedy: `When Helm holds it: kubectl ${place}label ${resource} ${object.name} operator.istio.io/managed- operator.istio.io/version-; when istioctl does: kubectl ${place}annotate ${resource} ${object.name} meta.helm.sh/release-name- meta.helm.sh/release-namespace-`,
        };
      });
  },
};
