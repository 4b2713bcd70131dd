/** The stories that are told: one or more a scenario. */
import { resources } from '../../sandbox/store/resources.ts';
import { defaultPolicy, type Policy } from '../../src/policy/policy.ts';
import { freeTags } from './free-tags.ts';
import type { Leg, StorySpec } from './story.ts';

/** A story with its name and how thoroughly it is told. */
export interface NamedStory {
  readonly name: string;
  readonly spec: StorySpec;
  /** One of so many crash points is tried; 1: all. */
  readonly every: number;
}

const forward: readonly Leg[] = [{ phase: 'forward' }];
const back: readonly Leg[] = [{ phase: 'forward', until: 'wave-2' }, { phase: 'back' }];
/** Where the new revision was there before. */
const backOnly: readonly Leg[] = [
  { phase: 'forward', until: 'wave-2' },
  { phase: 'back', removeNew: false },
];
const complete: readonly Leg[] = [{ phase: 'forward' }, { phase: 'complete' }];

const wholeBack: readonly Leg[] = [{ phase: 'forward' }, { phase: 'back' }];

const short: Partial<Policy> = { soakSeconds: 2 };

function story(scenario: string, legs: readonly Leg[], policy: Partial<Policy> = {}): StorySpec {
  return { scenario, to: '1.30.3', policy: { ...short, ...policy }, legs };
}

/** Nobody carries out Argo Rollouts here, and a budget of all pods lets none of them go. */
const withoutStuck: Partial<Policy> = {
  overrides: [
    { select: { kinds: ['Rollout'] }, skip: true, reason: 'no controller here' },
    { select: { names: ['on-delete'] }, skip: true, reason: 'its budget lets no pod go' },
  ],
};

const rollouts: Partial<Policy> = { overrides: [{ select: {}, method: 'rollout', reason: 'the other way to renew' }] };

/**
 * What `meshlift plan` says to do first: its tags belong to the release of the old revision, and a Service selects the revision.
 * The gateway behind it is rolled out although its budget lets no pod go: budgets are asked for evictions only.
 */
const freed: StorySpec = {
  ...story('gateways', forward),
  before: (stage) => {
    freeTags(stage, { release: 'istiod-1-28-6', version: '1.28.6', revision: '1-28-6', ambient: true });
    const ref = { resource: resources.services, namespace: 'ingress', name: 'istio-ingress' };
    stage.cluster.store.patch(ref, 'merge', { spec: { selector: { 'istio.io/rev': null } } });
  },
};

const quick: Partial<Policy> = {
  pace: { ...defaultPolicy.pace, maxWorkloads: 200, surgePods: 400, startsPerSecond: 50 },
};

/** All stories; `bookinfo` is told whole, the others in part. */
export const stories: readonly NamedStory[] = [
  { name: 'bookinfo', spec: story('bookinfo', forward), every: 1 },
  { name: 'bookinfo/back', spec: story('bookinfo', back), every: 1 },
  { name: 'bookinfo/whole-back', spec: story('bookinfo', wholeBack), every: 3 },
  { name: 'bookinfo/complete', spec: story('bookinfo', complete), every: 1 },
  { name: 'bookinfo/rollout', spec: story('bookinfo', forward, rollouts), every: 2 },
  { name: 'bookinfo/rollout-back', spec: story('bookinfo', back, rollouts), every: 4 },
  { name: 'unrevisioned', spec: story('unrevisioned', forward), every: 4 },
  { name: 'unrevisioned/back', spec: story('unrevisioned', back), every: 4 },
  { name: 'in-place', spec: story('in-place', forward), every: 4 },
  { name: 'mixed-labels', spec: story('mixed-labels', forward), every: 4 },
  { name: 'mixed-labels/back', spec: story('mixed-labels', backOnly), every: 4 },
  { name: 'workload-zoo', spec: story('workload-zoo', forward, withoutStuck), every: 5 },
  { name: 'workload-zoo/back', spec: story('workload-zoo', back, withoutStuck), every: 5 },
  { name: 'gateways', spec: freed, every: 5 },
  { name: 'debris', spec: story('debris', forward), every: 7 },
  { name: 'ambient', spec: story('ambient', forward), every: 7 },
  { name: 'thousand-workloads', spec: story('thousand-workloads', forward, quick), every: 1500 },
];

/** A story by its name. @throws when there is none */
export function storyNamed(name: string): NamedStory {
  const found = stories.find((one) => one.name === name);
  if (found === undefined) throw new Error(`No story ${name}; there are: ${stories.map((one) => one.name).join(', ')}`);
  return found;
}
