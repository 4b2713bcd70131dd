import { describe, expect, test } from 'vitest';
import type { RenewWorkload } from '../spec.ts';
import { decide } from './apply.ts';
import type { Live, Memory } from './decision.ts';
import { labelValue } from './keys.ts';
import type { OwnerState } from './owner-state.ts';
import type { PodState } from './pod-state.ts';

const base: RenewWorkload = {
  kind: 'renew-workload',
  namespace: 'shop',
  workload: 'Deployment',
  name: 'web',
  role: 'sidecar',
  method: 'hand-over',
  revision: 'new',
  version: '1.30.3',
  replicas: 2,
  width: 1,
  labels: {},
  before: {},
  serviceLabel: 'app',
  readyMs: 1000,
  drainMs: 1000,
};

const rest = { resourceVersion: '1', owner: 'rs', node: 'n', deletedAt: null, proxied: true, reason: '' };

function pod(name: string, revision: string, given: Partial<PodState> = {}): PodState {
  const version = revision === 'new' ? '1.30.3' : '1.29.6';
  const created = revision === 'new' ? '2026-01-02T00:00:00Z' : '2026-01-01T00:00:00Z';
  return { ...rest, name, uid: name, created, revision, version, ready: true, labels: {}, annotations: {}, ...given };
}

const taken = (name: string, given: Partial<PodState> = {}): PodState =>
  pod(name, 'old', {
    labels: { app: 'web' },
    annotations: {
      'meshlift.dev/hand-over-before': JSON.stringify({
        hash: 'h1',
        key: 'app',
        value: 'web',
        youngest: '2026-01-01T00:00:00Z',
      }),
    },
    ...given,
  });

const owner: OwnerState = {
  object: { metadata: { name: 'web' } },
  uid: 'd',
  resourceVersion: '1',
  annotations: {},
  templateLabels: {},
  templateAnnotations: {},
  ...{ wanted: 2, replicas: 2, updated: 2, available: 2, minReadySeconds: 0, partition: 0 },
  ...{ paused: false, strategy: 'RollingUpdate', observed: true, oneRevision: true, trouble: null },
};

const memory: Memory = { now: Date.UTC(2026, 0, 3), known: new Set(['a', 'b']), stalled: false };

/** What is decided, in short: 'remove a', 'leave a,b', 'wait'. */
function decided(live: Partial<Live>, spec: Partial<RenewWorkload> = {}, more: Partial<Memory> = {}): string {
  const decision = decide({
    live: { owner, pods: [], handedOver: [], ...live },
    spec: { ...base, ...spec },
    mark: 'run-1',
    memory: { ...memory, ...more },
  });
  const { pod: one, pods = [] } = { pod: undefined, pods: [], ...decision } as { pod?: PodState; pods?: PodState[] };
  return [decision.do, [...(one ? [one] : []), ...pods].map(({ name }) => name).join()].join(' ').trim();
}

const [a, b] = [pod('a', 'old'), pod('b', 'old')];
const [x, y] = [pod('x', 'new'), pod('y', 'new')];
const unready = { ready: false };
const gone = { deletedAt: memory.now - 1000 };
const leaving = { labels: { app: 'meshlift-leaving' } };

describe('hand-over', () => {
  test.each<[string, Partial<Live>, string, Partial<RenewWorkload>?, Partial<Memory>?]>([
    ['begins with one', { pods: [a, b] }, 'release a'],
    ['begins with one that is not ready', { pods: [a, pod('b', 'old', unready)] }, 'release b'],
    ['waits for the replacement', { pods: [b], handedOver: [taken('a')] }, 'wait'],
    ['waits until it is ready', { pods: [b, pod('x', 'new', unready)], handedOver: [taken('a')] }, 'wait'],
    ['lets it leave then', { pods: [b, x], handedOver: [taken('a')] }, 'leave a'],
    [
      'goes on with one that left its Services, come what may',
      { pods: [b], handedOver: [taken('a', leaving)] },
      'leave a',
    ],
    ['takes a second one where two may move', { pods: [b], handedOver: [taken('a')] }, 'release b', { width: 2 }],
    [
      'lets only as many leave as can be spared',
      { pods: [x], handedOver: [taken('a'), taken('b')] },
      'leave a',
      { width: 2 },
    ],
    ['waits for one on its way out', { pods: [x, y], handedOver: [taken('a', gone)] }, 'wait'],
    ['but not for one whose node was lost', { pods: [x, y], handedOver: [taken('a', { deletedAt: 1 })] }, 'done'],
    ['is done', { pods: [x, y] }, 'done'],
    ['is not done before all are ready', { pods: [x, pod('y', 'new', unready)] }, 'wait'],
    [
      'gives back at the first wrong replacement',
      { pods: [b, pod('w', 'wrong', { ...unready, created: '2026-01-02T00:00:00Z' })], handedOver: [taken('a')] },
      'give-back a',
    ],
    ['gives back when nothing moves', { pods: [b], handedOver: [taken('a')] }, 'give-back a', {}, { stalled: true }],
    ['leaves a foreign rollout alone', { owner: { ...owner, replicas: 3 }, pods: [a, b] }, 'wait'],
    ['but not a paused one', { owner: { ...owner, replicas: 3, paused: true }, pods: [a, b] }, 'release a'],
    [
      'needs fewer after scaling down',
      { owner: { ...owner, wanted: 1 }, pods: [x], handedOver: [taken('a')] },
      'leave a',
    ],
    ['needs more after scaling up', { owner: { ...owner, wanted: 3 }, pods: [x, b], handedOver: [taken('a')] }, 'wait'],
    ['cleans up behind a deleted workload', { owner: null, handedOver: [taken('a')] }, 'leave a'],
    [
      'waits for what counts as available only later',
      { owner: { ...owner, minReadySeconds: 30, available: 1 }, pods: [b, x], handedOver: [taken('a')] },
      'wait',
    ],
  ])('%s', (_name, live, wanted, spec, more) => {
    expect(decided(live, spec, more)).toBe(wanted);
  });
});

test('a hand-over says what it waits for, also when no new pod is made at all', () => {
  const words = (live: Partial<Live>) => {
    const situation = { live: { owner, pods: [b], handedOver: [taken('a')], ...live }, spec: base, mark: 'r', memory };
    return decide(situation);
  };
  const unmade = '1 of 2 pods are ready, 1 handed over; its controller has not made 1 of them yet';
  expect(words({})).toEqual({ do: 'wait', why: unmade });
  const quota = { type: 'ReplicaFailure', message: 'exceeded quota', since: memory.now };
  expect(words({ owner: { ...owner, trouble: quota } })).toEqual({ do: 'wait', why: `${unmade} (exceeded quota)` });
  const pending = pod('x', 'new', { ...unready, reason: 'istio-init is not ready' });
  expect(words({ pods: [b, pending] })).toMatchObject({ why: expect.stringContaining('x (istio-init is not ready)') });
});

describe('pod by pod', () => {
  const set = { method: 'by-pod', workload: 'StatefulSet' } as const;
  const [p0, p1, p2] = [0, 1, 2].map((ordinal) => pod(`web-${ordinal}`, 'old')) as [PodState, PodState, PodState];
  const three = { ...owner, wanted: 3 };
  test.each<[string, Partial<Live>, string, Partial<RenewWorkload>?, Partial<Memory>?]>([
    ['the highest ordinal first', { owner: three, pods: [p0, p2, p1] }, 'remove web-2'],
    ['not ready ones before', { owner: three, pods: [{ ...p0, ...unready }, p1, p2] }, 'remove web-0'],
    ['waits while one is missing', { owner: three, pods: [p0, p1] }, 'wait'],
    ['two where two may be missing', { owner: three, pods: [p0, p1] }, 'remove web-1', { width: 2 }],
    ['waits while one is ending', { owner: three, pods: [p0, p1, { ...p2, ...gone }] }, 'wait'],
    ['stops at a wrong one that is new', { pods: [pod('web-9', 'old')] }, 'refuse'],
    [
      'gives up when its budget refuses for ever',
      { owner: three, pods: [p0, p1, p2] },
      'refuse',
      {},
      { stalled: true },
    ],
    [
      'changes labels first under OnDelete',
      { owner: { ...three, strategy: 'OnDelete' } },
      'start',
      { labels: { r: 'n' } },
    ],
    ['refuses labels under a partition', { owner: { ...three, partition: 1 } }, 'refuse', { labels: { r: 'n' } }],
    ['is done', { pods: [x, y] }, 'done'],
  ])('%s', (_name, live, wanted, spec, more) => {
    const known = new Set(['web-0', 'web-1', 'web-2']);
    expect(decided(live, { ...set, ...spec }, { known, ...more })).toBe(wanted);
  });
});

describe('rollout', () => {
  const roll = { method: 'rollout' } as const;
  const marked = { ...owner, templateAnnotations: { 'meshlift.dev/renewed': 'run-1' } };
  const made = { annotations: { 'meshlift.dev/renewed': 'run-1' } };
  const half = { ...marked, updated: 1, replicas: 3 };
  const trouble = (type: string, since: number) => ({ ...half, trouble: { type, message: 'no', since } });
  test.each<[string, Partial<Live>, string, Partial<RenewWorkload>?, Partial<Memory>?]>([
    ['starts', { pods: [a, b] }, 'start'],
    ['starts for a label alone', { pods: [x, y] }, 'start', { labels: { 'istio.io/rev': 'new' } }],
    ['does not start on target', { pods: [x, y] }, 'done'],
    ['does not start with the mark', { owner: half, pods: [a, b] }, 'wait'],
    ['does not start while it is not whole', { owner: { ...owner, available: 1 }, pods: [a, b] }, 'wait'],
    [
      'does not wait for that for ever',
      { owner: { ...owner, available: 1 }, pods: [a, b] },
      'refuse',
      {},
      { stalled: true },
    ],
    ['goes back at the first wrong pod', { owner: half, pods: [a, b, pod('w', 'old', made)] }, 'revert'],
    ['also at a pod without proxy', { owner: half, pods: [a, b, pod('w', '', { ...made, revision: null })] }, 'revert'],
    ['refuses a paused one', { owner: { ...owner, paused: true }, pods: [a] }, 'refuse'],
    ['waits for old pods on their way out', { owner: marked, pods: [x, y, { ...a, ...gone }] }, 'wait'],
    ['is done', { owner: marked, pods: [x, y] }, 'done'],
    ['refuses at the deadline', { owner: trouble('ProgressDeadlineExceeded', memory.now), pods: [a] }, 'refuse'],
    ['waits a moment for an injector', { owner: trouble('ReplicaFailure', memory.now - 1000), pods: [a] }, 'wait'],
    ['but not long', { owner: trouble('ReplicaFailure', memory.now - 40_000), pods: [a] }, 'refuse'],
    ['is done when the workload is gone', { owner: null }, 'done'],
  ])('%s', (_name, live, wanted, spec, more) => {
    expect(decided(live, { ...roll, ...spec }, more)).toBe(wanted);
  });
});

test('names longer than a label value stay apart', () => {
  const long = 'n'.repeat(80);
  expect(labelValue('web')).toBe('web');
  expect(labelValue(long)).toMatch(/^n{54}-[0-9a-f]{8}$/);
  expect(labelValue(`${long}a`)).not.toBe(labelValue(`${long}b`));
});
