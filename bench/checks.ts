import { performance } from 'node:perf_hooks';
import type { Check, CheckView } from '../src/checks/check.ts';
import { runChecks } from '../src/checks/runner.ts';
import { families } from '../src/checks/table.ts';
import { viewOf } from '../src/checks/view.ts';
import { builtInKnowledge } from '../src/knowledge/knowledge.ts';
import type { Facts } from '../src/mesh/facts.ts';
import { largeMesh } from './lib/large-mesh.ts';
import { info, promise, type Outcome } from './lib/report.ts';
import { median, spread } from './lib/stats.ts';

const bound = 2000;

/** All checks, with a target, over facts that have been read: from the model on, as `meshlift check` does it. */
export function checks(quick: boolean): Promise<Outcome> {
  const size = quick
    ? { workloads: 200, pods: 2000, workloadsANamespace: 20 }
    : { workloads: 2000, pods: 20_000, workloadsANamespace: 20 };
  const facts = largeMesh(size);
  const times = Array.from({ length: quick ? 3 : 7 }, () => timed(facts));
  const all = times.map(({ model, run }) => model + run);
  const { view } = made(facts);
  const costs = costsOf(view);
  const [dearest] = costs;
  const rows = [
    info('pods, workloads, checks', `${String(size.pods)}, ${String(size.workloads)}, ${String(costs.length)}`),
    info(
      'facts to model, ms',
      spread(
        times.map(({ model }) => model),
        0,
      ),
    ),
    info(
      'all checks, ms',
      spread(
        times.map(({ run }) => run),
        0,
      ),
    ),
    promise('both, ms', spread(all, 0), `<= ${String(bound)}`, median(all) <= bound),
    info('dearest check, ms', dearest === undefined ? 'none' : `${dearest.id} ${dearest.ms.toFixed(1)}`),
    // What every check would cost that looked for the pods of each workload itself.
    info('negative control: one check without indexes, ms', naive(facts).toFixed(0)),
  ];
  return Promise.resolve({ rows, raw: { milliseconds: times, checks: costs } });
}

function made(facts: Facts): ReturnType<typeof viewOf> {
  return viewOf(facts, builtInKnowledge, '2026-09-01', { to: '1.30.3', strategy: 'revision' });
}

function timed(facts: Facts): { readonly model: number; readonly run: number } {
  const started = performance.now();
  const { view, target } = made(facts);
  const between = performance.now();
  runChecks({
    ...{ table: families, view, target, selection: { families: [], ids: [] }, ignores: [] },
    ...{ takenAt: '2026-09-01T00:00:00Z', toolVersion: '0.0.0' },
  });
  return { model: between - started, run: performance.now() - between };
}

function costsOf(view: CheckView): readonly { readonly id: string; readonly ms: number }[] {
  const cost = (check: Check): { readonly id: string; readonly ms: number } => {
    const started = performance.now();
    check.run(view);
    return { id: check.id, ms: performance.now() - started };
  };
  return families
    .flatMap((family) => family.checks)
    .map(cost)
    .toSorted((a, b) => b.ms - a.ms);
}

function naive({ deployments, pods }: Facts): number {
  const started = performance.now();
  for (const { meta, selector } of deployments.items) {
    pods.items.filter(
      (pod) =>
        pod.meta.namespace === meta.namespace &&
        Object.entries(selector).every(([key, value]) => pod.meta.labels[key] === value),
    );
  }
  return performance.now() - started;
}
