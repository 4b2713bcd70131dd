/** Labels that beat each other, lead nowhere, or are where nobody reads them. */
import type { WorkloadFact } from '../../../mesh/facts.ts';
import { injectionKey, revisionKey } from '../../../mesh/keys.ts';
import type { Workload } from '../../../mesh/data-plane-model.ts';
import type { MeshNamespace } from '../../../mesh/mesh.ts';
import { plural } from '../../../report/words.ts';
import type { Check, CheckView, Finding, FoundObject } from '../../check.ts';
import { groupBy } from '../../../mesh/group.ts';
import { listed } from '../data-plane/words.ts';
import { injectKey } from './keys.ts';

/** The workload as the object of a finding. */
export function objectOf({ kind, ownerKind, namespace, name }: Workload): FoundObject {
  return { kind: kind === 'Other' ? ownerKind : kind, namespace, name };
}

function namespaceObject(name: string): FoundObject {
  return { kind: 'Namespace', namespace: '', name };
}

/** Proxies that run in a namespace, without ztunnel, gateways that istiod makes, and the like. */
function sidecarsIn({ mesh }: CheckView, namespace: string): number {
  return mesh.workloads
    .filter((workload) => workload.namespace === namespace && workload.role === 'sidecar')
    .reduce((sum, { proxies }) => sum + proxies, 0);
}

/** Both labels. */
export const oneLabelDecides: Check = {
  id: 'ML-I001',
  title: `no namespace has both ${injectionKey} and ${revisionKey}`,
  looksAt: `Labels ${injectionKey} and ${revisionKey} of all namespaces.`,
  why: `${injectionKey} beats ${revisionKey}: a namespace that is moved to the new revision by its label comes back with the old proxy, or with none.`,
  remedy: `Take ${injectionKey} away in the same change that sets ${revisionKey}.`,
  source: 'istio.io docs/setup/upgrade/canary; istio/istio issues 28969, 39604; istio/istio.io issue 14597',
  severities: ['warns'],
  needs: ['namespaces'],
  pains: ['P07'],
  run: ({ facts, mesh }) =>
    facts.namespaces.items.flatMap(({ meta: { name, labels } }): Finding[] => {
      const [injection, revision] = [labels[injectionKey], labels[revisionKey]];
      if (injection === undefined || revision === undefined) return [];
      const asksDefault = injection === 'enabled';
      const nobody = asksDefault
        ? 'the default revision is asked, and none injects: pods start without a proxy'
        : 'nothing is injected';
      const winner = asksDefault && mesh.defaultRevision.injects ? 'the default revision injects' : nobody;
      return [
        {
          ...{ severity: 'warns', object: namespaceObject(name), field: `metadata.labels[${injectionKey}]` },
          value: injection,
          message: `It has ${injectionKey}=${injection} and ${revisionKey}=${revision}; the first wins, so ${winner}.`,
          why: `Changing ${revisionKey} changes nothing: its pods come back with the proxy that they had.`,
          remedy: `When ${revision} is meant: kubectl label namespace ${name} ${injectionKey}-; else: kubectl label namespace ${name} ${revisionKey}-`,
        },
      ];
    }),
};

/** A revision that nobody serves. */
export const revisionLabelIsServed: Check = {
  id: 'ML-I002',
  title: `every ${revisionKey} of a namespace or a pod names a revision or tag that injects`,
  looksAt: `Label ${revisionKey} of namespaces and pod templates, against the selectors of all injectors.`,
  why: 'A label that nothing serves is no error anywhere: pods start without a sidecar, and where STRICT mTLS holds their traffic fails.',
  remedy: 'Set the label to a revision or tag that exists, or make the tag.',
  source: 'istio/istio issues 48316, 37088; manifests of the istiod chart (mutatingwebhook.yaml)',
  severities: ['blocks', 'warns'],
  needs: ['namespaces', 'mutatingWebhooks'],
  pains: ['P07', 'P21'],
  run: (view) => {
    const ghosts = view.mesh.namespaces.filter(({ injection }) => injection.code === 'revision-not-served');
    const names = new Set(ghosts.map(({ name }) => name));
    const own = view.mesh.workloads.filter(
      ({ injection, namespace }) => injection.code === 'revision-not-served' && !names.has(namespace),
    );
    return [...ghosts.map((one) => ghostNamespace(view, one)), ...own.map((one) => ghostWorkload(view, one))];
  },
};

/** A tag, else a revision, that runs. */
function goal({ mesh }: CheckView): string {
  const alive = mesh.controlPlanes.filter(({ readyReplicas }) => readyReplicas > 0).map(({ revision }) => revision);
  return mesh.tags.find(({ revision }) => alive.includes(revision))?.name ?? alive[0] ?? 'REVISION';
}

function ghostNamespace(view: CheckView, { name, labels }: MeshNamespace): Finding {
  const count = sidecarsIn(view, name);
  const value = labels[revisionKey] ?? '';
  return {
    ...{ severity: count > 0 ? 'blocks' : 'warns', object: namespaceObject(name) },
    ...{ field: `metadata.labels[${revisionKey}]`, value },
    message: `Its label names ${value}, and no revision or tag of that name injects.`,
    why:
      count > 0
        ? `${plural(count, 'pod')} with a sidecar would come back without one, and nothing says so.`
        : 'New pods start without a sidecar, and nothing says so.',
    remedy: `kubectl label namespace ${name} ${revisionKey}=${goal(view)} --overwrite, or: istioctl tag set ${value} --revision REVISION`,
  };
}

function ghostWorkload(view: CheckView, workload: Workload): Finding {
  const { proxies, namespace, name, kind, injection } = workload;
  return {
    ...{ severity: proxies > 0 ? 'blocks' : 'warns', object: objectOf(workload) },
    ...{ field: `spec.template.metadata.labels[${revisionKey}]`, value: '' },
    message: injection.reason,
    why: 'Its next pods start without a sidecar, and nothing says so.',
    remedy: `kubectl -n ${namespace} patch ${kind.toLowerCase()} ${name} --type merge -p '{"spec":{"template":{"metadata":{"labels":{"${revisionKey}":"${goal(view)}"}}}}}'`,
  };
}

function revisionOfLabel({ mesh }: CheckView, value: string): string {
  return mesh.tags.find(({ name }) => name === value)?.revision ?? value;
}

/** A pod label that has no effect. */
export const podLabelHasEffect: Check = {
  id: 'ML-I003',
  title: `no ${revisionKey} of a pod template is beaten by its namespace`,
  looksAt: `Label ${revisionKey} of pod templates, against the revision that would inject their pods.`,
  why: 'The namespace wins over the pod: a workload that is moved to the new revision by its own label restarts and comes back with the old proxy.',
  remedy: 'Move the namespace, or take its label away and label all its workloads.',
  source: 'istio/istio issues 48316, 37088, 42284',
  severities: ['warns'],
  needs: ['namespaces', 'mutatingWebhooks', 'deployments'],
  pains: ['P07'],
  run: (view) =>
    view.look.workloadFacts.flatMap((fact): Finding[] => {
      const value = fact.template.labels[revisionKey];
      const workload = value === undefined ? undefined : view.look.meshWorkload(fact);
      if (value === undefined || workload === undefined || workload.injection.outcome !== 'injected') return [];
      // Gateways that istiod renders carry the label as a fact, and nobody injects them.
      const { revision } = workload.injection;
      if (revision === null || revisionOfLabel(view, value) === revision) return [];
      const { namespace } = fact.meta;
      return [
        {
          ...{ severity: 'warns', object: objectOf(workload) },
          ...{ field: `spec.template.metadata.labels[${revisionKey}]`, value },
          message: `Its pods ask for ${value}, but its namespace decides: ${workload.injection.reason}`,
          why: `A restart gives them revision ${revision}, whatever their own label says.`,
          remedy: `kubectl label namespace ${namespace} ${revisionKey}=${value} ${injectionKey}- --overwrite, or take the label out of the template`,
        },
      ];
    }),
};

// Told of elsewhere: ghosts by ML-I002, dead webhooks by ML-W001 and W002, two injectors by ML-W004.
const elsewhere: ReadonlySet<string> = new Set(['revision-not-served', 'webhook-dead', 'overlap']);

/** Sidecars that a restart would take away. */
export const restartKeepsSidecar: Check = {
  id: 'ML-I004',
  title: 'every workload with a sidecar gets one again when it is restarted',
  looksAt:
    'Labels of namespaces and pod templates, annotations, hostNetwork and the settings of the injector, for every workload with a running sidecar.',
  why: 'The labels were changed after its pods started: they run with a sidecar, and the restart of the upgrade brings them back without one. STRICT mTLS then refuses them, and policies no longer hold.',
  remedy: 'Set the labels back, or take the workload out of the mesh on purpose and before the upgrade.',
  source: 'istio/istio issues 28969, 48316; pkg/kube/inject in istio/istio',
  severities: ['blocks'],
  needs: ['pods', 'namespaces', 'mutatingWebhooks'],
  pains: ['P07', 'P18'],
  run: (view) => {
    const lost = view.mesh.workloads.filter(
      ({ role, pending, injection }) =>
        role === 'sidecar' && pending !== null && pending.revision === null && !elsewhere.has(injection.code),
    );
    return [...groupBy(lost, ({ namespace, injection }) => `${namespace} ${injection.code}`).values()].map(lostIn);
  },
};

function lostIn(workloads: readonly Workload[]): Finding {
  const [first] = workloads;
  const names = workloads.map(({ name }) => name);
  const namespace = first?.namespace ?? '';
  const reason = first?.injection.reason ?? '';
  const alone = first !== undefined && workloads.length === 1;
  return {
    ...{ severity: 'blocks', object: alone ? objectOf(first) : namespaceObject(namespace) },
    ...{ field: 'metadata.labels', value: first?.injection.code ?? '' },
    message: `A restart takes the sidecar away from ${listed(names)}. ${reason}`,
    why: 'Its pods come back without a proxy: where STRICT mTLS holds their traffic fails, and policies no longer hold for them.',
    remedy: `Mend the label that the message names on namespace ${namespace} or in the pod template, and prove it: kubectl -n ${namespace} run probe --image=pause --dry-run=server -o jsonpath='{.spec.initContainers[*].name}'`,
  };
}

/** Pods that ask in vain. */
export const askingIsHeard: Check = {
  id: 'ML-I005',
  title: 'every pod template that asks for a sidecar gets one',
  looksAt: `Label and annotation ${injectKey}=true of pod templates whose pods would not be injected.`,
  why: `Somebody wanted a sidecar and has none: ${injectionKey}=disabled on the namespace beats the pod, and the annotation alone calls no webhook, only the label does.`,
  remedy: `Write it as a label, and take ${injectionKey}=disabled away from the namespace.`,
  source: 'pkg/kube/inject and mutatingwebhook.yaml in istio/istio; istio/istio issue 42284',
  severities: ['warns'],
  needs: ['namespaces', 'mutatingWebhooks', 'deployments'],
  pains: ['P07'],
  run: (view) =>
    view.look.workloadFacts.flatMap((fact): Finding[] => {
      const workload = view.look.meshWorkload(fact);
      const asked = askedBy(fact);
      // Pods that have a proxy are told of by ML-I004; gateways by ML-I009.
      if (asked === null || workload === undefined || workload.proxies > 0 || fact.template.proxy !== null) return [];
      if (workload.injection.outcome !== 'none' || elsewhere.has(workload.injection.code)) return [];
      const { namespace, name } = fact.meta;
      const label = `kubectl -n ${namespace} patch ${fact.kind.toLowerCase()} ${name} --type merge -p '{"spec":{"template":{"metadata":{"labels":{"${injectKey}":"true"}}}}}'`;
      return [
        {
          ...{ severity: 'warns', object: objectOf(workload), field: `spec.template.metadata.${asked}[${injectKey}]` },
          value: 'true',
          message:
            asked === 'annotations'
              ? `It asks for a sidecar by annotation, which calls no webhook. ${workload.injection.reason}`
              : `It asks for a sidecar in vain. ${workload.injection.reason}`,
          why: 'It runs outside of the mesh although somebody wanted it inside.',
          remedy: asked === 'annotations' ? label : `kubectl label namespace ${namespace} ${injectionKey}-`,
        },
      ];
    }),
};

function askedBy({ template: { labels, annotations } }: WorkloadFact): 'labels' | 'annotations' | null {
  if (labels[injectKey] === 'true') return 'labels';
  return labels[injectKey] === undefined && annotations[injectKey] === 'true' ? 'annotations' : null;
}
