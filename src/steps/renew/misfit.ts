import type { RenewWorkload } from '../spec.ts';

/** Why a workload cannot be renewed by the method that is asked for, whatever its state; null when it can. */
export function misfit(spec: RenewWorkload): { readonly why: string; readonly remedy: string } | null {
  const { workload, method } = spec;
  if (workload === 'Pod') {
    const remedy = 'Save its manifest, delete it and create it again, or put it under a Deployment.';
    return { why: 'it is a bare pod: nothing makes another in its place', remedy };
  }
  if (method === 'hand-over' && workload !== 'Deployment') {
    const why = `a ${workload} cannot be handed over: only a ReplicaSet lets go of a pod whose label changes`;
    return { why, remedy: 'Plan it with method rollout or by-pod.' };
  }
  if (Object.keys(spec.labels).length > 0 && method === 'hand-over') {
    return { why: 'a label of its template must change', remedy: 'Plan it with method rollout.' };
  }
  if (fits[method].includes(workload)) return null;
  return { why: `a ${workload} cannot be renewed by ${method}`, remedy: 'Plan again.' };
}

const fits: Readonly<Record<RenewWorkload['method'], readonly RenewWorkload['workload'][]>> = {
  rollout: ['Deployment', 'StatefulSet', 'DaemonSet', 'Rollout'],
  'hand-over': ['Deployment'],
  'by-pod': ['StatefulSet', 'DaemonSet', 'ReplicaSet'],
  'next-run': ['Job', 'CronJob'],
};
