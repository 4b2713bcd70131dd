/** What the checks say of each workload before it is restarted, and how meshlift would renew it. */
import type { Severity } from '../../src/checks/check.ts';
import { runChecks } from '../../src/checks/runner.ts';
import { families } from '../../src/checks/table.ts';
import { viewOf } from '../../src/checks/view.ts';
import { builtInKnowledge } from '../../src/knowledge/knowledge.ts';
import type { Facts } from '../../src/mesh/facts.ts';
import { methodOf, type Method } from '../../src/planner/method.ts';
import type { RenewWorkload } from '../../src/steps/spec.ts';
import { namespaceOf, revisions, type FitnessSpec } from './spec.ts';

/** What is known of a workload before. */
export interface Prediction {
  /** Findings about it that say that its restart loses something, by id. */
  readonly findings: readonly string[];
  /** The same, and those that speak of a rolling restart where meshlift hands over. */
  readonly rollingFindings: readonly string[];
  /** The hand-over or eviction by which it is renewed; null when it is rolled, or left out without consent. */
  readonly renewal: RenewWorkload | null;
  /** In one word: how it is renewed; 'left out' without consent. */
  readonly way: string;
}

/** Findings that say: what is restarted here loses requests or cuts connections. All others speak of something else. */
const sayLost: Readonly<Record<string, readonly Severity[]>> = {
  'ML-F001': ['warns'],
  'ML-F002': ['warns'],
  'ML-F003': ['warns'],
  'ML-F004': ['warns'],
  'ML-F005': ['warns'],
  'ML-F008': ['warns'],
  'ML-F014': ['warns'],
  'ML-F021': ['warns'],
  'ML-F022': ['warns'],
};

/** The finding that a rolling restart by anybody else loses requests, while meshlift's own way does not. */
const sayRollingLost: Readonly<Record<string, readonly Severity[]>> = { ...sayLost, 'ML-F023': ['informs'] };

/** Findings that doubt nothing but that an application ends gracefully: its owner knows better. */
const aboutApplications = ['ML-F002', 'ML-F003', 'ML-F023'];

interface Found {
  readonly id: string;
  readonly severity: Severity;
  readonly namespace: string;
  readonly name: string;
}

function findingsOf(facts: Facts, specs: readonly FitnessSpec[]): readonly Found[] {
  const known = families.flatMap(({ checks }) => checks.map(({ id }) => id));
  const request = { to: revisions.next.version, strategy: 'revision' } as const;
  const now = new Date().toISOString();
  const { view, target } = viewOf(facts, builtInKnowledge, now.slice(0, 10), request);
  const ignores = specs
    .filter(({ graceful }) => graceful)
    .flatMap((spec) =>
      aboutApplications
        .filter((id) => known.includes(id))
        .map((id) => ({
          ...{ id, object: `${spec.kind ?? 'Deployment'} ${namespaceOf(spec)}/${spec.name}` },
          reason: 'It finishes its requests.',
        })),
    );
  const selection = { families: ['fitness'], ids: [] };
  const report = runChecks({
    ...{ table: families, view, target, selection, ignores, takenAt: now, toolVersion: '0.0.0' },
  });
  return report.families
    .flatMap(({ checks }) => checks)
    .flatMap(({ id, findings }) => findings.map(({ severity, object }) => ({ id, severity, ...object })));
}

/** The predictions by name of the workload. */
export function predict(facts: Facts, specs: readonly FitnessSpec[]): ReadonlyMap<string, Prediction> {
  const found = findingsOf(facts, specs);
  return new Map(
    specs.map((spec) => {
      const own = found.filter(({ namespace, name }) => namespace === namespaceOf(spec) && name === spec.name);
      const ids = (table: Readonly<Record<string, readonly Severity[]>>) => [
        ...new Set(own.filter(({ id, severity }) => table[id]?.includes(severity)).map(({ id }) => id)),
      ];
      return [spec.name, { findings: ids(sayLost), rollingFindings: ids(sayRollingLost), ...renewalOf(facts, spec) }];
    }),
  );
}

function renewalOf(facts: Facts, spec: FitnessSpec): Pick<Prediction, 'renewal' | 'way'> {
  const { name, kind = 'Deployment', graceful = false } = spec;
  const all = [...facts.deployments.items, ...facts.statefulSets.items, ...facts.daemonSets.items];
  const fact = all.find(({ kind: one, meta }) => one === kind && meta.name === name);
  if (fact === undefined) throw new Error(`${kind} ${name} was not read`);
  const role = spec.gateway ? 'gateway' : 'sidecar';
  const override = { select: {}, ...(graceful && { graceful }) };
  const method: Method = methodOf({ facts, fact, role, override, labels: spec.ownRevision ?? false });
  if ('refused' in method) return { renewal: null, way: 'left out' };
  if (method.method === 'rollout') return { renewal: null, way: 'rollout' };
  return {
    renewal: {
      ...{ kind: 'renew-workload', namespace: namespaceOf(spec), workload: kind, name, role, method: method.method },
      ...{ revision: revisions.next.name, version: revisions.next.version, replicas: fact.replicas },
      ...{ width: method.width, labels: {}, before: {}, serviceLabel: method.serviceLabel },
      ...{ readyMs: 2000, drainMs: 5000, busyMs: 12_000 },
    },
    way: method.method,
  };
}
