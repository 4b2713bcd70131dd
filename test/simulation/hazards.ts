/** Situations in which a run must not simply go on: each says what it must do instead. */
import { Transient } from '../../src/errors.ts';
import type { EngineEvent } from '../../src/engine/events.ts';
import { request } from '../../src/journal/runs.ts';
import { resources } from '../../sandbox/store/resources.ts';
import type { Stage } from '../upgrade/world.ts';
import { renewalStarts } from './expected.ts';
import { isOwn } from './oracle/ledger.ts';
import { describeEnd, tell, type Leg, type StorySpec, type Telling, type Told } from './story.ts';

/** A situation and what must hold in it. */
export interface Hazard {
  readonly name: string;
  readonly legs: readonly Leg[];
  /** Made anew for every telling. */
  readonly telling: () => Telling;
  /** What is wrong; empty: nothing. */
  readonly judge: (told: Told) => readonly string[];
}

const forward: Leg = { phase: 'forward' };

const enters = (event: EngineEvent, stage: string): boolean =>
  event.type === 'stage' && event.what === 'entered' && event.stage === stage;

const unless = (fine: boolean, what: string): readonly string[] => (fine ? [] : [what]);

/** The leg ended, and not by reaching its end. */
function stoodStill(told: Told, leg = 0): readonly string[] {
  const executed = told.executed[leg];
  const still = typeof executed === 'object' && ['halted', 'stopped'].includes(executed.outcome.end);
  return unless(still, `it ended ${describeEnd(executed)} and did not stand still`);
}

function finished(told: Told): readonly string[] {
  const executed = told.executed.at(-1);
  const fine = typeof executed === 'object' && executed.outcome.end === 'finished';
  return unless(fine, `it ended ${describeEnd(executed)}`);
}

const nothingMoved = (told: Told): readonly string[] =>
  unless(renewalStarts(told.writes).length === 0, 'pods were renewed');

function scaleIstiod({ cluster }: Stage, namespace: string, revision: string, replicas: number): void {
  const ref = { resource: resources.deployments, namespace, name: `istiod-${revision}` };
  cluster.store.patch(ref, 'merge', { spec: { replicas } });
}

/** Calls of a kind fail from an event on, for so many milliseconds. */
function blind(
  stage: string,
  ms: number,
  resource: RegExp,
): Telling & { readonly window: { from: number; to: number } } {
  const window = { from: Infinity, to: 0 };
  let now = (): number => 0;
  return {
    window,
    everyRead: true,
    begin: ({ scheduler }) => (now = () => scheduler.now()),
    onEvent: (event, { scheduler }) => {
      if (!enters(event, stage) || window.from !== Infinity) return;
      Object.assign(window, { from: scheduler.now(), to: scheduler.now() + ms });
    },
    disturb: (call) => {
      // Steps list a namespace each; what is taken from the engine is its look at the whole.
      const isLook = call.verb !== 'list' || call.namespace === '';
      const hit = isLook && !call.writes && resource.test(call.resource) && now() >= window.from && now() < window.to;
      return hit ? () => Promise.reject(new Transient(`${call.resource} cannot be read`)) : null;
    },
  };
}

/** While it was blind nothing new was begun, but for what had been decided before. */
function heldStill(told: Told, { from, to }: { from: number; to: number }, graceMs: number): readonly string[] {
  const begun = renewalStarts(told.writes).filter(({ at }) => at > from + graceMs && at < to);
  const known = from === Infinity ? ['it was never blind'] : [];
  return [
    ...known,
    ...begun.slice(0, 2).map(({ text, at }) => `${text} was sent ${at - from} ms after it saw nothing any more`),
  ];
}

/** Asks for a pause once, some time after a stage was entered; nothing may be sent later than a second after that. */
function pauseHazard(name: string, stage: string, ms: number): Hazard {
  let askedAt = 0;
  return {
    name,
    legs: [forward, { ...forward, notBefore: 300_000 }],
    telling: () => {
      askedAt = 0;
      return {
        onEvent: (event, { scheduler, cluster }, plan) => {
          if (!enters(event, stage) || askedAt > 0) return;
          askedAt = scheduler.now() + ms;
          const place = { namespace: plan.revisions.namespace, run: plan.run };
          scheduler.after(ms, () => void request(cluster.api, place, 'pause'));
        },
      };
    },
    judge: (told) => {
      const late = told.writes.filter(
        ({ at, call }) => at > askedAt + 1000 && at < told.began + 300_000 && !isOwn(call),
      );
      const words = late
        .slice(0, 2)
        .map(({ text, at }) => `${text} was sent ${at - askedAt} ms after the pause was asked for`);
      return [...words, ...stoodStill(told), ...finished(told)];
    },
  };
}

/** Blind in a way that is made anew each telling, with its own window. */
function blindHazard(name: string, stage: string, resource: RegExp, graceMs: number): Hazard {
  let current = blind(stage, 25_000, resource);
  return {
    name,
    legs: [forward, forward],
    telling: () => (current = blind(stage, 25_000, resource)),
    judge: (told) => [...heldStill(told, current.window, graceMs), ...finished(told)],
  };
}

/** All of them, on `bookinfo` from 1.29.6 to 1.30.3. */
export const hazards: readonly Hazard[] = [
  {
    name: 'new istiod and old proxies cannot work together',
    legs: [forward],
    telling: () => ({ begin: ({ cluster }) => cluster.setBadPairs([{ istiod: '1.30.3', proxy: '1.29.6' }]) }),
    judge: (told) => [...stoodStill(told), ...nothingMoved(told)],
  },
  {
    name: 'another new istiod stands where the proved one stood',
    legs: [{ ...forward, until: 'prove' }, forward],
    telling: () => ({
      excused: { istiods: true },
      onEvent: (event, { cluster }, { revisions }) => {
        if (event.type !== 'stage' || event.stage !== 'prove' || event.what !== 'passed') return;
        cluster.setBadPairs([{ istiod: '1.30.3', proxy: '1.29.6' }]);
        const isNew = ({ metadata: { name } }: { readonly metadata: { readonly name: string } }): boolean =>
          name.startsWith(`istiod-${revisions.new}`);
        for (const { metadata } of [...cluster.store.all(resources.pods)].filter(isNew))
          cluster.store.delete({ resource: resources.pods, namespace: revisions.namespace, name: metadata.name });
      },
    }),
    judge: (told) => [...stoodStill(told, 1), ...nothingMoved(told)],
  },
  {
    name: 'new proxies are refused from the second wave on',
    legs: [forward],
    telling: () => ({
      onEvent: (event, { cluster }) => {
        if (enters(event, 'wave-2')) cluster.setBadPairs([{ istiod: '1.30.3', proxy: '1.30.3' }]);
      },
    }),
    judge: (told) => [
      ...stoodStill(told),
      ...unless(renewalStarts(told.writes).length === 2, 'another workload was begun'),
    ],
  },
  {
    name: 'the new istiod is away when a wave begins',
    legs: [forward, forward],
    telling: () => ({
      excused: { istiods: true },
      onEvent: (event, stage, plan) => {
        if (!enters(event, 'wave-2')) return;
        const { namespace, new: revision } = plan.revisions;
        scaleIstiod(stage, namespace, revision, 0);
        stage.scheduler.after(20_000, () => scaleIstiod(stage, namespace, revision, 1));
      },
    }),
    judge: finished,
  },
  pauseHazard('a pause in the middle of a wave', 'wave-3', 3000),
  blindHazard('istiods do not say who is connected', 'wave-2', /debug\/syncz/, 12_000),
  blindHazard('istiods do not say what was rejected', 'wave-2', /metrics/, 12_000),
  blindHazard('endpoints of webhooks are not seen', 'wave-2', /^endpointslices/, 12_000),
  blindHazard('pods are not seen', 'wave-2', /^pods$/, 2000),
  {
    name: 'the lease cannot be renewed, and somebody else takes it',
    legs: [{ phase: 'forward', rivalAfterMs: 12_000 }],
    telling: () => ({
      disturb: (call, _write, process) =>
        call.resource.startsWith('leases') && call.verb === 'patch' && process.number === 1
          ? () => Promise.reject(new Transient('the lease cannot be reached'))
          : null,
    }),
    judge: (told) => {
      const taken = told.writes.find(({ by, text }) => by === 2 && text.includes('journal'))?.at ?? Infinity;
      const late = told.writes.filter(({ by, at, call }) => by === 1 && at > taken && !isOwn(call));
      return [
        ...unless(taken < Infinity, 'nobody took the lease over'),
        ...late.slice(0, 1).map(({ text }) => `${text} was sent by who was overtaken`),
        ...finished(told),
      ];
    },
  },
  {
    name: 'somebody else begins while it runs',
    legs: [{ phase: 'forward', rivalAfterMs: 12_000 }],
    telling: () => ({}),
    judge: (told) => [
      ...unless(
        String(told.executed[0]).includes('is running on this mesh'),
        `the other ended ${describeEnd(told.executed[0])}`,
      ),
      ...unless(
        told.writes.every(({ by }) => by === 1),
        'the other wrote something',
      ),
    ],
  },
  {
    name: 'proxies refuse their configuration during the soak',
    legs: [forward],
    telling: () => ({
      excused: { pods: true },
      onEvent: (event, { cluster }) => {
        if (!enters(event, 'soak')) return;
        cluster.setBadPairs([{ istiod: '1.30.3', proxy: '1.30.3' }]);
        const pod = [...cluster.store.all(resources.pods)].find(({ metadata }) => metadata.namespace === 'bookinfo');
        cluster.store.delete({ resource: resources.pods, namespace: 'bookinfo', name: pod?.metadata.name ?? '' });
      },
    }),
    judge: (told) => {
      const soak = told.events.findLast((event) => event.type === 'gate');
      return [
        ...stoodStill(told),
        ...unless(soak?.type !== 'gate' || soak.stage !== 'soak', 'only the gate after the soak saw it'),
      ];
    },
  },
  {
    name: 'the old revision is used again before complete',
    legs: [forward, { phase: 'complete' }],
    telling: () => ({
      onEvent: (event, { cluster }, plan) => {
        if (event.type !== 'phase' || event.phase !== 'complete') return;
        const labels = { 'istio.io/rev': plan.revisions.old };
        cluster.store.create(resources.namespaces, { metadata: { name: 'late', labels } });
      },
    }),
    judge: (told) => stoodStill(told, 1),
  },
  {
    name: 'a namespace goes back to the old revision by hand',
    legs: [forward],
    telling: () => ({
      onEvent: (event, { cluster }, plan) => {
        if (!enters(event, 'wave-3')) return;
        const labels = { 'istio.io/rev': plan.revisions.old };
        cluster.store.patch({ resource: resources.namespaces, name: 'bookinfo' }, 'merge', { metadata: { labels } });
      },
    }),
    judge: (told) => [
      ...stoodStill(told),
      ...unless(renewalStarts(told.writes).length === 2, 'a workload was begun that gets the old revision'),
    ],
  },
];

/** Tells a hazard. @returns what is wrong; empty: nothing */
export async function inHazard(hazard: Hazard): Promise<readonly string[]> {
  const spec: StorySpec = {
    scenario: 'bookinfo',
    to: '1.30.3',
    policy: { soakSeconds: hazard.name.includes('soak') ? 20 : 2, gates: { timeoutSeconds: 120, conditions: [] } },
    legs: hazard.legs,
  };
  const told = await tell(spec, hazard.telling());
  const broken = told.violations.map(({ invariant, what }) => `${invariant}: ${what}`);
  return [...broken, ...hazard.judge(told)];
}
