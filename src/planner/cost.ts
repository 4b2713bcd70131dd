/** What an upgrade costs: time with the term that binds, room for surge pods, connections that will be closed. */
import type { Classified, Move } from './classify.ts';
import type { Ends, PlanRequest } from './input.ts';
import type { Cost, Duration, Stage } from './plan.ts';
import { lowerBound } from '../waves/bound.ts';
import { estimateMakespan } from '../waves/estimate.ts';
import { stepId } from './back.ts';
import { limitsOf, taskOf } from './tasks.ts';

/** Seconds that a stage's gate and the looks around it take when all is well; measured in the sandbox. */
const gateSeconds = 4;

/** Costs of a hop. */
export function costOf(request: PlanRequest, ends: Ends, { moves }: Classified, stages: readonly Stage[]): Cost {
  const istiod = istiodRequests(request, ends);
  const surge = widest(moves, request.policy.pace.maxWorkloads);
  return {
    duration: durationOf(request, ends, moves, stages),
    cpuMillis: istiod.cpuMillis + sum(surge.map((one) => one.cpuMillis)),
    memoryBytes: istiod.memoryBytes + sum(surge.map((one) => one.memoryBytes)),
    closedConnections: closed(moves),
  };
}

function durationOf(
  { policy, view }: PlanRequest,
  { old }: Ends,
  moves: readonly Move[],
  stages: readonly Stage[],
): Duration {
  const limits = limitsOf(policy, old.replicas);
  const tasks = moves.map(({ spec }) => taskOf(stepId(spec), spec, view.facts));
  const bound = lowerBound(tasks, limits);
  const gates = stages.length * gateSeconds + policy.soakSeconds;
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const byWave = stages.map(({ steps }) =>
    estimateMakespan(
      steps.flatMap(({ id }) => byId.get(id) ?? []),
      limits,
    ),
  );
  return {
    lowerBound: Math.ceil(Math.max(bound.seconds, policy.soakSeconds)),
    estimate: Math.ceil(sum(byWave) + gates),
    binding: bound.seconds >= gates ? bound.binding : 'gates',
    terms: { ...bound.terms, gates },
  };
}

/** Requests of the new istiod: as many as the old one has. */
function istiodRequests({ view: { facts } }: PlanRequest, { old }: Ends) {
  const deployment = facts.deployments.items.find(
    ({ meta }) => meta.namespace === old.namespace && meta.name === old.deployment,
  );
  const { cpuMillis = 0, memoryBytes = 0 } = deployment?.template.requests ?? {};
  return { cpuMillis: cpuMillis * old.replicas, memoryBytes: memoryBytes * old.replicas };
}

/** Surge of those that may be in renewal at once, the most expensive ones. */
function widest(moves: readonly Move[], atOnce: number): readonly Move['surge'][] {
  return moves
    .map(({ surge }) => surge)
    .sort((a, b) => b.memoryBytes - a.memoryBytes)
    .slice(0, atOnce);
}

function closed(moves: readonly Move[]): readonly string[] {
  if (moves.length === 0) return [];
  const pods = sum(moves.map(({ spec }) => spec.replicas));
  const gateways = moves.filter(({ spec }) => spec.role === 'gateway');
  const cut = gateways
    .filter(({ spec }) => spec.method === 'rollout')
    .map(({ spec }) => `${spec.namespace}/${spec.name}`);
  return [
    `long-lived connections to and from ${pods === 1 ? '1 pod' : `${pods} pods`} end once each; clients are told by GOAWAY (HTTP/2, gRPC), Connection: close (HTTP/1.1) or FIN (TCP)`,
    ...(cut.length === 0
      ? []
      : [`requests that last longer than 5 s through ${cut.join(', ')} are cut (renewed by rollout)`]),
  ];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
