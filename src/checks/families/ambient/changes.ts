/** Behaviour changes of ambient, and what of them several objects decide together. */
import { compareVersions } from '../../../mesh/versions.ts';
import type { Check, Finding } from '../../check.ts';
import { themeCheck } from '../values/theme.ts';
import { agents, ztunnelOf } from './agents.ts';

/** Un-enrolled by the upgrade. */
export const excludedStayIn = themeCheck({
  id: 'ML-A011',
  title: 'no ambient namespace is one that istio-cni is told to leave out',
  looksAt: 'EXCLUDE_NAMESPACES of istio-cni-config, against ambient namespaces and pods, when the way reaches 1.30.',
  why: 'From 1.30 on the agent of istio-cni honours the list as well: pods of these namespaces leave the mesh when it is upgraded, with their mTLS and policies.',
  remedy: 'Take them out of excludeNamespaces before, or out of the mesh on purpose.',
  severities: ['blocks'],
  pains: ['P37'],
  changes: ['cni-honours-excluded-namespaces'],
  blocking: ['cni-honours-excluded-namespaces'],
});

/** Try-outs that become real. */
export const dryRunStaysDry: Check = {
  id: 'ML-A012',
  title: 'no dry-run policy reaches a ztunnel that would enforce it',
  looksAt:
    'AMBIENT_ENABLE_DRY_RUN_AUTHORIZATION_POLICY of istiod, AuthorizationPolicies annotated istio.io/dry-run, and the versions of ztunnel that run.',
  why: 'A ztunnel older than 1.29 does not know the field that says dry run, and enforces the policy: what was meant to be watched is refused.',
  remedy: 'Set the flag only when every ztunnel is 1.29 or newer.',
  source: 'releasenotes/notes/authz-dry-run-ambient.yaml in istio/istio; 1.29 upgrade notes',
  severities: ['blocks'],
  needs: ['deployments', 'daemonSets', 'authorizationPolicies'],
  pains: ['P38'],
  run: (view) => {
    const ztunnel = ztunnelOf(view);
    if (ztunnel === undefined) return [];
    const { version, versions } = ztunnel.component;
    const running = [...Object.keys(versions), ...(version === null ? [] : [version])];
    const old = running.filter((one) => one !== 'unknown' && compareVersions(one, '1.29.0') < 0);
    const asked = view.mesh.controlPlanes.some(
      (plane) => view.look.deploymentOf(plane)?.template.env['AMBIENT_ENABLE_DRY_RUN_AUTHORIZATION_POLICY'] === 'true',
    );
    if (old.length === 0 || !asked) return [];
    return view.facts.authorizationPolicies.items
      .filter(({ meta }) => meta.annotations['istio.io/dry-run'] === 'true')
      .map(({ meta }): Finding => ({
        ...{ severity: 'blocks', object: { kind: 'AuthorizationPolicy', namespace: meta.namespace, name: meta.name } },
        ...{ field: 'metadata.annotations[istio.io/dry-run]', value: 'true' },
        message: `It is a dry run, but ztunnel ${old[0] ?? ''} would enforce it.`,
        why: 'From istiod 1.29 on it is sent to ztunnel with the flag set, and an older ztunnel refuses what it denies.',
        remedy: 'Set pilot.env.AMBIENT_ENABLE_DRY_RUN_AUTHORIZATION_POLICY=false until every ztunnel is 1.29 or newer',
      }));
  },
};

/** Services that an old ztunnel refuses. */
export const passthroughIsKnown = themeCheck({
  id: 'ML-A013',
  title: 'ztunnel knows every kind of service that the new istiod sends',
  looksAt: 'ServiceEntries with resolution NONE in ambient meshes, when the way reaches 1.28.',
  why: 'istiod 1.28 sends them to ztunnel, and an older ztunnel refuses them: until it is upgraded, changes of these services do not arrive.',
  remedy: 'Keep the time between istiod and ztunnel short, and change no ServiceEntry in it.',
  severities: ['warns'],
  pains: ['P39'],
  changes: ['passthrough-services-unknown-to-ztunnel'],
});

/** A second DaemonSet. */
export const ztunnelKeepsName = themeCheck({
  id: 'ML-A014',
  title: 'the chart of the target gives ztunnel the name that it has',
  looksAt: 'Helm release of DaemonSet ztunnel and number of such DaemonSets, when the way reaches 1.25 or 1.26.',
  why: '1.25 names everything after the Helm release, 1.26 goes back: a release that is not called ztunnel gets a second DaemonSet beside the first, and the first is removed.',
  remedy: 'Set resourceName to the name that the DaemonSet has now.',
  severities: ['blocks'],
  pains: ['P40'],
  changes: ['ztunnel-named-by-release'],
  blocking: ['ztunnel-named-by-release'],
});

/** What changes in running pods. */
export const podsAreTouched = themeCheck({
  id: 'ML-A016',
  title: 'the upgrade leaves DNS, packet rules and waypoints of ambient pods as they are',
  looksAt:
    'Whether ambient is in use, when the way brings capture of DNS (1.25), renewal of packet rules (1.29) or waypoints by label (1.22).',
  why: 'These reach pods that run, without a restart: rules change while they serve, DNS takes another way.',
  remedy: 'Upgrade istio-cni on one node first, and test DNS and egress of a pod there.',
  severities: ['warns'],
  pains: ['P27'],
  changes: ['ambient-dns-capture', 'ambient-iptables-reconciled', 'waypoint-attachment-by-label'],
});

const charts = /^(istiod|cni|istio-cni|ztunnel|base) /;

/** All at once. */
export const deliveryIsOrdered: Check = {
  id: 'ML-A024',
  title: 'what delivers istiod, istio-cni and ztunnel does it in order',
  looksAt:
    'Argo CD Applications and Flux HelmReleases that install their charts by themselves: sync-wave and dependsOn.',
  why: 'When a commit raises all charts, a delivery without an order upgrades them at once: istio-cni and ztunnel disagree for minutes on every node, and pods lose egress and DNS.',
  remedy:
    'Give them sync waves or dependsOn in the order base, istiod, istio-cni, ztunnel, or suspend them for the upgrade.',
  source: 'istio/istio issue 58523; istio.io docs/ambient/upgrade/helm',
  severities: ['warns'],
  needs: ['deliveries', 'daemonSets'],
  pains: ['P06', 'P28'],
  run: (view) => {
    if (ztunnelOf(view) === undefined || agents(view).length < 2) return [];
    const all = view.facts.deliveries.items.filter(
      (one) => one.automated && !one.suspended && one.charts.some((chart) => charts.test(chart)),
    );
    const loose = all.filter(
      ({ dependsOn, meta, charts: own }) =>
        dependsOn.length === 0 &&
        meta.annotations['argocd.argoproj.io/sync-wave'] === undefined &&
        own.some((chart) => /^(cni|istio-cni|ztunnel) /.test(chart)),
    );
    if (all.length < 2) return [];
    return loose.map(({ kind, meta, charts: own }): Finding => ({
      ...{ severity: 'warns', object: { kind, namespace: meta.namespace, name: meta.name } },
      ...{
        field: kind === 'Application' ? 'metadata.annotations[argocd.argoproj.io/sync-wave]' : 'spec.dependsOn',
        value: '',
      },
      message: `It installs ${own.join(', ')} by itself and waits for nothing.`,
      why: 'A change of all charts reaches every node at once, in any order.',
      remedy:
        kind === 'Application'
          ? `Set annotation argocd.argoproj.io/sync-wave on ${meta.namespace}/${meta.name} (istiod 1, istio-cni 2, ztunnel 3) in Git, or switch its automated sync off for the upgrade`
          : `flux suspend helmrelease ${meta.name} -n ${meta.namespace} for the upgrade, or set spec.dependsOn in Git`,
    }));
  },
};
