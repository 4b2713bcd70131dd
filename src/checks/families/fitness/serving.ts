/** What makes a restart lose requests, whatever the mesh does: pods that get requests too early, or end too early. */
import type { WorkloadFact } from '../../../mesh/facts.ts';
import { isProbed, isProxyAlone } from '../../../mesh/fitness.ts';
import { handOverLabel } from '../../../planner/hand-over-label.ts';
import type { Check, CheckView, Finding } from '../../check.ts';
import { nearFacts, type Near } from '../../../planner/near.ts';
import {
  choosesByTemplate,
  handOverLists,
  numbersOf,
  objectOf,
  restarted,
  serves,
  unreadOnes,
  wayOf,
  type Restart,
} from './restarted.ts';

/** Requests before the application listens. */
export const hasReadinessProbe: Check = {
  id: 'ML-F001',
  title: 'every container that serves has a readiness probe',
  looksAt:
    'readinessProbe of the containers of restarted workloads that a Service selects; gateways get one by injection.',
  why: 'Without a probe a pod counts as ready as soon as its process runs, and gets requests before the application listens: 503 for as long as it takes to start, at every restart.',
  remedy: 'Add a readiness probe that fails until the application answers.',
  source: 'istio/istio issues 36640, 11682; Kubernetes documentation, Configure probes',
  severities: ['warns', 'informs'],
  needs: ['pods', 'deployments', 'services'],
  pains: ['P30', 'P12'],
  run: (view) => [
    ...unreadOnes(view),
    ...restarted(view)
      .filter((one) => !isProbed(one.fact.template.fitness) && serves(view, one))
      .map(({ fact }): Finding => {
        const { readiness, containers } = fact.template.fitness;
        const { namespace, name } = fact.meta;
        const field = 'spec.template.spec.containers[].readinessProbe';
        const none = readiness === 'none';
        return {
          ...{ severity: none ? 'warns' : 'informs', object: objectOf(fact), field, value: '' },
          message: none
            ? 'No container has a readiness probe, and a Service sends requests to its pods.'
            : `Only some of the containers ${containers.join(', ')} have a readiness probe.`,
          why: none
            ? 'New pods get requests before the application listens: they fail with 503 while it starts.'
            : 'When the one without a probe serves, new pods get requests before it listens.',
          remedy: `kubectl -n ${namespace} edit ${fact.kind.toLowerCase()} ${name}: give ${containers.join(', ')} a readinessProbe, for example httpGet of its health path (this restarts it once)`,
        };
      }),
  ],
};

/** SIGTERM while requests are under way, where a hand-over is not possible by kind. */
export const endsGracefully: Check = {
  id: 'ML-F002',
  title: 'StatefulSets, DaemonSets and Rollouts that serve show that they finish their requests',
  looksAt: 'lifecycle.preStop of their containers, where a Service selects the pods.',
  why: 'Only pods of Deployments can be handed over. All others get SIGTERM while requests are under way; an application that ends at once loses them: measured, 9 to 19 of 1,400 requests of 300 ms at one restart of three pods.',
  remedy:
    'Let the application serve on after SIGTERM, or add a preStop hook that sleeps some seconds. One that is known to end gracefully: overrides with graceful: true in the policy.',
  source: 'istio/istio issues 36640, 34855, 11682; measured on a real mesh',
  severities: ['warns'],
  needs: ['pods', 'services'],
  pains: ['P30'],
  run: (view) => [
    ...unreadOnes(view),
    ...restarted(view)
      .filter((one) => {
        const { fitness } = one.fact.template;
        return (
          one.fact.kind !== 'Deployment' && !isProxyAlone(fitness) && fitness.preStop !== 'all' && serves(view, one)
        );
      })
      .map(({ fact }): Finding => {
        const { preStop, containers } = fact.template.fitness;
        const { namespace, name } = fact.meta;
        return {
          ...{ severity: 'warns', object: objectOf(fact), field: 'spec.template.spec.containers[].lifecycle.preStop' },
          value: preStop,
          message: `Nothing shows that ${containers.join(', ')} finish their requests when they are told to end.`,
          why: `The pods of a ${fact.kind} end before others take over from them: requests under way are lost if the application stops at SIGTERM.`,
          remedy: `kubectl -n ${namespace} edit ${fact.kind.toLowerCase()} ${name}: lifecycle: {preStop: {sleep: {seconds: 5}}} (this restarts it once); or, if it is known to end gracefully, overrides: [{select: {namespaces: [${namespace}], names: [${name}]}, graceful: true}] in the policy`,
        };
      }),
  ],
};

/** A Deployment of which nobody knows that it ends gracefully, and that can't be handed over. */
export const canBeHandedOver: Check = {
  id: 'ML-F003',
  title: 'every Deployment either ends gracefully or can be handed over pod by pod',
  looksAt:
    'Labels that all Services of the pods select by, against the selectors of Gateways, policies, DestinationRule subsets and NetworkPolicies; label istio.io/rev of the template; readiness probe and preStop hook.',
  why: 'meshlift hands pods over: it takes a pod out of its Services by changing one label, and ends it when it is idle. A label that a Gateway selects by must not change (its routes are gone at once: measured, 7 × 404). Where there is no free label, only a rolling restart is left, and an application that stops at SIGTERM loses requests.',
  remedy: 'Let the Service select by a label of its own, add a preStop hook, or consent in the policy.',
  source: 'measured on a real mesh; istio/istio issues 36640, 46052',
  severities: ['warns'],
  needs: ['pods', 'deployments', ...handOverLists],
  pains: ['P30', 'P62'],
  run: (view) => {
    const near = nearFacts(view.facts);
    return restarted(view).flatMap((one): Finding[] => {
      const { fact } = one;
      if (fact.kind !== 'Deployment' || endsWell(fact) || wayOf(view, one, near) !== 'rollout') return [];
      const why = whyNot(view, one, near);
      const { namespace, name } = fact.meta;
      const gateway = one.workload.role === 'gateway';
      if (why === null) return [];
      return [
        {
          ...{ severity: 'warns', object: objectOf(fact), field: why.field, value: '' },
          message: `Its pods cannot be handed over, so it is restarted: ${why.text}.`,
          why: gateway
            ? 'A gateway that is restarted cuts every request that takes longer than its drain (5 s by default).'
            : 'Requests under way are lost if the application stops at SIGTERM, and nothing shows that it does not.',
          remedy: `${why.remedy}; or, for a rollout without loss: kubectl -n ${namespace} edit deployment ${name}: readiness probe and lifecycle.preStop on every container, strategy.rollingUpdate.maxUnavailable: 0`,
        },
      ];
    });
  },
};

/** What more goes away at once than should is told by ML-F004 and ML-F006. */
function endsWell({ template: { fitness } }: WorkloadFact): boolean {
  return isProbed(fitness) && fitness.preStop === 'all';
}

function whyNot(
  view: CheckView,
  { fact, workload }: Restart,
  near: Near,
): { readonly field: string; readonly text: string; readonly remedy: string } | null {
  const { namespace } = fact.meta;
  if (choosesByTemplate(view, workload)) {
    return {
      field: 'spec.template.metadata.labels[istio.io/rev]',
      text: 'its revision is chosen by its own template labels, and only a rollout changes these',
      remedy: `Choose the revision by the namespace: kubectl label namespace ${namespace} istio.io/rev=TAG, and take the label out of the template`,
    };
  }
  const label = handOverLabel(near(fact), namespace, fact.template.labels);
  if (!('refused' in label)) return null;
  return {
    field: 'spec.template.metadata.labels',
    text: label.refused,
    remedy: `Give the template a label that nothing else selects by, for example serve-${fact.meta.name}: "true", and add it to spec.selector of its Services in namespace ${namespace}`,
  };
}

/** Services that send to pods that are not ready. */
export const waitsForReadiness: Check = {
  id: 'ML-F021',
  title: 'no Service with an address of its own sends requests to pods that are not ready',
  looksAt: 'spec.publishNotReadyAddresses of Services that select restarted workloads; headless ones are left out.',
  why: 'Such a Service sends requests to pods that are starting, and on to those that are ending: some fail at every restart, and no probe helps.',
  remedy:
    'Set publishNotReadyAddresses to false, or give peers that must find each other a headless Service of their own.',
  source: 'Kubernetes documentation, Service v1, publishNotReadyAddresses',
  severities: ['warns'],
  needs: ['pods', 'deployments', 'services'],
  pains: ['P30'],
  run: (view) => {
    const services = new Set(restarted(view).flatMap(({ fact }) => view.look.servicesOf(fact)));
    return [...services]
      .filter(({ publishNotReady, headless }) => publishNotReady && !headless)
      .map(({ meta: { namespace, name } }): Finding => ({
        ...{ severity: 'warns', object: { kind: 'Service', namespace, name } },
        ...{ field: 'spec.publishNotReadyAddresses', value: 'true' },
        message: 'It sends requests to pods that are not ready.',
        why: 'While its pods are restarted, requests go to pods that do not listen yet, and fail.',
        remedy: `kubectl -n ${namespace} patch service ${name} --type merge -p '{"spec":{"publishNotReadyAddresses":false}}'`,
      }));
  },
};

/** Clients that only get pods of their own node. */
export const otherNodesServe: Check = {
  id: 'ML-F022',
  title: 'clients may use pods of other nodes while those of their own are restarted',
  looksAt:
    'spec.internalTrafficPolicy of Services that select restarted workloads, and whether another pod is there first.',
  why: 'With internalTrafficPolicy Local, clients of a node have only the pods of that node. While the one there ends before the next is ready, or comes up on another node, they have none.',
  remedy: 'Set internalTrafficPolicy to Cluster for the time of the upgrade.',
  source: 'Kubernetes documentation, Service internal traffic policy',
  severities: ['warns'],
  needs: ['pods', 'deployments', 'services'],
  pains: ['P30'],
  run: (view) =>
    restarted(view).flatMap(({ fact }) => {
      if (fact.kind === 'DaemonSet' && numbersOf(fact).surge > 0) return [];
      return view.look
        .servicesOf(fact)
        .filter(({ internalTrafficPolicy, headless }) => internalTrafficPolicy === 'Local' && !headless)
        .map(({ meta: { namespace, name } }): Finding => ({
          ...{ severity: 'warns', object: { kind: 'Service', namespace, name } },
          ...{ field: 'spec.internalTrafficPolicy', value: 'Local' },
          message: `Clients of a node use only the pods of ${fact.kind} ${fact.meta.name} on that node.`,
          why: 'They have no pod while theirs is restarted, and for ever when the new one runs on another node.',
          remedy: `kubectl -n ${namespace} patch service ${name} --type merge -p '{"spec":{"internalTrafficPolicy":"Cluster"}}', and back after the upgrade`,
        }));
    }),
};
