/** A run on nothing: a plan without stages, a journal in memory, a world that says what a test wants. */
import type { JournalEvent } from '../journal/entry.ts';
import type { UpgradePlan } from '../planner/plan.ts';
import { defaultPolicy, type Policy } from '../policy/policy.ts';
import type { View } from '../steps/step.ts';
import type { Before } from './before.ts';
import { quickClock } from './clock.test-helper.ts';
import { createControl } from './control.ts';
import type { Session, World } from './deps.ts';
import type { EngineEvent, TrafficLine } from './events.ts';

/** What a test says. */
export interface Given {
  readonly policy?: Partial<Policy>;
  readonly world?: Partial<World>;
  readonly look?: () => Promise<View>;
}

/** A session with all that it wrote and told. */
export interface TestSession extends Session {
  readonly written: JournalEvent[];
  readonly told: EngineEvent[];
}

const nothing = (): never => {
  throw new Error('not in this test');
};

/** An empty plan from 1.29.6 to 1.30.3. */
export function emptyPlan(policy: Partial<Policy> = {}): UpgradePlan {
  const stage = { id: 'complete', kind: 'complete', title: '', steps: [], gate: [] } as const;
  return {
    ...{ apiVersion: 'meshlift.dev/v1alpha1', kind: 'UpgradePlan', run: 'r', createdAt: '', tool: '', digest: 'd' },
    cluster: { context: '', server: '', kubernetes: '', uid: '' },
    ...{ strategy: 'revision', from: '1.29.6', to: '1.30.3', hops: [], stages: [], completion: stage, wayBack: [] },
    revisions: { old: '1-29-6', new: '1-30-3', namespace: 'istio-system' },
    ...{ leftOut: [], findings: [], facts: { hash: '', parts: {} } },
    cost: {
      duration: { lowerBound: 0, estimate: 0, binding: 'gates', terms: {} },
      ...{ cpuMillis: 0, memoryBytes: 0, closedConnections: [] },
    },
    policy: { ...defaultPolicy, ...policy },
  };
}

/** A session. */
export function testSession({ policy = {}, world = {}, look = nothing }: Given = {}): TestSession {
  const written: JournalEvent[] = [];
  const told: EngineEvent[] = [];
  const refusing = new Proxy({}, { get: () => nothing });
  return {
    identity: 'me@here 1',
    world: {
      api: refusing as World['api'],
      clock: quickClock(),
      ...{ read: nothing, installer: nothing, rejections: () => Promise.resolve({}), prometheus: nothing },
      traffic: null,
      kinds: refusing as World['kinds'],
      tell: (event) => told.push(event),
      ...world,
    },
    plan: emptyPlan(policy),
    journal: { append: (event) => Promise.resolve(void written.push(event)), entries: () => [] },
    lease: { epoch: 1, isValid: () => true, keep: () => undefined, release: () => Promise.resolve() },
    control: createControl(),
    look,
    written,
    told,
  };
}

/** A run that begins where nothing is wrong. */
export const nothingBefore: Before = {
  phase: 'forward',
  baseline: { webhooks: [], overlaps: [], unavailable: [] },
  rejections: {},
  reached: new Map<string, number>(),
  failed: {},
  failing: [],
};

/** Traffic of one target. */
export function trafficLine(target: string, sent: number, failed: number): TrafficLine {
  return { target, sent, failed, p99Ms: 1, longestGapMs: 0, ended: {} };
}
