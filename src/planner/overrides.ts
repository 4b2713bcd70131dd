import { isLike } from '../policy/like.ts';
import type { Override, WorkloadSelector } from '../policy/policy.ts';
import type { Candidate } from './input.ts';

const nothing: Override = { select: {} };

/** The first override that fits a workload; one that says nothing otherwise. */
export function overrideFor(overrides: readonly Override[], candidate: Candidate): Override {
  return overrides.find(({ select }) => fits(select, candidate)) ?? nothing;
}

function fits({ namespaces, names, kinds, labels }: WorkloadSelector, { workload, entry }: Candidate): boolean {
  const own = entry.fact?.template.labels ?? {};
  return (
    (namespaces === undefined || namespaces.some((one) => isLike(workload.namespace, one))) &&
    (names === undefined || names.some((one) => isLike(workload.name, one))) &&
    (kinds === undefined || kinds.includes(workload.kind)) &&
    (labels === undefined || Object.entries(labels).every(([key, value]) => own[key] === value))
  );
}
