/** The method of workload shop/web, whose pods end badly unless a case says otherwise. */
import type { Facts, FitnessFact, WorkloadFact, WorkloadKind } from '../../src/mesh/facts.ts';
import { methodOf, type Method } from '../../src/planner/method.ts';
import type { Override } from '../../src/policy/policy.ts';
import { fit } from '../fact-defaults.ts';
import { facts, read, service, template, workload } from '../mesh-facts.ts';

/** Of its template. */
export const labels = { app: 'web' };

/** Fit but for the preStop hook, which no container has. */
export const unfit: FitnessFact = { ...fit, preStop: 'none' };

/** The workload: four pods, surge before unavailability. */
export function fact(kind: WorkloadKind, given: Partial<WorkloadFact> = {}, fitness = unfit): WorkloadFact {
  const base = { replicas: 4, maxSurge: '1', maxUnavailable: '0', template: template({ labels, fitness }) };
  return workload(kind, 'shop', 'web', { ...base, ...given });
}

/** What differs from a Deployment behind a Service, without a word of the policy. */
export interface Case {
  readonly fact?: WorkloadFact;
  readonly override?: Omit<Override, 'select'>;
  /** Its template labels must change. */
  readonly labels?: boolean;
  readonly facts?: Facts;
}

const withService = facts({ services: read(service('shop', 'web', labels)) });

/** Its method. */
export function method({
  fact: one = fact('Deployment'),
  override = {},
  labels = false,
  facts: all = withService,
}: Case): Method {
  return methodOf({ facts: all, fact: one, role: 'sidecar', override: { select: {}, ...override }, labels });
}

/** A method in one line: way, width, label of the hand-over and reason; or why there is none. */
export function words(found: Method): string {
  return 'refused' in found
    ? `${found.code}: ${found.refused}`
    : `${found.method} ${found.width} ${found.serviceLabel || '-'}: ${found.reason}`;
}
