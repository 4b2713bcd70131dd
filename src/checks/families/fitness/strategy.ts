/** What the update strategy does with the pods. */
import type { WorkloadFact } from '../../../mesh/facts.ts';
import type { Check, Finding, Unseen } from '../../check.ts';
import { nearFacts } from '../../../planner/near.ts';
import {
  choosesByTemplate,
  numbersOf,
  objectOf,
  restarted,
  serves,
  unreadOnes,
  wayOf,
  type Restart,
} from './restarted.ts';

const undecided = 'Whether its pods can be handed over is not known: not all objects with selectors were read.';

function consent({ fact: { meta } }: Restart): string {
  return `overrides: [{select: {namespaces: [${meta.namespace}], names: [${meta.name}]}, consent: true}] in the policy`;
}

/** Nothing serves while the pods are replaced. */
export const secondPodComesFirst: Check = {
  id: 'ML-F004',
  title: 'no workload has all its pods end before others take over',
  looksAt:
    'replicas, maxSurge, maxUnavailable and kind; Deployments that can be handed over are left out. DaemonSets, and more than one pod, only where a Service selects them.',
  why: 'With one pod and no second one beside it, or when all may be unavailable at once, nothing serves from the end of the old pods until new ones are ready. A StatefulSet never has two pods of one name.',
  remedy: 'Two replicas, or maxSurge 1 and maxUnavailable 0; or consent in the policy and a maintenance window.',
  source:
    'istio/istio issue 36640; Kubernetes documentation, Deployment, Rolling update; measured by npm run bench -- fitness',
  severities: ['warns'],
  needs: ['pods', 'deployments', 'services'],
  pains: ['P30'],
  run: (view) => {
    const near = nearFacts(view.facts);
    return restarted(view).flatMap((one): (Finding | Unseen)[] => {
      const { fact } = one;
      if (fact.strategy === 'Recreate' || numbersOf(fact).unavailable < fact.replicas) return [];
      if ((fact.replicas > 1 || fact.kind === 'DaemonSet') && !serves(view, one)) return [];
      const way = wayOf(view, one, near);
      if (way === 'hand-over') return [];
      return way === 'unknown' ? [{ object: objectOf(fact), unseen: undecided }] : [noneServes(one)];
    });
  },
};

function noneServes(one: Restart): Finding {
  const { kind, replicas, maxUnavailable, meta } = one.fact;
  const { namespace, name } = meta;
  const stateful = kind === 'StatefulSet';
  const surge = numbersOf(one.fact).surge > 0;
  const update = kind === 'DaemonSet' ? 'updateStrategy' : 'strategy';
  const number = replicas === 1 && !surge && kind !== 'DaemonSet' ? 'maxSurge' : 'maxUnavailable';
  return {
    ...{ severity: 'warns', object: objectOf(one.fact) },
    ...{
      field: stateful ? 'spec.replicas' : `spec.${update}.rollingUpdate.${number}`,
      value: stateful ? '1' : number === 'maxSurge' ? '0' : maxUnavailable,
    },
    message:
      replicas === 1
        ? `It has one pod, which ${surge ? 'may end' : 'ends'} before the next one ${surge ? 'is ready' : 'starts'}.`
        : `All its ${String(replicas)} pods may end before others are ready.`,
    why: whyNone(one.fact),
    remedy: stateful
      ? `kubectl -n ${namespace} scale statefulset ${name} --replicas 2 if the application can be two; else ${consent(one)}`
      : `kubectl -n ${namespace} patch ${kind.toLowerCase()} ${name} --type merge -p '{"spec":{"${update}":{"rollingUpdate":{"maxSurge":1,"maxUnavailable":0}}}}'`,
  };
}

/** As the planner decides (planner/method.ts): one pod, and a DaemonSet that is wholly down, wait for consent. */
function whyNone({ kind, replicas }: WorkloadFact): string {
  if (replicas === 1)
    return 'Nothing serves for as long as the new pod needs; without consent it is left out of the plan, and keeps its old proxy.';
  const gap = 'Nothing serves for as long as new pods need';
  return kind === 'DaemonSet'
    ? `${gap}; without consent it is left out of the plan, and keeps its old proxies.`
    : `${gap}.`;
}

/** Down while it is renewed. */
export const strategyIsRolling: Check = {
  id: 'ML-F005',
  title: 'no Deployment has strategy Recreate',
  looksAt: 'spec.strategy.type.',
  why: 'Recreate ends all pods and then makes new ones: the workload is down for that time, at every restart. It is left out of the plan until somebody consents.',
  remedy: 'RollingUpdate where two versions may run side by side; else consent in the policy, in a maintenance window.',
  source: 'Kubernetes documentation, Deployment, Recreate',
  severities: ['warns'],
  needs: ['pods', 'deployments'],
  pains: ['P30'],
  run: (view) =>
    restarted(view)
      .filter(({ fact: { kind, strategy } }) => kind === 'Deployment' && strategy === 'Recreate')
      .map((one): Finding => {
        const { namespace, name } = one.fact.meta;
        return {
          ...{ severity: 'warns', object: objectOf(one.fact), field: 'spec.strategy.type', value: 'Recreate' },
          message: 'All its pods end before new ones are made.',
          why: 'It is down while it is restarted; without consent it is left out of the plan, and keeps its old proxies.',
          remedy: `kubectl -n ${namespace} patch deployment ${name} --type merge -p '{"spec":{"strategy":{"type":"RollingUpdate","rollingUpdate":{"maxSurge":1,"maxUnavailable":0}}}}', or ${consent(one)}`,
        };
      }),
};

/** Half of the pods or more go away before others are ready. */
export const keepsItsPods: Check = {
  id: 'ML-F006',
  title: 'no rolling update takes half of the pods away before new ones are ready',
  looksAt:
    'maxUnavailable and maxSurge against replicas, as Kubernetes rounds them; what can be handed over is left out, and what loses all pods at once (ML-F004).',
  why: 'The pods that are left get all the load while half of them and more are away: they time out, or their autoscaler is too late.',
  remedy: 'maxUnavailable 0 and maxSurge 1 or more.',
  source: 'istio/istio issues 41481, 26524; Kubernetes documentation, Deployment, maxUnavailable',
  severities: ['warns'],
  needs: ['pods', 'deployments'],
  pains: ['P12', 'P30'],
  run: (view) => {
    const near = nearFacts(view.facts);
    return restarted(view).flatMap((one): (Finding | Unseen)[] => {
      const { fact } = one;
      const { unavailable } = numbersOf(fact);
      const rolls = fact.strategy !== 'Recreate' && fact.strategy !== 'OnDelete' && fact.kind !== 'StatefulSet';
      if (!rolls || fact.replicas < 2 || unavailable * 2 < fact.replicas) return [];
      if (unavailable >= fact.replicas && serves(view, one)) return [];
      const way = wayOf(view, one, near);
      if (way === 'unknown') return [{ object: objectOf(fact), unseen: undecided }];
      const daemon = fact.kind === 'DaemonSet';
      // A DaemonSet that is wholly down meanwhile waits for consent; nobody calls it, or ML-F004 would tell.
      const waits = daemon && way === 'none';
      if (way !== 'rollout' && !waits) return [];
      const { namespace, name } = fact.meta;
      const field = `spec.${daemon ? 'updateStrategy' : 'strategy'}.rollingUpdate.maxUnavailable`;
      const patch = daemon
        ? '{"spec":{"updateStrategy":{"rollingUpdate":{"maxSurge":1,"maxUnavailable":0}}}}'
        : '{"spec":{"strategy":{"rollingUpdate":{"maxSurge":1,"maxUnavailable":0}}}}';
      return [
        {
          ...{ severity: 'warns', object: objectOf(fact), field, value: fact.maxUnavailable },
          message: `A rolling update may take ${String(unavailable)} of its ${String(fact.replicas)} pods away before new ones are ready.`,
          why: waits
            ? 'It is down while it is restarted; without consent it is left out of the plan, and keeps its old proxies.'
            : 'The others get the load of all while it is restarted.',
          remedy: `kubectl -n ${namespace} patch ${fact.kind.toLowerCase()} ${name} --type merge -p '${patch}'`,
        },
      ];
    });
  },
};

/** Its controller renews a pod only when it is deleted. */
export const controllerRolls: Check = {
  id: 'ML-F015',
  title: 'the controllers of StatefulSets and DaemonSets roll all their pods',
  looksAt: 'updateStrategy.type OnDelete and rollingUpdate.partition; label istio.io/rev of the template.',
  why: 'A restart of the template reaches none, or not all, of the pods: they stay on the old proxy, and lose their control plane when it is removed. meshlift evicts them one by one; where a template label must change it cannot.',
  remedy:
    'RollingUpdate with partition 0, or let meshlift evict the pods; a revision by namespace or tag instead of a template label.',
  source: 'kyma-project/kyma issues 10183, 13869',
  severities: ['warns', 'informs'],
  needs: ['pods'],
  pains: ['P05'],
  run: (view) => [
    ...unreadOnes(view),
    ...restarted(view)
      .filter(({ fact: { strategy, partition } }) => strategy === 'OnDelete' || partition > 0)
      .map(({ fact, workload }): Finding => {
        const fixed = choosesByTemplate(view, workload);
        const onDelete = fact.strategy === 'OnDelete';
        const { namespace, name } = fact.meta;
        const field = `spec.updateStrategy.${onDelete ? 'type' : 'rollingUpdate.partition'}`;
        return {
          ...{ severity: fixed ? 'warns' : 'informs', object: objectOf(fact), field },
          value: onDelete ? 'OnDelete' : String(fact.partition),
          message: onDelete
            ? 'Its controller renews a pod only when somebody deletes it.'
            : `Its controller renews only pods from number ${String(fact.partition)} on.`,
          why: fixed
            ? 'Its revision is chosen by its own template labels: these must change and every pod be deleted, so it is left out of the plan.'
            : 'A restart by kubectl does not reach these pods; meshlift evicts them one after the other.',
          remedy: fixed
            ? `Choose the revision by the namespace instead of the template: kubectl label namespace ${namespace} istio.io/rev=TAG`
            : `Nothing when meshlift does it; by hand, after the restart: kubectl -n ${namespace} delete pod ${name}-0 (one by one, each after the one before is ready)`,
        };
      }),
  ],
};

/** A rollout would not begin. */
export const isNotPaused: Check = {
  id: 'ML-F016',
  title: 'no workload is paused',
  looksAt: 'spec.paused of Deployments and Rollouts.',
  why: 'A paused Deployment takes the restart into its template and does nothing; it begins by itself, with whatever else was changed, when somebody resumes it. Its pods stay on the old proxy.',
  remedy: 'Resume it before, or consent in the policy: then its pods are handed over without a rollout.',
  source: 'istio/istio issue 41354; Kubernetes documentation, Pausing a rollout',
  severities: ['warns'],
  needs: ['pods', 'deployments'],
  pains: ['P05'],
  run: (view) =>
    restarted(view)
      .filter(({ fact: { kind, paused } }) => paused && (kind === 'Deployment' || kind === 'Rollout'))
      .map((one): Finding => {
        const { namespace, name } = one.fact.meta;
        const resume =
          one.fact.kind === 'Deployment'
            ? `kubectl -n ${namespace} rollout resume deployment ${name}`
            : `kubectl -n ${namespace} patch rollout ${name} --type merge -p '{"spec":{"paused":false}}'`;
        return {
          ...{ severity: 'warns', object: objectOf(one.fact), field: 'spec.paused', value: 'true' },
          message: 'It is paused, so a restart would not begin.',
          why: 'It keeps its old proxies, and the old control plane cannot be removed while they run.',
          remedy: `${resume}, or ${consent(one)}`,
        };
      }),
};
