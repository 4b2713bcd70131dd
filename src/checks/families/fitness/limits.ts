/** What holds a renewal up, or says that it failed: budgets, deadlines, autoscalers, a state that is not good to begin with. */
import type { BudgetFact, WorkloadFact } from '../../../mesh/facts.ts';
import { handOverKey, handOverOfKey } from '../../../steps/renew/keys.ts';
import type { Check, Finding } from '../../check.ts';
import { numbersOf, objectOf, restarted } from './restarted.ts';

/** Pods must be evicted: its controller does not roll them. */
function isByPod({ strategy, partition }: WorkloadFact): boolean {
  return strategy === 'OnDelete' || partition > 0;
}

// All pods must be there at all times: not one that happens to be missing now.
function forbidsAlways({ disruptionsAllowed, desiredHealthy, expectedPods }: BudgetFact): boolean {
  return disruptionsAllowed === 0 && expectedPods > 0 && desiredHealthy >= expectedPods;
}

/** A budget that allows nothing, ever. */
export const budgetAllowsOne: Check = {
  id: 'ML-F007',
  title: 'every disruption budget lets one pod go when all are healthy',
  looksAt:
    'status.desiredHealthy against expectedPods of PodDisruptionBudgets that select restarted workloads; gateways have a check of their own.',
  why: 'A budget that needs all pods refuses every eviction for ever. Rolling restarts and hand-overs do not ask budgets, but pods of OnDelete sets are evicted, and so is everything when a node is drained.',
  remedy: 'maxUnavailable 1 in place of minAvailable 100 % or of as many as there are replicas.',
  source: 'istio/istio issues 12602, 53909; Kubernetes documentation, Disruptions',
  severities: ['blocks', 'informs'],
  needs: ['pods', 'deployments', 'budgets'],
  pains: ['P31'],
  run: (view) =>
    restarted(view).flatMap(({ fact, workload }) => {
      const evicted = isByPod(fact);
      if (workload.role === 'gateway' && !evicted) return [];
      return view.look
        .budgetsOf(fact)
        .filter(forbidsAlways)
        .map((budget): Finding => {
          const { namespace, name } = budget.meta;
          const minimum = budget.minAvailable !== '';
          return {
            ...{ severity: evicted ? 'blocks' : 'informs', object: { kind: 'PodDisruptionBudget', namespace, name } },
            field: minimum ? 'spec.minAvailable' : 'spec.maxUnavailable',
            value: minimum ? budget.minAvailable : budget.maxUnavailable,
            message: `It needs all ${String(budget.expectedPods)} pods of ${fact.kind} ${fact.meta.name}, so none may ever be evicted.`,
            why: evicted
              ? 'The pods of this set are renewed by eviction: every one is refused, and the upgrade stands still.'
              : 'Restarts do not ask it, but a node with one of these pods cannot be drained.',
            remedy: `kubectl -n ${namespace} patch pdb ${name} --type merge -p '{"spec":{"minAvailable":null,"maxUnavailable":1}}'`,
          };
        });
    }),
};

/** A rollout that is declared failed before its pods can be ready. */
export const deadlineIsLongEnough: Check = {
  id: 'ML-F017',
  title: 'the progress deadline of every Deployment is longer than its pods need to become available',
  looksAt: 'progressDeadlineSeconds against initialDelaySeconds of the readiness probe and minReadySeconds.',
  why: 'The Deployment says ProgressDeadlineExceeded while all is well, and whatever waits for the rollout stops there.',
  remedy: 'A longer progressDeadlineSeconds.',
  source: 'Kubernetes documentation, Deployment, progressDeadlineSeconds',
  severities: ['warns'],
  needs: ['pods', 'deployments'],
  pains: [],
  run: (view) =>
    restarted(view).flatMap(({ fact }): Finding[] => {
      const { progressDeadlineSeconds: deadline, minReadySeconds } = fact;
      const needed = fact.template.fitness.readinessDelaySeconds + minReadySeconds;
      if (deadline === 0 || deadline > needed) return [];
      const { namespace, name } = fact.meta;
      return [
        {
          ...{ severity: 'warns', object: objectOf(fact), field: 'spec.progressDeadlineSeconds' },
          value: String(deadline),
          message: `A pod needs ${String(needed)} s at least to become available, but the deadline is ${String(deadline)} s.`,
          why: 'Its rollout counts as failed although its pods are only slow, and the upgrade pauses there.',
          remedy: `kubectl -n ${namespace} patch ${fact.kind.toLowerCase()} ${name} --type merge -p '{"spec":{"progressDeadlineSeconds":${String(needed + 300)}}}'`,
        },
      ];
    }),
};

function troubleOf(fact: WorkloadFact): string | null {
  const { replicas, readyReplicas, updatedReplicas, troubles, observed } = fact;
  const [trouble] = troubles.filter(({ type }) => type !== 'Available');
  if (trouble !== undefined) return `it says ${trouble.type} (${trouble.reason})`;
  if (!observed) return 'its controller has not seen its newest generation yet';
  if (readyReplicas < replicas) return `only ${String(readyReplicas)} of ${String(replicas)} pods are ready`;
  const rolls = !isByPod(fact) && !fact.paused && updatedReplicas !== null;
  if (rolls && updatedReplicas < replicas) {
    return `only ${String(updatedReplicas)} of ${String(replicas)} pods are of its newest template`;
  }
  return null;
}

/** Not whole before anything was done to it. */
export const isWholeNow: Check = {
  id: 'ML-F018',
  title: 'every workload is ready and no rollout of it is under way',
  looksAt:
    'status.readyReplicas, updatedReplicas, observedGeneration and the conditions Progressing and ReplicaFailure.',
  why: 'A workload that cannot get its pods ready now will not after a restart, and takes the blame for the upgrade. One in the middle of a rollout is restarted with a template that was never proven.',
  remedy: 'Repair it or finish its rollout first, or leave it out in the policy.',
  source: 'kyma-project/kyma issue 10183; peers pause on the first workload that does not become ready',
  severities: ['warns'],
  needs: ['pods', 'deployments'],
  pains: [],
  run: (view) =>
    restarted(view).flatMap(({ fact }): Finding[] => {
      const trouble = troubleOf(fact);
      if (trouble === null) return [];
      const { namespace, name } = fact.meta;
      const kind = fact.kind.toLowerCase();
      return [
        {
          ...{ severity: 'warns', object: objectOf(fact), field: 'status', value: '' },
          message: `It is not whole: ${trouble}.`,
          why: 'The upgrade stops at it, or restarts it while fewer pods serve than it wants.',
          remedy: `kubectl -n ${namespace} describe ${kind} ${name}, and kubectl -n ${namespace} rollout status ${kind} ${name} until it is done; or skip: true with a reason in the policy`,
        },
      ];
    }),
};

/** It cannot grow while a part of it is renewed. */
export const autoscalerHasRoom: Check = {
  id: 'ML-F019',
  title: 'no autoscaler of a restarted workload is at its maximum',
  looksAt: 'status.currentReplicas against spec.maxReplicas of HorizontalPodAutoscalers that work.',
  why: 'A workload at its maximum has all the load that it can take. New pods start cold while old ones go, and nothing can be added: latency and errors rise during the restart.',
  remedy: 'Raise maxReplicas for the time of the upgrade, or restart it when there is less load.',
  source: 'istio/istio issues 48115, 26302',
  severities: ['warns'],
  needs: ['pods', 'deployments', 'autoscalers'],
  pains: ['P31', 'P12'],
  run: (view) =>
    restarted(view).flatMap(({ fact }): Finding[] => {
      const scaler = view.look.autoscalerOf(fact);
      if (scaler === undefined || scaler.active === false) return [];
      if (scaler.max <= scaler.min || scaler.current < scaler.max) return [];
      const { namespace, name } = scaler.meta;
      const more = scaler.max + Math.max(1, numbersOf(fact).surge);
      return [
        {
          ...{ severity: 'warns', object: { kind: 'HorizontalPodAutoscaler', namespace, name } },
          ...{ field: 'spec.maxReplicas', value: String(scaler.max) },
          message: `${fact.kind} ${fact.meta.name} runs with ${String(scaler.current)} pods, which is its maximum.`,
          why: 'It has no room to grow while its pods are renewed under load.',
          remedy: `kubectl -n ${namespace} patch hpa ${name} --type merge -p '{"spec":{"maxReplicas":${String(more)}}}', and back after the upgrade`,
        },
      ];
    }),
};

/** Pods without owner that an interrupted hand-over left. */
export const noPodIsLeftBehind: Check = {
  id: 'ML-F020',
  title: 'no pod is left from a hand-over that was interrupted',
  looksAt: `Pods with label ${handOverKey}.`,
  why: 'A pod that is being handed over belongs to no ReplicaSet. When the run ends before it is done, nobody renews, replaces or removes it: it keeps its old proxy, and the old control plane must stay.',
  remedy: 'Let the run go on, or give the pod back to its ReplicaSet.',
  source: 'docs/hand-over.md',
  severities: ['warns'],
  needs: ['pods'],
  pains: ['P05'],
  run: ({ facts }) =>
    facts.pods.items
      .filter(
        ({ meta, phase }) => meta.labels[handOverKey] !== undefined && phase !== 'Succeeded' && phase !== 'Failed',
      )
      .map(({ meta: { namespace, name, labels } }): Finding => {
        const run = labels[handOverKey] ?? '';
        return {
          ...{ severity: 'warns', object: { kind: 'Pod', namespace, name } },
          ...{ field: `metadata.labels[${handOverKey}]`, value: run },
          message: `It was being handed over by run ${run}, away from ${labels[handOverOfKey] ?? 'its workload'}.`,
          why: 'If that run does not go on, nobody renews or removes it, and it keeps its old proxy.',
          remedy: `meshlift resume, which finishes it; or when its workload has all its pods: kubectl -n ${namespace} delete pod ${name}`,
        };
      }),
};
