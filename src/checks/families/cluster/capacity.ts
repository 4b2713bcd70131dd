/** Room for what the upgrade adds: a second control plane, and one pod more of each workload that is restarted. */
import type { PodFact, RequestsFact, WorkloadFact } from '../../../mesh/facts.ts';
import type { ControlPlane } from '../../../mesh/control-plane-model.ts';
import type { Check, CheckView, Finding, Unseen } from '../../check.ts';
import { plural } from '../../../report/words.ts';
import { listed } from '../data-plane/words.ts';
import { fitting, mayGrow, needsSurge, podsFor, roomsOf, sizeOf, type Rooms } from './room.ts';

/** What an upgrade starts of a control plane beside the one that runs. */
interface Addition {
  readonly plane: ControlPlane;
  readonly fact: WorkloadFact;
  readonly pods: number;
}

/** The pods of the control plane that the first hop adds; null without a target or a step, and when that plane stands already. */
export function additionOf({ target, mesh, look }: CheckView): Addition | null {
  const [hop] = target?.hops ?? [];
  if (target === null || hop === undefined) return null;
  const stands = mesh.controlPlanes.some(({ version, replicas }) => version === hop.to && replicas > 0);
  if (target.strategy === 'revision' && stands) return null;
  const plane = mesh.controlPlanes.find(({ revision }) => revision === target.fromRevision);
  const fact = plane === undefined ? undefined : look.deploymentOf(plane);
  if (plane === undefined || fact === undefined) return null;
  const pods =
    target.strategy === 'revision'
      ? Math.max(1, plane.autoscaler?.min ?? plane.replicas)
      : podsFor(fact.maxSurge, plane.replicas, Math.ceil);
  return { plane, fact, pods };
}

/** Room for the new control plane. */
export const secondControlPlaneFits: Check = {
  id: 'ML-C006',
  title: 'the nodes have room for the control plane that the upgrade adds',
  looksAt:
    'Allocatable CPU, memory and pods of ready nodes, minus the requests of their pods; against the requests of istiod times its smallest number of replicas (revision) or its maxSurge (in-place).',
  why: 'A control plane that finds no node stays Pending: the upgrade stops at its first step, and with autoscaled workloads it takes the place of others.',
  remedy: 'Add a node or free room before the upgrade.',
  source: 'istio/istio issues 12602, 53909; learn.microsoft.com istio-add-on-minor-revision-upgrade',
  severities: ['blocks', 'warns'],
  needs: ['nodes', 'pods', 'deployments', 'target'],
  pains: ['P14', 'P31', 'P54'],
  run: (view) => {
    const added = additionOf(view);
    if (added === null || added.pods === 0) return [];
    const { fact, pods } = added;
    const rooms = roomsOf(view);
    const { requests } = fact.template;
    const object = { kind: 'Deployment', namespace: fact.meta.namespace, name: fact.meta.name };
    if (fitting(rooms.sure, requests) >= pods) return [];
    if (fitting(rooms.perhaps, requests) >= pods) return [{ object, unseen: unsure }];
    const grows = mayGrow(view);
    return [
      {
        ...{
          severity: grows ? 'warns' : 'blocks',
          object,
          field: 'spec.template.spec.containers[].resources.requests',
        },
        value: sizeOf(requests),
        message: `The upgrade adds ${plural(pods, 'pod')} of ${sizeOf(requests)}, and the nodes have room for ${String(fitting(rooms.perhaps, requests))}.`,
        why: grows
          ? 'It waits until the autoscaler of the nodes has added one, if that is allowed to.'
          : 'The new control plane stays Pending, and the upgrade stops at its first step.',
        remedy: `Add a node, or free ${sizeOf(requests)} on ${plural(pods, 'node')}: kubectl describe nodes | grep -A8 "Allocated resources"`,
      },
    ];
  },
};

const unsure =
  'There is room only on tainted nodes, or on nodes that do not say what they have: tolerations are not read.';

interface Waiting {
  readonly fact: WorkloadFact;
  readonly size: RequestsFact;
}

/** Room for one surge pod of every workload. */
export const surgePodsFit: Check = {
  id: 'ML-C007',
  title: 'every workload of the mesh finds room for one pod more while it is restarted',
  looksAt:
    'Workloads with proxies that must surge (maxUnavailable rounds to 0): the requests of their largest pod, sidecar included, against what is free on any single node.',
  why: 'The surge pod stays Pending and the rollout hangs for ever: half of the workload is old, half is new.',
  remedy: 'Add a node, or allow one pod of these workloads to be away (maxUnavailable: 1) when they have several.',
  source: 'istio/istio issues 12602, 48115',
  severities: ['warns'],
  needs: ['nodes', 'pods', 'deployments'],
  pains: ['P31'],
  run: (view) => {
    const rooms = roomsOf(view);
    const all = view.look.workloadFacts
      .filter((fact) => needsSurge(fact) && hasProxies(view, fact))
      .map((fact) => ({ fact, size: largest(view.look.podsOf(fact), fact.template.requests) }));
    const without = all.filter(({ size }) => fitting(rooms.perhaps, size) === 0);
    const perhaps = all.filter(({ size }) => fitting(rooms.sure, size) === 0 && fitting(rooms.perhaps, size) > 0);
    return [...found(without, view), ...unknown(perhaps, rooms)];
  },
};

function hasProxies({ look }: CheckView, fact: WorkloadFact): boolean {
  return (look.meshWorkload(fact)?.proxies ?? 0) > 0;
}

function largest(pods: readonly PodFact[], least: RequestsFact): RequestsFact {
  return pods.reduce(
    (size, { requests }) => ({
      cpuMillis: Math.max(size.cpuMillis, requests.cpuMillis),
      memoryBytes: Math.max(size.memoryBytes, requests.memoryBytes),
    }),
    least,
  );
}

function objectOf({ meta, kind }: WorkloadFact): Finding['object'] {
  return { kind, namespace: meta.namespace, name: meta.name };
}

function found(waiting: readonly Waiting[], view: CheckView): Finding[] {
  const [first] = waiting;
  if (first === undefined) return [];
  const names = waiting.map(({ fact }) => `${fact.meta.namespace}/${fact.meta.name}`);
  return [
    {
      ...{
        severity: 'warns',
        object: objectOf(first.fact),
        field: 'spec.template.spec.containers[].resources.requests',
      },
      value: sizeOf(first.size),
      message: `No node has room for one pod more of ${listed(names)}; the first asks for ${sizeOf(first.size)}.`,
      why: mayGrow(view)
        ? 'Its rollout waits until the autoscaler of the nodes has added one, if that is allowed to.'
        : 'Its rollout hangs: the new pod stays Pending, and no old one may go before.',
      remedy: `Add a node that fits ${sizeOf(first.size)}, or lower the requests of ${names[0] ?? ''}`,
    },
  ];
}

// One for all: the cause is that of the nodes, not of the workloads.
function unknown(waiting: readonly Waiting[], rooms: Rooms): Unseen[] {
  const [first] = waiting;
  if (first === undefined) return [];
  const scope = `${plural(waiting.length, 'workload')} with ${String(rooms.perhaps.length)} open nodes`;
  return [{ object: objectOf(first.fact), unseen: `${unsure} It concerns ${scope}.` }];
}
