/** Journals for tests, written entry by entry as the engine does. */
import { digestOf } from '../journal/canonical.ts';
import { nextEntry, noEntry } from '../journal/chain.ts';
import type { JournalEntry, JournalEvent, RunState, WriteRecord } from '../journal/entry.ts';
import type { PlannedStep, Stage, UpgradePlan } from '../planner/plan.ts';
import { defaultPolicy } from '../policy/policy.ts';
import type { RenewWorkload } from '../steps/spec.ts';
import { buildReport } from './build.ts';
import type { RunReport } from './report.ts';

/** Time and process of the entries that follow. */
export interface Pen {
  /** Writes an event `after` seconds after the one before. */
  write(event: JournalEvent, after?: number): void;
  /** Another process goes on. */
  take(epoch: number): void;
  readonly entries: JournalEntry[];
}

/** A pen at 2026-03-02 08:00:00. */
export function pen(): Pen {
  const entries: JournalEntry[] = [];
  let now = Date.parse('2026-03-02T08:00:00Z');
  let epoch = 1;
  return {
    entries,
    take: (next) => (epoch = next),
    write: (event, after = 1) => {
      now += after * 1000;
      entries.push(nextEntry(entries.at(-1) ?? noEntry, event, { at: new Date(now).toISOString(), epoch }));
    },
  };
}

/** Renews a Deployment of namespace shop. */
export function renewal(name: string): PlannedStep {
  const spec: RenewWorkload = {
    ...{ kind: 'renew-workload', namespace: 'shop', workload: 'Deployment', name, role: 'sidecar', method: 'rollout' },
    ...{ revision: '1-30-3', version: '1.30.3', replicas: 2, width: 1, labels: {}, before: {}, serviceLabel: '' },
    ...{ readyMs: 1000, drainMs: 1000 },
  };
  const id = `renew/Deployment/shop/${name}`;
  return { id, title: `Renew Deployment shop/${name}`, spec, writes: [], back: '', reason: '' };
}

function stage(id: string, kind: Stage['kind'], steps: readonly PlannedStep[], gate: readonly string[] = []): Stage {
  const gates = gate.map((name) => ({ name, condition: `${name} must be well` }));
  return { id, kind, title: `Title of ${id}`, steps, gate: gates };
}

/** A plan from 1.29.6 to 1.30.3 with two waves. `web`: name of the workload of the second. */
export function planOf(web = 'web', probes = ['http://gateway.example/']): UpgradePlan {
  const duration = { lowerBound: 60, estimate: 90, binding: 'gates' as const, terms: {} };
  const probe = { protocol: 'http1' as const, rate: 100, maxFailed: 0, headers: {} };
  const body = {
    ...{ apiVersion: 'meshlift.dev/v1alpha1' as const, kind: 'UpgradePlan' as const, run: 'to-1-30-3-abcdef' },
    ...{ createdAt: '2026-03-02T07:59:00Z', tool: 'meshlift test', strategy: 'revision' as const },
    cluster: { context: 'prod', server: 'https://10.0.0.1:6443', kubernetes: 'v1.33.1', uid: 'u-1' },
    ...{ from: '1.29.6', to: '1.30.3', hops: [{ from: '1.29.6', to: '1.30.3', notes: [] }] },
    revisions: { old: '1-29-6', new: '1-30-3', namespace: 'istio-system' },
    stages: [
      stage('prepare', 'prepare', []),
      stage('wave-1', 'wave', [renewal('checkout')], ['proxies', 'probe']),
      stage('wave-2', 'wave', [renewal(web)], ['proxies', 'webhooks']),
    ],
    completion: stage('complete', 'complete', []),
    ...{ wayBack: [], findings: [] },
    leftOut: [
      { namespace: 'shop', workload: 'Pod', name: 'debug', code: 'bare-pod', reason: 'no owner', consequence: 'stays' },
    ],
    cost: { duration, cpuMillis: 0, memoryBytes: 0, closedConnections: [] },
    policy: { ...defaultPolicy, probes: probes.map((url) => ({ ...probe, url })) },
    facts: { hash: 'f', parts: {} },
  };
  return { ...body, digest: digestOf(body) };
}

/** Begins, ends or stops a piece of work. */
export function run(
  what: 'started' | 'resumed' | 'paused' | 'halted' | 'finished' | 'breach',
  detail = '',
  by = 'ann@laptop 1',
): JournalEvent {
  return { type: 'run', what, phase: 'forward', by, detail };
}

/** A step of the plan. */
export function step(name: string, what: 'started' | 'done' | 'skipped' | 'failed', detail = ''): JournalEvent {
  return { type: 'step', step: `renew/Deployment/shop/${name}`, what, detail };
}

/** A stage. */
export function enter(id: string, what: 'entered' | 'passed' = 'entered'): JournalEvent {
  return { type: 'stage', stage: id, what };
}

/** A patch of a Deployment in shop. */
export function patch(id: string, name: string): JournalEvent {
  const write: WriteRecord = {
    ...{ verb: 'patch', resource: 'deployments.apps', namespace: 'shop', name },
    ...{ precondition: 'resourceVersion 7', what: '{"spec":{"template":{}}}' },
  };
  return { type: 'write', id, step: `renew/Deployment/shop/${name}`, write };
}

/** The answer to a write. */
export function answer(id: string, outcome: 'ok' | 'refused' | 'unknown', detail = '8'): JournalEvent {
  return { type: 'written', id, outcome, detail };
}

/** Running totals of a target. */
export function traffic(
  stageId: string,
  sent: number,
  failed = 0,
  ended: Readonly<Record<string, number>> = {},
): JournalEvent {
  const numbers = { sent, failed, p99Ms: 12.5, longestGapMs: 30, ended };
  return { type: 'traffic', stage: stageId, target: 'http://gateway.example/', ...numbers };
}

/** Two pods of each workload with a version. */
export function proxies(when: 'before' | 'after', versions: Readonly<Record<string, string | null>>): JournalEvent {
  const rows = Object.entries(versions).flatMap(([name, version]) =>
    ['a', 'b'].map((pod) => {
      const revision = version === null ? null : version.replaceAll('.', '-');
      return [`shop/${name}-${when}-${pod}`, [version, revision, `Deployment shop/${name}`] as const] as const;
    }),
  );
  return { type: 'proxies', when, proxies: Object.fromEntries(rows) };
}

/** A run that finishes: killed once in wave 2, stopped once by a breach, with writes of every outcome. `web`: name of a workload. */
export function eventfulRun(web = 'web'): readonly JournalEntry[] {
  const { write, take, entries } = pen();
  firstProcess(write, web);
  take(2);
  write(run('resumed', 'epoch 2', 'bob@ci 2'), 60);
  write(enter('prepare'));
  write(enter('prepare', 'passed'));
  write(enter('wave-1'));
  write(step('checkout', 'skipped', 'the cluster shows that it is done'));
  write({ type: 'gate', stage: 'wave-1', gate: 'proxies', verdict: 'passed', value: '2 of 2 proxies on target' });
  write(traffic('wave-1', 150));
  write(enter('wave-1', 'passed'));
  write(enter('wave-2'));
  write(step(web, 'started', `Renew Deployment shop/${web}`));
  write(patch('2/web/1', web));
  write(answer('2/web/1', 'unknown', 'no answer in 10 s'), 10);
  write(step(web, 'failed', `Renew Deployment shop/${web}: its pods are not ready`), 20);
  write(traffic('wave-2', 900));
  write(run('breach', 'availability: shop/web has 1 of 2 replicas', 'bob@ci 2'));
  take(3);
  lastProcess(write, web);
  return entries;
}

function firstProcess(write: Pen['write'], web: string): void {
  write(run('started', 'epoch 1'));
  write(proxies('before', { checkout: '1.29.6', [web]: '1.29.6' }));
  write(enter('prepare'));
  write(traffic('prepare', 100));
  write(enter('prepare', 'passed'));
  write(enter('wave-1'));
  write(step('checkout', 'started', 'Renew Deployment shop/checkout'));
  write(patch('1/checkout/1', 'checkout'));
  write(answer('1/checkout/1', 'refused', 'the object has changed'));
  write(patch('1/checkout/1', 'checkout'));
  write(answer('1/checkout/1', 'ok', '9'));
  write({ type: 'evidence', step: 'renew/Deployment/shop/checkout', name: 'connections closed', value: 3 }, 5);
  write({ type: 'note', step: 'renew/Deployment/shop/checkout', text: 'pod checkout-a stays for now' });
  write(step('checkout', 'done'), 10);
  write({ type: 'gate', stage: 'wave-1', gate: 'proxies', verdict: 'passed', value: '2 of 2 proxies on target' });
  write({ type: 'gate', stage: 'wave-1', gate: 'probe', verdict: 'passed', value: '400 requests, 0 failed' });
  write(traffic('wave-1', 400));
  write(enter('wave-1', 'passed'));
  write(enter('wave-2'));
  write(step(web, 'started', `Renew Deployment shop/${web}`));
  write(patch('1/web/1', web));
}

function lastProcess(write: Pen['write'], web: string): void {
  write(run('resumed', 'epoch 3', 'bob@ci 3'), 600);
  write(enter('prepare'));
  write(enter('prepare', 'passed'));
  write(enter('wave-1'));
  write(step('checkout', 'skipped', 'the cluster shows that it is done'));
  write(enter('wave-1', 'passed'));
  write(enter('wave-2'));
  write(step(web, 'started', `Renew Deployment shop/${web}`));
  write(patch('3/web/1', web));
  write(answer('3/web/1', 'ok', '12'));
  write(step(web, 'done'), 15);
  write({ type: 'gate', stage: 'wave-2', gate: 'proxies', verdict: 'passed', value: '2 of 2 proxies on target' });
  write(traffic('wave-2', 500, 0, { goaway: 2 }));
  write(enter('wave-2', 'passed'));
  write(proxies('after', { checkout: '1.30.3', [web]: '1.30.3' }));
  write(run('finished', '', 'bob@ci 3'));
}

/** The head of a run. */
export function stateOf(status: RunState['status'], why = ''): RunState {
  const updatedAt = '2026-03-02T09:00:00.000Z';
  return { run: 'to-1-30-3-abcdef', phase: 'forward', status, stage: 'wave-2', why, updatedAt };
}

/** The report of a journal, as it is after being written and read. */
export function reportOf(entries: readonly JournalEntry[], plan = planOf(), state = stateOf('finished')): RunReport {
  const report = buildReport({ plan, entries, state, createdAt: '2026-03-02T09:00:00.000Z', tool: 'meshlift test' });
  return JSON.parse(JSON.stringify(report)) as RunReport;
}
