/** How istio-cni is set up. */
import type { Check, CheckView, Finding, Unseen } from '../../check.ts';
import { cniOf, cniSettings, daemonSet, isAmbientMesh, ztunnelOf } from './agents.ts';

// Which keys of istio-cni-config facts hold (inventory/cni-settings.ts).
const readable = /^[A-Z][A-Z0-9_]{0,99}$/;

/** Env that refers to what is gone. */
export const cniKeysExist: Check = {
  id: 'ML-A008',
  title: 'every key of ConfigMap istio-cni-config that istio-cni needs is there',
  looksAt: 'configMapKeyRef of the container install-cni, against the keys. Pods that wait for one are ML-P002.',
  why: 'A merge that leaves an old entry of env behind refers to a key that the new ConfigMap has not: the agent does not start on any node, and then no pod does.',
  remedy: 'Remove the entries that the chart does not render any more.',
  source: 'istio/istio issues 54846, 34795',
  severities: ['blocks'],
  needs: ['daemonSets', 'configMaps'],
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
    if (missing.length === 0) return [];
    return [
      {
        ...{ severity: 'blocks', object: daemonSet(cni), field: 'spec.template.spec.containers[install-cni].env' },
        value: missing.join(', '),
        message: `It needs ${missing.join(', ')}, which ConfigMap istio-cni-config does not have.`,
        why: 'A pod of it that starts anew stays in CreateContainerConfigError, and its node starts no pods of the mesh.',
        remedy: `kubectl -n ${cni.component.namespace} get daemonset ${cni.component.name} -o yaml; remove these entries of env (kubectl edit), then helm upgrade istio-cni`,
      },
    ];
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
        message: `It has NATIVE_NFTABLES=${own}, but ${other.meta.name} says global.nativeNftables=${other.values['global.nativeNftables'] ?? ''}.`,
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
