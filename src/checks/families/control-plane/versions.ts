/** Versions of control planes: support, the way to the target, and planes that are left over. */
import { planHops } from '../../../knowledge/hops.ts';
import { supportOf } from '../../../knowledge/support.ts';
import type { Check, Finding, Unseen } from '../../check.ts';
import { objectOf, runningPlanes } from './planes.ts';

/** End of life. */
export const versionIsSupported: Check = {
  id: 'ML-P014',
  title: 'the version that runs and the target are supported on this day',
  looksAt: 'Versions of the control planes and of the target, against the end of life of their minors.',
  why: 'A minor past its end gets no fixes, neither for security nor for what is found during the upgrade, and the way back leads to it.',
  remedy: 'Upgrade; choose a target that is supported for some months more.',
  source: 'istio.io docs/releases/supported-releases',
  severities: ['warns', 'informs'],
  needs: ['deployments'],
  pains: [],
  run: (view) => {
    const { knowledge, today, target } = view;
    const found = runningPlanes(view).flatMap(({ plane }): (Finding | Unseen)[] => {
      if (plane.version === null) return [{ object: objectOf(plane), unseen: 'Its version is not known.' }];
      const support = supportOf(plane.version, today, knowledge);
      if (support.state === 'unknown') return [{ object: objectOf(plane), unseen: `Support: ${support.why}.` }];
      if (support.state === 'supported') return [];
      // An upgrade that leaves it is the remedy: no need to warn of what is being mended.
      const mended = target !== null && target.hops.length > 0;
      return [
        {
          ...{ severity: mended ? 'informs' : 'warns', object: objectOf(plane) },
          ...{ field: 'spec.template.spec.containers[discovery].image', value: plane.version },
          message: `Istio ${plane.version} is past its end of life (${support.since}).`,
          why: 'It gets no fixes any more, and a way back leads to it.',
          remedy: 'Upgrade to a supported release: meshlift knowledge names them',
        },
      ];
    });
    const end = target === null ? null : supportOf(target.version, today, knowledge);
    if (target === null || end?.state !== 'end-of-life') return found;
    return [
      ...found,
      {
        ...{
          severity: 'warns',
          object: { kind: 'Cluster', namespace: '', name: 'target' },
          field: '',
          value: target.version,
        },
        message: `The target, Istio ${target.version}, is past its end of life (${end.since}).`,
        why: 'What is found after the upgrade is not mended there any more.',
        remedy: 'Choose a supported release as the target: meshlift knowledge names them',
      },
    ];
  },
};

/** Third ones. */
export const noForgottenPlane: Check = {
  id: 'ML-P016',
  title: 'no control plane is left from an earlier upgrade',
  looksAt:
    'Deployments of istiod without replicas, and those that are neither where the upgrade starts nor of its target.',
  why: 'Each costs memory and watches, holds webhooks and locks, and is one more that a label can lead to by mistake.',
  remedy: 'Remove what nothing uses any more, before the next upgrade begins.',
  source: 'istio/istio issues 36364, 60537',
  severities: ['informs'],
  needs: ['deployments'],
  pains: ['P64'],
  run: ({ mesh, target }) => {
    const empty = mesh.controlPlanes.filter(({ replicas }) => replicas === 0);
    const third = mesh.controlPlanes.filter(
      ({ revision, version, replicas }) =>
        target !== null && replicas > 0 && revision !== target.fromRevision && version !== target.version,
    );
    return [...empty, ...third].map((plane): Finding => ({
      ...{ severity: 'informs', object: objectOf(plane), field: 'spec.replicas', value: String(plane.replicas) },
      message:
        plane.replicas === 0
          ? `Revision ${plane.revision} is scaled to 0.`
          : `Revision ${plane.revision} (${plane.version ?? 'version unknown'}) is neither where the upgrade starts nor its target.`,
      why: 'Nothing moves what still uses it, and its webhooks and tags stay.',
      remedy: `istioctl proxy-status --revision ${plane.revision} says what uses it; when nothing does, remove it with the tool that installed it`,
    }));
  },
};

/** A way. */
export const wayExists: Check = {
  id: 'ML-P017',
  title: 'Istio supports a way from the version that runs to the target',
  looksAt:
    'The oldest control plane that runs, against the target, in steps of one minor in place and two by revision.',
  why: 'Over more minors than supported, proxies and control plane do not understand each other: sidecars end with panics and answer 503.',
  remedy: 'Choose a target that can be reached, or allow what is missing.',
  source: 'istio.io docs/setup/upgrade/canary and in-place; istio/istio issues 40504, 33341',
  severities: ['blocks', 'informs'],
  needs: ['deployments', 'target'],
  pains: ['P58'],
  run: ({ target, mesh, knowledge }) => {
    const plane = mesh.controlPlanes.find(({ revision }) => revision === target?.fromRevision);
    if (target === null || target.way === null || target.from === null || plane === undefined) return [];
    const object = objectOf(plane);
    const base = { object, field: 'spec.template.spec.containers[discovery].image', value: target.from };
    if (target.way.outcome === 'hops') {
      if (target.hops.length < 2) return [];
      const stops = target.hops.map(({ to }) => to).join(', then ');
      return [
        {
          ...{ severity: 'informs', ...base },
          message: `From ${target.from} it is ${String(target.hops.length)} hops: ${stops}.`,
          why: 'Every workload is restarted once per hop; none of them may be left out.',
          remedy: 'Nothing now: the plan has a part for every hop. Do not skip one by hand',
        },
      ];
    }
    const { from, version: to, strategy } = target;
    // Kubernetes alone stands in the way: ML-C001 says so.
    if (planHops({ from, to, strategy, kubernetes: null, knowledge }).outcome === 'hops') return [];
    return [
      {
        ...{ severity: 'blocks', ...base },
        message: target.way.refused,
        why: 'No supported steps lead there, so nothing is known of what would happen on the way.',
        remedy: target.way.remedy,
      },
    ];
  },
};
