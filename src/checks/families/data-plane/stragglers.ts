/** Proxies that a rolling restart does not reach (P05): who owns them, and how they roll. */
import type { WorkloadFact } from '../../../mesh/facts.ts';
import { plural } from '../../../report/words.ts';
import type { Check, Finding } from '../../check.ts';
import { fleets, objectOf, type Fleet } from './fleet.ts';
import { listed } from './words.ts';

const ownerless: Readonly<Record<string, string>> = {
  Pod: 'nobody makes it again when it is deleted',
  ReplicaSet: 'nothing rolls a ReplicaSet without an owner',
  Other: 'it is not known how its owner renews pods',
};

/** Proxies without an owner that restarts them. */
export const everyProxyHasAnOwner: Check = {
  id: 'ML-D005',
  title: 'every proxy belongs to a workload that can be restarted',
  looksAt: 'Owner references of all pods with a proxy, up to the top.',
  why: 'Bare pods, ReplicaSets without an owner and pods of foreign controllers stay on the old version. When the old control plane goes, they lose configuration, and their certificates end within a day.',
  remedy:
    'Delete and create them yourself after the others have moved, or renew them with the tool that made them; until then the old control plane stays.',
  source: 'istio/istio issues 41354, 17623; kyma-project/kyma issues 10183, 13869',
  severities: ['warns'],
  needs: ['pods'],
  pains: ['P05'],
  run: (view) =>
    fleets(view).flatMap((fleet): Finding[] => {
      const { kind, namespace, name, ownerKind } = fleet.workload;
      const why = ownerless[kind];
      if (why === undefined) return [];
      const pods = fleet.proxies.map(({ pod }) => pod);
      return [
        {
          ...{ severity: 'warns', object: objectOf(fleet), field: 'metadata.ownerReferences' },
          value: kind === 'Pod' ? '' : ownerKind,
          message: `No restart reaches ${plural(pods.length, 'proxy', 'proxies')} of it: ${why}.`,
          why: 'It keeps its version, and the old control plane cannot be removed while it runs.',
          remedy:
            kind === 'Other'
              ? `Renew ${ownerKind} ${namespace}/${name} with its own controller; its pods: ${listed(pods)}`
              : `kubectl -n ${namespace} get pod ${pods[0] ?? ''} -o yaml > pod.yaml, delete it, and create it again from the manifest that it came from`,
        },
      ];
    }),
};

interface Halt {
  readonly field: string;
  readonly value: string;
  readonly says: string;
  readonly remedy: string;
}

function haltOf({ kind, meta, paused, strategy, partition, replicas }: WorkloadFact): Halt | null {
  const { namespace, name } = meta;
  const patch = `kubectl -n ${namespace} patch ${kind.toLowerCase()} ${name} --type merge -p`;
  if (paused) {
    const remedy = `${patch} '{"spec":{"paused":false}}'`;
    return { field: 'spec.paused', value: 'true', says: 'it is paused, so no rollout begins', remedy };
  }
  if (strategy === 'OnDelete') {
    const remedy = `Delete its pods one by one, each when the one before is ready: kubectl -n ${namespace} delete pod POD; meshlift does so`;
    return {
      field: 'spec.updateStrategy.type',
      value: strategy,
      says: 'its pods change only when they are deleted',
      remedy,
    };
  }
  if (partition > 0) {
    return {
      ...{ field: 'spec.updateStrategy.rollingUpdate.partition', value: String(partition) },
      says: `pods below ordinal ${String(Math.min(partition, replicas))} keep their template`,
      remedy: `${patch} '{"spec":{"updateStrategy":{"rollingUpdate":{"partition":0}}}}'`,
    };
  }
  return null;
}

/** Workloads that hold rollouts back. */
export const rolloutsReachAllPods: Check = {
  id: 'ML-D006',
  title: 'a restart of a workload with proxies reaches all its pods',
  looksAt: 'spec.paused, spec.updateStrategy.type OnDelete and rollingUpdate.partition of workloads with proxies.',
  why: '`kubectl rollout restart` reports success and changes nothing, or only a part: "upgrade done", and old proxies stay.',
  remedy:
    'Let meshlift delete pods one by one where the strategy is OnDelete; resume what is paused, and set the partition to 0.',
  source: 'istio/istio issue 41354; Cray-HPE/docs-csm issue 6025; kubernetes.io docs on StatefulSets',
  severities: ['warns', 'informs'],
  needs: ['pods'],
  pains: ['P05'],
  run: (view) =>
    fleets(view).flatMap((fleet): Finding[] => {
      const fact = view.look.workloadFact(fleet.workload);
      const halt = fact === undefined ? null : haltOf(fact);
      if (halt === null) return [];
      return [
        {
          // OnDelete is a choice that meshlift follows; the other two must be lifted by a person.
          ...{ severity: halt.value === 'OnDelete' ? 'informs' : 'warns', object: objectOf(fleet) },
          ...{ field: halt.field, value: halt.value },
          message: `A restart does not reach ${plural(fleet.proxies.length, 'proxy', 'proxies')} of it: ${halt.says}.`,
          why: 'Its pods keep their proxies although the restart is reported as done.',
          remedy: halt.remedy,
        },
      ];
    }),
};

/** Jobs. */
export const jobsAreKnown: Check = {
  id: 'ML-D007',
  title: 'no Job with a proxy is running',
  looksAt: 'Running pods with a proxy whose top owner is a Job or a CronJob.',
  why: 'A Job cannot be restarted without losing its work: its proxy stays until the run ends, and the old control plane with it.',
  remedy:
    'Begin when long runs are over, or let the old control plane stand until then; the next run gets the new proxy by itself.',
  source: 'istio/istio issue 41354; kyma-project/kyma issue 10183',
  severities: ['informs'],
  needs: ['pods'],
  pains: ['P05'],
  run: (view) =>
    fleets(view)
      .filter(({ workload: { kind } }) => kind === 'Job' || kind === 'CronJob')
      .map((fleet: Fleet): Finding => {
        const { namespace } = fleet.workload;
        const pods = fleet.proxies.map(({ pod }) => pod);
        return {
          ...{ severity: 'informs', object: objectOf(fleet), field: 'status.active', value: String(pods.length) },
          message: `It runs with ${plural(pods.length, 'proxy', 'proxies')}: ${listed(pods)}.`,
          why: 'The old control plane must stay until the run has ended.',
          remedy: `kubectl -n ${namespace} wait --for=delete pod/${pods[0] ?? ''} --timeout=1h, or begin when it has ended`,
        };
      }),
};
