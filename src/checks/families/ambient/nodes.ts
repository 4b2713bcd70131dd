/** Nodes and pods that the ambient mesh does not reach, and how istio-cni stands. */
import { isAmbient } from '../../../mesh/ambient.ts';
import type { PodFact } from '../../../mesh/facts.ts';
import { statusKey } from '../../../mesh/keys.ts';
import { plural } from '../../../report/words.ts';
import type { Check, CheckView, Finding, Unseen } from '../../check.ts';
import { groupBy } from '../../group.ts';
import { listed } from '../data-plane/words.ts';
import { excludedNamespaces } from '../values/detect-ambient.ts';
import {
  agents,
  cniOf,
  cniSettings,
  daemonSet,
  isAmbientMesh,
  namespaceObject,
  waitingReasons,
  ztunnelOf,
} from './agents.ts';

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
          message: `istio-cni is not installed, but ${plural(mesh.ambient.pods, 'pod')} are in the ambient mesh.`,
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
  looksAt: 'status of both DaemonSets, and reasons for which their pods wait.',
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
      const reasons = waitingReasons(view.look.podsOf(fact));
      if (!behind && ready >= desired && fact.observed && reasons.length === 0) return [];
      const waiting = reasons.length === 0 ? '' : `; pods wait: ${reasons.join(', ')}`;
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
          message: `Of its pods ${states}${waiting}.`,
          why: 'What is seen of it now is no sound base for an upgrade, and a rollout on top of it would mix versions.',
          remedy: `kubectl -n ${component.namespace} rollout status daemonset ${component.name}; kubectl -n ${component.namespace} describe pods -l ${agent.part === 'ztunnel' ? 'app=ztunnel' : 'k8s-app=istio-cni-node'}`,
        },
      ];
    }),
};

// Which keys of istio-cni-config facts hold (inventory/cni-settings.ts).
const readable = /^[A-Z][A-Z0-9_]{0,99}$/;

/** Env that refers to what is gone. */
export const cniKeysExist: Check = {
  id: 'ML-A008',
  title: 'every key of ConfigMap istio-cni-config that istio-cni needs is there',
  looksAt:
    'configMapKeyRef of the container install-cni, against the keys; pods that wait with CreateContainerConfigError.',
  why: 'A merge that leaves an old entry of env behind refers to a key that the new ConfigMap has not: the agent does not start on any node, and then no pod does.',
  remedy: 'Remove the entries that the chart does not render any more.',
  source: 'istio/istio issues 54846, 34795',
  severities: ['blocks'],
  needs: ['daemonSets', 'configMaps', 'pods'],
  pains: ['P35'],
  run: (view) => {
    const cni = cniOf(view);
    if (cni === undefined) return [];
    const { template } = cni.fact;
    const settings = cniSettings(view);
    const wanted = template.configKeys.map((key) => key.split('/')).filter(([name]) => name === 'istio-cni-config');
    if (settings === null && wanted.length > 0)
      return [{ object: daemonSet(cni), unseen: 'ConfigMap istio-cni-config is not among what was read.' }];
    const missing = wanted
      .map(([, key = '']) => key)
      .filter((key) => readable.test(key) && !Object.hasOwn(settings ?? {}, key));
    const broken = view.look.podsOf(cni.fact).filter(({ waiting }) => waiting === 'CreateContainerConfigError');
    if (missing.length === 0 && broken.length === 0) return [];
    const names =
      missing.length > 0
        ? `needs ${missing.join(', ')}, which ConfigMap istio-cni-config does not have`
        : `has ${plural(broken.length, 'pod')} in CreateContainerConfigError`;
    return [
      {
        ...{ severity: 'blocks', object: daemonSet(cni), field: 'spec.template.spec.containers[install-cni].env' },
        value: missing.join(', '),
        message: `It ${names}.`,
        why: 'A pod of it that starts anew stays in CreateContainerConfigError, and its node starts no pods of the mesh.',
        remedy: `kubectl -n ${cni.component.namespace} get daemonset ${cni.component.name} -o yaml; remove these entries of env (kubectl edit), then helm upgrade istio-cni`,
      },
    ];
  },
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

/** Backends of packet rules. */
export const oneRuleBackend: Check = {
  id: 'ML-A022',
  title: 'istio-cni and istiod are told the same backend of packet rules',
  looksAt: 'NATIVE_NFTABLES of istio-cni-config, against global.nativeNftables in the values of each istiod.',
  why: 'Rules of iptables and of nftables in one pod do not see each other. When a chart is upgraded with the other value, pods bypass ztunnel or are unreachable until they are restarted.',
  remedy: 'Give all charts the same value; change it on its own, never together with the version.',
  source: 'istio/istio issues 60882, 56983, 58354',
  severities: ['warns'],
  needs: ['configMaps', 'daemonSets', 'deployments'],
  pains: ['P27'],
  run: (view) => {
    const cni = cniOf(view);
    const own = cniSettings(view)?.['NATIVE_NFTABLES'];
    if (cni === undefined || own === undefined) return [];
    const other = view.facts.configMaps.items.find(({ values }) => (values['global.nativeNftables'] ?? own) !== own);
    if (other === undefined) return [];
    return [
      {
        ...{
          severity: 'warns',
          object: { kind: 'ConfigMap', namespace: cni.component.namespace, name: 'istio-cni-config' },
        },
        ...{ field: 'data.NATIVE_NFTABLES', value: own },
        message: `istio-cni has NATIVE_NFTABLES=${own}, but ${other.meta.name} says global.nativeNftables=${other.values['global.nativeNftables'] ?? ''}.`,
        why: 'An upgrade with one set of values for all charts flips the backend on every node.',
        remedy: `Set global.nativeNftables=${own} in the values of every chart for this upgrade`,
      },
    ];
  },
};

/** Repair of pods that missed their rules. */
export const cniRepairs: Check = {
  id: 'ML-A023',
  title: 'istio-cni repairs pods that started without it, and no node waits for it',
  looksAt: 'REPAIR_* of istio-cni-config, the version of istio-cni, and the taint cni.istio.io/not-ready of nodes.',
  why: 'While istio-cni restarts, sidecar pods start without redirection and crash in istio-validation; only its repair brings them back. In 1.27.0 the mode that repairs pods in place did not work.',
  remedy: 'Turn one mode of repair on, and see that taints go away.',
  source: 'istio/istio issues 57332, 14327; cni/pkg/repair in istio/istio',
  severities: ['warns'],
  needs: ['daemonSets', 'nodes'],
  pains: ['P36'],
  run: (view) => [...repair(view), ...tainted(view)],
};

function repair(view: CheckView): readonly Finding[] {
  const cni = cniOf(view);
  const settings = cniSettings(view);
  if (cni === undefined || settings === null) return [];
  const version = view.target?.hops.some(({ to }) => to === '1.27.0') ? '1.27.0' : (cni.component.version ?? '');
  const off = settings['REPAIR_ENABLED'] === 'false';
  const useless = version === '1.27.0' && settings['REPAIR_REPAIR_PODS'] === 'true';
  if (!off && !useless) return [];
  return [
    {
      ...{
        severity: 'warns',
        object: { kind: 'ConfigMap', namespace: cni.component.namespace, name: 'istio-cni-config' },
      },
      ...{ field: off ? 'data.REPAIR_ENABLED' : 'data.REPAIR_REPAIR_PODS', value: off ? 'false' : 'true' },
      message: off ? 'Its repair is switched off.' : 'Its mode repairPods does nothing in 1.27.0.',
      why: 'Sidecar pods that start while istio-cni is replaced stay in a crash loop until somebody deletes them.',
      remedy: `helm upgrade istio-cni istio/cni -n ${cni.component.namespace} --reset-then-reuse-values --set repair.enabled=true --set repair.${off ? 'repairPods' : 'deletePods'}=true${off ? '' : ' --set repair.repairPods=false'}`,
    },
  ];
}

function tainted({ facts }: CheckView): readonly Finding[] {
  return facts.nodes.items
    .filter(({ taints }) => taints.some((taint) => taint.startsWith('cni.istio.io/not-ready')))
    .map(({ meta }): Finding => ({
      ...{ severity: 'warns', object: { kind: 'Node', namespace: '', name: meta.name }, field: 'spec.taints' },
      value: 'cni.istio.io/not-ready',
      message: 'It still waits for istio-cni (taint cni.istio.io/not-ready).',
      why: 'No pod that does not tolerate it is placed here; restarted pods have one node less.',
      remedy: `See that istio-cni is ready there and taint.enabled=true for istiod; else: kubectl taint node ${meta.name} cni.istio.io/not-ready-`,
    }));
}

/** Plugin and configuration removed at every restart. */
export const safeUpgradeIsOn: Check = {
  id: 'ML-A025',
  title: 'istio-cni holds new pods back while it is replaced',
  looksAt: 'AMBIENT_DISABLE_SAFE_UPGRADE in istio-cni-config and in the environment of install-cni, in ambient meshes.',
  why: 'With the safe upgrade off, the agent takes its plugin away when it ends: pods that start in that gap are outside the mesh, silently.',
  remedy: 'Remove the setting, or restart every pod that started in the gap.',
  source: 'cni/pkg/nodeagent/server.go and cni/pkg/cmd/root.go in istio/istio',
  severities: ['warns'],
  needs: ['daemonSets'],
  pains: ['P13', 'P27'],
  run: (view): readonly (Finding | Unseen)[] => {
    const cni = cniOf(view);
    if (cni === undefined || !isAmbientMesh(view) || ztunnelOf(view) === undefined) return [];
    const name = 'AMBIENT_DISABLE_SAFE_UPGRADE';
    const value = cni.fact.template.env[name] ?? cniSettings(view)?.[name];
    if (value !== 'true') return [];
    return [
      {
        ...{ severity: 'warns', object: daemonSet(cni), field: name, value },
        message: `It sets ${name}=true.`,
        why: 'Pods of ambient namespaces that start while it is replaced are not in the mesh, and nothing says so.',
        remedy: `kubectl -n ${cni.component.namespace} set env daemonset/${cni.component.name} ${name}- (and remove it from the values)`,
      },
    ];
  },
};
