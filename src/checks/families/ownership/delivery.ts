/** Argo CD and Flux: what they hold of Istio, and what they would undo. */
import { groupBy } from '../../../mesh/group.ts';
import type { DeliveryFact } from '../../../mesh/facts.ts';
import type { Owner } from '../../../mesh/model-basics.ts';
import type { Check, CheckView, Finding, FoundObject, Unseen } from '../../check.ts';
import { parts, words } from './parts.ts';

/** What one Application, HelmRelease or Kustomization holds; `delivery` is undefined when it is not in this cluster. */
interface Holding {
  readonly owner: Owner;
  readonly delivery: DeliveryFact | undefined;
  readonly held: readonly FoundObject[];
}

function holdings(view: CheckView): readonly Holding[] {
  const tracked = parts(view).filter(({ owner }) => owner.kind === 'argocd' || owner.kind === 'flux');
  const groups = groupBy(tracked, ({ owner }) => `${kindOf(owner)} ${owner.name}`);
  return [...groups.values()].flatMap((group): Holding[] => {
    const owner = group[0]?.owner;
    if (owner === undefined) return [];
    return [{ owner, delivery: deliveryOf(view, owner), held: group.map(({ object }) => object) }];
  });
}

function kindOf({ kind, evidence }: Owner): string {
  if (kind === 'argocd') return 'Application';
  return evidence.startsWith('label helm.toolkit') ? 'HelmRelease' : 'Kustomization';
}

// Flux writes namespace and name; Argo CD the name, or namespace_name for Applications of other namespaces.
function deliveryOf({ facts }: CheckView, owner: Owner): DeliveryFact | undefined {
  return facts.deliveries.items.find(({ kind, meta: { namespace, name } }) => {
    if (kind !== kindOf(owner)) return false;
    return [name, `${namespace}/${name}`, `${namespace}_${name}`].includes(owner.name);
  });
}

function objectOf({ owner, delivery }: Holding): FoundObject {
  if (delivery !== undefined) {
    return { kind: delivery.kind, namespace: delivery.meta.namespace, name: delivery.meta.name };
  }
  const [first = '', second] = owner.name.split('/');
  return { kind: kindOf(owner), namespace: second === undefined ? '' : first, name: second ?? first };
}

function missing(holding: Holding): Unseen {
  const unseen = `It holds ${words(holding.held)} but is not in this cluster, so whether it reverts changes is not known.`;
  return { object: objectOf(holding), unseen };
}

function pause({ kind, meta: { namespace, name } }: DeliveryFact): string {
  if (kind === 'Application') {
    return `kubectl -n ${namespace} patch applications.argoproj.io ${name} --type merge -p '{"spec":{"syncPolicy":{"automated":null}}}'`;
  }
  return `flux suspend ${kind.toLowerCase()} ${name} -n ${namespace}`;
}

/** It puts back what the upgrade writes. */
export const gitIsAsked: Check = {
  id: 'ML-O002',
  title: 'no GitOps tool reverts what the upgrade writes',
  looksAt:
    'Labels and annotations of Argo CD and Flux on control planes, webhooks, tags, gateways and labelled namespaces; syncPolicy.automated and selfHeal, spec.suspend and driftDetection of what they name.',
  why: 'Self-healing puts labels, tags and webhooks back seconds after they were moved: pods restart onto the old revision, and an old control plane that was removed comes back. Without it the next commit does the same.',
  remedy: 'Suspend it for the upgrade, make the same change in Git, and resume it with an empty diff.',
  source: 'istio/istio issue 52785; argoproj/argo-cd issues 25447, 1487; fluxcd/flux2 issue 1878',
  severities: ['warns', 'informs'],
  needs: ['deliveries', 'deployments', 'mutatingWebhooks', 'namespaces'],
  pains: ['P28'],
  run: (view) =>
    holdings(view).flatMap((holding): (Finding | Unseen)[] => {
      const { delivery, held } = holding;
      if (delivery === undefined) return [missing(holding)];
      if (delivery.suspended || !delivery.automated) return [];
      const heals = delivery.selfHeal;
      return [
        {
          ...{ severity: heals ? 'warns' : 'informs', object: objectOf(holding) },
          field: delivery.kind === 'Application' ? 'spec.syncPolicy.automated.selfHeal' : 'spec.suspend',
          value: delivery.kind === 'Application' ? String(heals) : 'false',
          message: `It holds ${words(held)}${heals ? ' and reverts what others change' : ' and writes them at the next change in Git'}.`,
          why: heals
            ? 'What the upgrade writes to them is put back at once, and pods restart onto the old revision.'
            : 'The next commit puts back what the upgrade wrote.',
          remedy: `${pause(delivery)} for the upgrade; make the same changes in Git, and resume it when its diff is empty`,
        },
      ];
    }),
};

/** It fights with istiod for fields that istiod writes. */
export const runtimeFieldsAreIgnored: Check = {
  id: 'ML-O009',
  title: 'GitOps tools leave alone what istiod writes into webhooks',
  looksAt:
    'ignoreDifferences and driftDetection.ignore of the Applications and HelmReleases that hold webhook configurations.',
  why: 'istiod writes caBundle and failurePolicy at run time. A tool that puts them back empties the bundle, so the API server trusts no istiod, or sets Ignore, so broken configuration enters: for ever, and worst while istiod restarts.',
  remedy:
    'Ignore /webhooks/*/clientConfig/caBundle and /webhooks/*/failurePolicy of both kinds of webhook configurations, with RespectIgnoreDifferences=true.',
  source: 'istio/istio issue 52785; argoproj/argo-cd issue 25447',
  severities: ['warns'],
  needs: ['deliveries', 'mutatingWebhooks', 'validatingWebhooks'],
  pains: ['P28'],
  run: (view) =>
    holdings(view).flatMap((holding): Finding[] => {
      const { delivery, held } = holding;
      const webhooks = held.filter(({ kind }) => kind.endsWith('WebhookConfiguration'));
      if (delivery === undefined || webhooks.length === 0) return [];
      if (delivery.suspended || !delivery.selfHeal || delivery.ignoresWebhookFields) return [];
      const argo = delivery.kind === 'Application';
      return [
        {
          ...{ severity: 'warns', object: objectOf(holding) },
          ...{ field: argo ? 'spec.ignoreDifferences' : 'spec.driftDetection.ignore', value: '' },
          message: `It holds ${words(webhooks)} and reverts caBundle and failurePolicy, which istiod writes.`,
          why: 'It and istiod overwrite each other; between two writes injection or validation fails.',
          remedy: argo
            ? `In Application ${delivery.meta.name}: ignoreDifferences for MutatingWebhookConfiguration and ValidatingWebhookConfiguration with jqPathExpressions ['.webhooks[]?.clientConfig.caBundle', '.webhooks[]?.failurePolicy'], and syncOptions: [RespectIgnoreDifferences=true]`
            : `In ${delivery.kind} ${delivery.meta.name}: driftDetection.ignore with paths ['/webhooks'] for both kinds of webhook configurations; or ${pause(delivery)} for the upgrade`,
        },
      ];
    }),
};
