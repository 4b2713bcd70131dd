/** Versions of istiod, istio-cni and ztunnel: they have an order, and no canary. */
import { pairsBetween } from '../../../knowledge/pairs.ts';
import { skew } from '../../../knowledge/support.ts';
import { minorsBetween } from '../../../knowledge/versions.ts';
import type { ControlPlane } from '../../../mesh/control-plane-model.ts';
import { compareVersions } from '../../../mesh/versions.ts';
import type { Check, CheckView, Finding, Unseen } from '../../check.ts';
import { legsOf } from '../values/theme.ts';
import { agents, daemonSet, isAmbientMesh, type Agent } from './agents.ts';

/** The control plane that an agent talks to: the one that it dials, else the newest that runs. */
function planeFor({ mesh }: CheckView, { fact }: Agent): ControlPlane | undefined {
  const running = mesh.controlPlanes.filter(({ replicas, version }) => replicas > 0 && version !== null);
  const [host = ''] = fact.template.proxy?.dials.split('.') ?? [];
  const newest = running.toSorted((a, b) => compareVersions(b.version ?? '', a.version ?? ''))[0];
  return running.find(({ service }) => service === host) ?? newest;
}

/** Agents against their control plane. */
export const agentsAreInOrder: Check = {
  id: 'ML-A001',
  title: 'istio-cni and ztunnel are as new as istiod or one minor older',
  looksAt: 'Images of the DaemonSets istio-cni-node and ztunnel, against the control plane that they talk to.',
  why: 'Rules in the pods and listeners of ztunnel are made for each other. Newer than istiod, or two minors behind it, is what nobody tests: pods lose egress or DNS. No tool of Istio says that an order is wrong.',
  remedy: 'Bring them to the minor of the control plane, in the order istiod, istio-cni, ztunnel.',
  source: 'istio.io docs/ambient/upgrade/helm; istio/istio issues 58523, 53843',
  severities: ['warns'],
  needs: ['daemonSets', 'deployments'],
  pains: ['P06'],
  run: (view) =>
    agents(view).flatMap((agent): (Finding | Unseen)[] => {
      const { part, component } = agent;
      const plane = planeFor(view, agent);
      if (plane === undefined) return [];
      const answer = skew(plane.version ?? '', component.version ?? '', part);
      if (answer === 'ok') return [];
      if (answer === 'unknown') return [{ object: daemonSet(agent), unseen: `The image of ${part} names no version.` }];
      return [
        {
          ...{ severity: 'warns', object: daemonSet(agent), field: 'spec.template.spec.containers[].image' },
          value: component.version ?? '',
          message: `Its version is ${component.version ?? ''}, ${answer === 'too-new' ? 'newer than' : 'more than one minor behind'} istiod ${plane.version ?? ''}.`,
          why: 'The two are not tested together, and the upgrade makes the distance greater.',
          remedy: `helm upgrade ${component.name === 'istio-cni-node' ? 'istio-cni istio/cni' : 'ztunnel istio/ztunnel'} -n ${component.namespace} --version ${plane.version ?? ''} --reset-then-reuse-values --wait`,
        },
      ];
    }),
};

/** Hops of two minors. */
export const ambientHopsAreSmall: Check = {
  id: 'ML-A002',
  title: 'an ambient mesh goes one minor at a time',
  looksAt: 'Hops of the plan, when ztunnel runs or a namespace is enrolled.',
  why: 'By revision sidecars may cross two minors at once; ztunnel and istio-cni must be within one minor of istiod and have no revisions, so between the steps they would be two behind.',
  remedy: 'Take the minors one by one: each to its own newest patch.',
  source: 'istio.io docs/ambient/upgrade/helm; tests/integration/helm/upgrade in istio/istio',
  severities: ['warns'],
  needs: ['target', 'daemonSets', 'namespaces'],
  pains: ['P06'],
  run: (view) => {
    if (!isAmbientMesh(view)) return [];
    const [ztunnel] = agents(view).toReversed();
    const wide = view.target?.hops.filter(({ from, to }) => (minorsBetween(from, to) ?? 0) > 1) ?? [];
    return wide.map(({ from, to }): Finding => ({
      severity: 'warns',
      object: ztunnel === undefined ? { kind: 'Cluster', namespace: '', name: 'kubernetes' } : daemonSet(ztunnel),
      ...{ field: '', value: `${from} → ${to}` },
      message: `The hop from ${from} to ${to} crosses two minors.`,
      why: `Until ztunnel and istio-cni follow, they are two minors behind istiod ${to}.`,
      remedy: 'meshlift plan --strategy in-place plans one minor at a time; or give the minor between as --to first',
    }));
  },
};

/** Known bad moves of the agents. */
export const agentMovesAreSound: Check = {
  id: 'ML-A017',
  title: 'istio-cni and ztunnel make no move that is known to fail',
  looksAt: 'Versions of both DaemonSets and of every hop, against the pairs of versions that are known to fail.',
  why: 'Some releases of istio-cni kept nodes from starting any pod, its own successor included, or left pods without DNS until ztunnel followed. Both are per node, and neither has a canary.',
  remedy: 'Take another patch, or go node by node with a test pod on each.',
  source: 'meshlift knowledge, pairs; istio/istio issues 57438, 58523, 53843',
  severities: ['warns'],
  needs: ['target', 'daemonSets'],
  pains: ['P06', 'P13'],
  run: (view) =>
    agents(view).flatMap((agent) => {
      const legs = legsOf(view);
      const found = legs.flatMap(({ to }, at) => {
        const from = at === 0 ? (agent.component.version ?? '') : (legs[at - 1]?.to ?? '');
        return pairsBetween(from, to, view.knowledge).filter(({ between }) => between === 'nodes');
      });
      const own = found.filter(({ id }) => agent.part === 'istio-cni' || !id.startsWith('cni-'));
      return own.map((pair): Finding => ({
        ...{ severity: 'warns', object: daemonSet(agent), field: 'spec.template.spec.containers[].image' },
        value: agent.component.version ?? '',
        message: `${pair.title}. It hurts ${pair.affected}.`,
        ...{ why: `What happens: ${pair.effect}`, remedy: pair.remedy, source: pair.source },
      }));
    }),
};
