/** Namespaces and policies that refuse what the upgrade makes: pod security, deletion, network policies. */
import type { Component } from '../../../mesh/component-model.ts';
import type { ControlPlane } from '../../../mesh/control-plane-model.ts';
import type { Labels, NetworkPolicyFact } from '../../../mesh/facts.ts';
import { revisionKey } from '../../../mesh/keys.ts';
import { matches } from '../../../mesh/selectors.ts';
import { plural } from '../../../report/words.ts';
import type { Check, CheckView, Finding, FoundObject, Unseen } from '../../check.ts';
import { listed } from '../data-plane/words.ts';

const enforceKey = 'pod-security.kubernetes.io/enforce';

function namespaceObject(name: string): FoundObject {
  return { kind: 'Namespace', namespace: '', name };
}

/** Level that the API server enforces; '' for privileged, which refuses nothing. */
function levelOf({ look }: CheckView, namespace: string): string {
  const level = look.namespace(namespace)?.meta.labels[enforceKey] ?? '';
  return level === 'privileged' ? '' : level;
}

/** Pod security against istio-init, istio-cni and ztunnel. */
export const podSecurityAdmits: Check = {
  id: 'ML-C010',
  title: 'pod security admits istio-init, istio-cni and ztunnel where they run',
  looksAt: `Label ${enforceKey} of namespaces with sidecars (istio-init needs NET_ADMIN unless istio-cni is there) and of those of istio-cni and ztunnel.`,
  why: 'The level is enforced on new pods only: what runs goes on, and every pod that the upgrade restarts is refused.',
  remedy: 'Install istio-cni, which makes istio-init needless, or enforce a lower level.',
  source: 'istio.io docs/setup/additional-setup/pod-security-admission; kubernetes.io pod-security-standards',
  severities: ['blocks'],
  needs: ['namespaces'],
  pains: [],
  run: (view) => [...refusedSidecars(view), ...refusedDaemonSets(view)],
};

function refusedSidecars(view: CheckView): (Finding | Unseen)[] {
  const { mesh, facts } = view;
  const injected = mesh.workloads.filter(
    ({ role, injection }) => role === 'sidecar' && injection.outcome === 'injected',
  );
  const namespaces = [...new Set(injected.map(({ namespace }) => namespace))];
  if (mesh.components.cni !== null) return [];
  return namespaces.flatMap((name): (Finding | Unseen)[] => {
    const level = levelOf(view, name);
    if (level === '') return [];
    const object = namespaceObject(name);
    if (facts.daemonSets.unread !== null) {
      return [{ object, unseen: `It enforces ${level}, and whether istio-cni is installed was not read.` }];
    }
    return [
      {
        ...{ severity: 'blocks', object, field: `metadata.labels[${enforceKey}]`, value: level },
        message: `It enforces level ${level}, which refuses istio-init (NET_ADMIN), and istio-cni is not installed.`,
        why: 'Every pod with a sidecar that is restarted is refused.',
        remedy: `Install istio-cni and set pilot.cni.enabled=true, or: kubectl label namespace ${name} ${enforceKey}=privileged --overwrite`,
      },
    ];
  });
}

function refusedDaemonSets(view: CheckView): Finding[] {
  const { cni, ztunnel } = view.mesh.components;
  return [cni, ztunnel]
    .filter((one): one is Component => one !== null && levelOf(view, one.namespace) !== '')
    .map(({ namespace, name }): Finding => ({
      ...{ severity: 'blocks', object: { kind: 'DaemonSet', namespace, name } },
      ...{ field: `metadata.labels[${enforceKey}]`, value: levelOf(view, namespace) },
      message: `Namespace ${namespace} enforces level ${levelOf(view, namespace)}, which refuses its pods: they need host paths and capabilities.`,
      why: 'A pod of it that is replaced is refused, and its node is left without.',
      remedy: `kubectl label namespace ${namespace} ${enforceKey}=privileged --overwrite`,
    }));
}

/** Namespaces that are being deleted. */
export const namespacesStay: Check = {
  id: 'ML-C011',
  title: 'no namespace of the mesh is being deleted',
  looksAt: 'metadata.deletionTimestamp of namespaces with control planes or proxies.',
  why: 'Nothing can be created in it: a control plane there cannot be upgraded, and its end takes webhooks away that others need.',
  remedy: 'Find out who deletes it, and let it end before the upgrade.',
  source: 'kubernetes.io docs/concepts/overview/working-with-objects/namespaces',
  severities: ['blocks', 'informs'],
  needs: ['namespaces', 'pods'],
  pains: [],
  run: ({ facts, mesh }) =>
    facts.namespaces.items
      .filter(({ terminating }) => terminating)
      .flatMap(({ meta: { name } }): Finding[] => {
        const planes = mesh.controlPlanes.filter(({ namespace }) => namespace === name);
        const proxies = mesh.proxies.filter(({ namespace, running }) => namespace === name && running).length;
        if (planes.length + proxies === 0) return [];
        const holds =
          planes.length > 0 ? `the control plane ${planes[0]?.deployment ?? ''}` : plural(proxies, 'proxy', 'proxies');
        return [
          {
            ...{ severity: planes.length > 0 ? 'blocks' : 'informs', object: namespaceObject(name) },
            ...{ field: 'metadata.deletionTimestamp', value: '' },
            message: `It is being deleted and still holds ${holds}.`,
            why: 'Nothing can be created in it any more, so nothing in it is upgraded.',
            remedy: `kubectl get namespace ${name} -o jsonpath='{.status.conditions}' says what it waits for`,
          },
        ];
      }),
};

const webhookPort = '15017';
const xdsPort = '15012';

/** Whether policies let a port of a pod through, as far as ports are read. Null: a rule names its port. */
function admits(policies: readonly NetworkPolicyFact[], port: string): boolean | null {
  if (policies.length === 0) return true;
  if (policies.some(({ anyIngressPort, ingressPorts }) => anyIngressPort || ingressPorts.includes(port))) return true;
  return policies.some(({ ingressPorts }) => ingressPorts.some((one) => !/^\d+$/.test(one))) ? null : false;
}

// The chart makes one for each revision (global.networkPolicy.enabled), so a new revision brings its own.
function isOfChart({ meta }: NetworkPolicyFact): boolean {
  return meta.labels['operator.istio.io/component'] === 'Pilot' || meta.labels[revisionKey] !== undefined;
}

/** Network policies that know the old revision only. */
export const policiesAdmitNewPlane: Check = {
  id: 'ML-C012',
  title: 'network policies that admit traffic to the control plane admit it to a new revision too',
  looksAt:
    'podSelector and ingress ports of the NetworkPolicies in the namespace of the control plane, for its pods with another label istio.io/rev: ports 15012 and 15017.',
  why: 'A policy opened for the labels of the old revision leaves the new one shut: the API server cannot reach its webhook, and every pod that it should inject is refused.',
  remedy: 'Select istiod by app=istiod, without its revision.',
  source: 'istio/istio issues 13840, 30139, 41653',
  severities: ['blocks'],
  needs: ['networkPolicies', 'deployments', 'target'],
  pains: ['P63'],
  run: (view) => {
    const { target, mesh, look } = view;
    const plane = mesh.controlPlanes.find(({ revision }) => revision === target?.fromRevision);
    const fact = plane === undefined ? undefined : look.deploymentOf(plane);
    if (target?.strategy !== 'revision' || target.hops.length === 0 || plane === undefined || fact === undefined)
      return [];
    return shut(view, plane, fact.template.labels);
  },
};

function shut({ facts }: CheckView, plane: ControlPlane, labels: Labels): Finding[] {
  const policies = facts.networkPolicies.items.filter(
    ({ meta, types }) => meta.namespace === plane.namespace && types.includes('Ingress'),
  );
  const chosen = (own: Labels): readonly NetworkPolicyFact[] =>
    policies.filter(({ selector }) => matches(selector, own) === true);
  // A name that no selector can hold: no label value may begin with a dash.
  const [old, next] = [chosen(labels), chosen({ ...labels, [revisionKey]: '-new-' })];
  const lost = old.filter((policy) => !next.includes(policy));
  const ports = [webhookPort, xdsPort].filter((port) => admits(old, port) === true && admits(next, port) === false);
  if (ports.length === 0 || lost.some(isOfChart)) return [];
  const names = lost.map(({ meta }) => meta.name);
  return [
    {
      ...{ severity: 'blocks', object: { kind: 'NetworkPolicy', namespace: plane.namespace, name: names[0] ?? '' } },
      ...{ field: 'spec.podSelector', value: `${revisionKey}=${plane.revision}` },
      message: `Only the pods of revision ${plane.revision} may be reached on ${ports.join(' and ')}: by ${listed(names)}.`,
      why: 'The new control plane can be reached neither by the API server, whose webhook calls then fail, nor by proxies.',
      remedy: `kubectl -n ${plane.namespace} edit networkpolicy ${names[0] ?? ''}, and select app=istiod without ${revisionKey}`,
    },
  ];
}
