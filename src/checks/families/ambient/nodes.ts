/** Nodes and pods that the ambient mesh does not reach, and how istio-cni stands. */
import type { PodFact } from '../../../mesh/facts.ts';
import { statusKey } from '../../../mesh/keys.ts';
import { plural } from '../../../report/words.ts';
import type { Check, Finding } from '../../check.ts';
import { groupBy } from '../../../mesh/group.ts';
import { listed } from '../data-plane/words.ts';
import { excludedNamespaces } from '../values/detect-ambient.ts';
import { agents, daemonSet, namespaceObject } from './agents.ts';

function nodeFinding(part: 'ztunnel' | 'istio-cni', node: string, why: string): Finding {
  return {
    ...{ severity: 'blocks', object: { kind: 'Node', namespace: '', name: node }, field: '', value: '' },
    message: `It runs ambient pods, but no ready ${part}.`,
    why,
    remedy: `kubectl get pods -A -o wide --field-selector spec.nodeName=${node} -l ${part === 'ztunnel' ? 'app=ztunnel' : 'k8s-app=istio-cni-node'}; bring it up, or drain the node, before the upgrade`,
  };
}

/** No ztunnel. */
export const nodesHaveZtunnel: Check = {
  id: 'ML-A005',
  title: 'every node with ambient pods has a ready ztunnel',
  looksAt: 'Pods with annotation ambient.istio.io/redirection, by node, against ready pods of ztunnel.',
  why: 'The mesh fails closed: without ztunnel new connections, DNS and new pods of that node fail. A ztunnel that is not ready can also mean that istio-cni is missing.',
  remedy: 'Bring it up before anything else is touched.',
  source: 'architecture/ambient/ztunnel-cni-lifecycle.md in istio/istio',
  severities: ['blocks'],
  needs: ['pods'],
  pains: ['P27'],
  run: ({ mesh }) =>
    mesh.ambient.nodesWithoutZtunnel.map((node) =>
      nodeFinding(
        'ztunnel',
        node,
        'New connections and DNS of these pods fail now, and an upgrade would count that as its own harm.',
      ),
    ),
};

/** No istio-cni. */
export const nodesHaveCni: Check = {
  id: 'ML-A006',
  title: 'every node with ambient pods has a ready istio-cni',
  looksAt:
    'Pods with annotation ambient.istio.io/redirection, by node, against ready pods of istio-cni; the DaemonSet itself.',
  why: 'Without its agent a node starts no pods (the plugin waits for it), or, when the plugin was removed too, starts them outside the mesh without a word. It then also holds up its own replacement.',
  remedy: 'Bring istio-cni up, and create one pod on that node as a test.',
  source: 'istio/istio issues 57438, 57293, 60668; cni/pkg/nodeagent in istio/istio',
  severities: ['blocks'],
  needs: ['pods', 'daemonSets'],
  pains: ['P13'],
  run: (view) => {
    const { mesh } = view;
    if (mesh.components.cni === null && mesh.ambient.pods > 0) {
      return [
        {
          ...{ severity: 'blocks', object: { kind: 'DaemonSet', namespace: 'istio-system', name: 'istio-cni-node' } },
          ...{ field: '', value: '' },
          message: `It is not installed, but ${plural(mesh.ambient.pods, 'pod')} of the ambient mesh run.`,
          why: 'Pods that are restarted start outside the mesh, without annotation or warning, and kubelet’s probes of the others may fail.',
          remedy: 'helm install istio-cni istio/cni -n istio-system --set profile=ambient --version VERSION of istiod',
        },
      ];
    }
    return mesh.ambient.nodesWithoutCni.map((node) =>
      nodeFinding(
        'istio-cni',
        node,
        'New pods of this node do not start, so nothing that the upgrade restarts there comes back.',
      ),
    );
  },
};

/** A rollout that did not end. */
export const agentsAreSettled: Check = {
  id: 'ML-A007',
  title: 'istio-cni and ztunnel are ready on all their nodes and of one version',
  looksAt: 'status of both DaemonSets. Why a pod waits is ML-P002.',
  why: 'A rollout that hangs (a tag that does not exist, a full node) looks good in every number but updatedNumberScheduled: the old pods go on. An upgrade on top of it mixes three versions.',
  remedy: 'Finish or undo that rollout first.',
  source: 'istio/istio issue 54846; kubernetes.io docs/concepts/workloads/controllers/daemonset',
  severities: ['warns'],
  needs: ['daemonSets'],
  pains: ['P13', 'P35'],
  run: (view) =>
    agents(view).flatMap((agent): Finding[] => {
      const { component, fact } = agent;
      const { desired, ready, updated } = component;
      const behind = updated !== null && updated < desired;
      if (!behind && ready >= desired && fact.observed) return [];
      const states = behind
        ? `${String(updated)} of ${String(desired)} are of its newest template`
        : `${String(ready)} of ${String(desired)} are ready`;
      return [
        {
          ...{
            severity: 'warns',
            object: daemonSet(agent),
            field: 'status',
            value: `${String(ready)}/${String(desired)}`,
          },
          message: `Of its pods ${states}.`,
          why: 'What is seen of it now is no sound base for an upgrade, and a rollout on top of it would mix versions.',
          remedy: `kubectl -n ${component.namespace} rollout status daemonset ${component.name}; kubectl -n ${component.namespace} describe pods -l ${agent.part === 'ztunnel' ? 'app=ztunnel' : 'k8s-app=istio-cni-node'}`,
        },
      ];
    }),
};

/** Held without ztunnel. */
export const podsAreRedirected: Check = {
  id: 'ML-A009',
  title: 'no ambient pod waits for its redirection',
  looksAt: 'Annotation ambient.istio.io/redirection of running pods: pending.',
  why: 'The rules are in the pod, but no ztunnel took it: the pod has no traffic at all.',
  remedy: 'Bring ztunnel up on its node, then restart the pod if it stays pending.',
  source: 'cni/pkg/util/podutil.go in istio/istio',
  severities: ['warns'],
  needs: ['pods'],
  pains: ['P13', 'P27'],
  run: ({ mesh }) =>
    [...groupBy(mesh.ambient.pending, (name) => name.split('/')[0] ?? '')].map(([namespace, names]): Finding => ({
      ...{
        severity: 'warns',
        object: namespaceObject(namespace),
        field: 'metadata.annotations[ambient.istio.io/redirection]',
      },
      value: 'pending',
      message: `${plural(names.length, 'pod')} wait for ztunnel: ${listed(names)}.`,
      why: 'They have no traffic, in or out.',
      remedy: `kubectl -n istio-system get pods -l app=ztunnel -o wide; then kubectl -n ${namespace} delete pod ${names[0]?.split('/')[1] ?? ''}`,
    })),
};

function isMissed({ meta, phase, ready, hostNetwork, deleting }: PodFact): boolean {
  const { annotations, labels } = meta;
  if (phase !== 'Running' || !ready || hostNetwork || deleting) return false;
  if (labels['istio.io/dataplane-mode'] === 'none' || annotations[statusKey] !== undefined) return false;
  return annotations['ambient.istio.io/redirection'] === undefined;
}

/** Wanted in, but outside. */
export const enrolledPodsAreIn: Check = {
  id: 'ML-A010',
  title: 'every pod that is enrolled in ambient is in the mesh',
  looksAt:
    'Ready pods of namespaces labelled istio.io/dataplane-mode=ambient, without sidecar, without annotation ambient.istio.io/redirection.',
  why: 'After a gap of istio-cni, a reboot of a node or a failed change of it, pods run beside the mesh: no mTLS, no policy, and nothing says so.',
  remedy: 'Restart these pods when istio-cni and ztunnel are ready on their nodes.',
  source: 'istio/istio issues 56729, 58354, 61761',
  severities: ['warns'],
  needs: ['pods', 'namespaces'],
  pains: ['P27', 'P36'],
  run: (view) => {
    const excluded = excludedNamespaces(view) ?? [];
    return view.mesh.ambient.namespaces
      .filter((name) => !excluded.includes(name))
      .flatMap((namespace): Finding[] => {
        const names = view.look
          .podsIn(namespace)
          .filter(isMissed)
          .map(({ meta }) => meta.name);
        if (names.length === 0) return [];
        return [
          {
            ...{ severity: 'warns', object: namespaceObject(namespace) },
            ...{ field: 'metadata.labels[istio.io/dataplane-mode]', value: 'ambient' },
            message: `${plural(names.length, 'pod')} run outside of the mesh: ${listed(names)}.`,
            why: 'Their traffic has no mTLS and meets no policy; where STRICT holds, it is refused.',
            remedy: `kubectl -n ${namespace} delete pod ${names[0] ?? ''} (one after the other), with istio-cni and ztunnel ready on its node`,
          },
        ];
      });
  },
};
