import { describe, expect, it } from 'vitest';
import { attachedFact, budgetFact, fit } from '../../test/fact-defaults.ts';
import { facts, meta, read, service, template, workload } from '../../test/mesh-facts.ts';
import type { Facts, FitnessFact, WorkloadFact, WorkloadKind } from '../mesh/facts.ts';
import type { Override } from '../policy/policy.ts';
import { methodOf, type Method } from './method.ts';

const labels = { app: 'web' };
const unfit: FitnessFact = { ...fit, preStop: 'none' };

function fact(kind: WorkloadKind, given: Partial<WorkloadFact> = {}, fitness: FitnessFact = unfit): WorkloadFact {
  const base = { replicas: 4, maxSurge: '1', maxUnavailable: '0', template: template({ labels, fitness }) };
  return workload(kind, 'shop', 'web', { ...base, ...given });
}

interface Case {
  readonly fact?: WorkloadFact;
  readonly override?: Omit<Override, 'select'>;
  readonly labels?: boolean;
  readonly facts?: Facts;
}

const withService = facts({ services: read(service('shop', 'web', labels)) });
const taken = facts({
  services: read(service('shop', 'web', labels)),
  authorizationPolicies: read(attachedFact(meta('shop', 'p'), { selector: labels }) as never),
});

function method({
  fact: one = fact('Deployment'),
  override = {},
  labels = false,
  facts: all = withService,
}: Case): Method {
  return methodOf({ facts: all, fact: one, role: 'sidecar', override: { select: {}, ...override }, labels });
}

const words = (found: Method): string =>
  'refused' in found
    ? `${found.code}: ${found.refused}`
    : `${found.method} ${found.width} ${found.serviceLabel || '-'}: ${found.reason}`;

const noHook = 'nothing shows that it finishes its requests at SIGTERM (no preStop hook)';
const refusedLabel = 'Service web: other objects select by app (authorizationPolicies shop/p)';

describe('the method of a Deployment', () => {
  it.each<[string, Case, string]>([
    ['is hand-over while nothing shows that it is graceful', {}, `hand-over 1 app: ${noHook}`],
    [
      'is rollout with probe and hook',
      { fact: fact('Deployment', {}, fit) },
      'rollout 1 -: readiness probe and preStop hook on every container',
    ],
    [
      'is hand-over of an injected gateway, whose probe comes with the injection',
      { fact: fact('Deployment', {}, { ...unfit, readiness: 'none', containers: [] }) },
      'hand-over 1 app: a rollout cuts what lasts longer than the drain of its proxy',
    ],
    [
      'is hand-over when some container has no hook',
      { fact: fact('Deployment', {}, { ...fit, preStop: 'some' }) },
      `hand-over 1 app: ${noHook}`,
    ],
    [
      'is hand-over without readiness probe, whatever the hook',
      { fact: fact('Deployment', {}, { ...fit, readiness: 'some' }) },
      'hand-over 1 app: not every container has a readiness probe',
    ],
    [
      'is hand-over when a rollout takes pods away first',
      { fact: fact('Deployment', { maxUnavailable: '25%' }, fit) },
      'hand-over 1 app: a rollout may take pods away before new ones are ready (maxUnavailable)',
    ],
    [
      'is hand-over when neither surge nor unavailability is allowed, which Kubernetes takes for one pod away',
      { fact: fact('Deployment', { maxSurge: '0', maxUnavailable: '0' }, fit) },
      'hand-over 1 app: a rollout may take pods away before new ones are ready (maxUnavailable)',
    ],
    [
      'is rollout when the policy calls it graceful',
      { override: { graceful: true } },
      'rollout 1 -: the policy calls it graceful',
    ],
    [
      'is hand-over when the policy calls it not graceful',
      { fact: fact('Deployment', {}, fit), override: { graceful: false } },
      'hand-over 1 app: the policy calls it not graceful',
    ],
    ['is what the policy says', { override: { method: 'rollout' } }, 'rollout 1 -: the policy says so'],
    ['and why', { override: { method: 'rollout', reason: 'tested' } }, 'rollout 1 -: tested'],
    [
      'is hand-over by the policy although it is graceful',
      { fact: fact('Deployment', {}, fit), override: { method: 'hand-over' } },
      'hand-over 1 app: the policy says so',
    ],
    [
      'is rollout when its labels change',
      { labels: true },
      'rollout 1 -: its template labels change, which only a rollout does',
    ],
    [
      'is rollout with a warning when the only label is taken',
      { facts: taken },
      `rollout 1 -: ${noHook}; requests may be lost, and it can't be handed over: ${refusedLabel}`,
    ],
    ['needs no label without a Service', { facts: facts() }, `hand-over 1 -: ${noHook}`],
  ])('%s', (_name, given, expected) => {
    expect(words(method(given))).toBe(expected);
  });

  it.each<[string, Case, string]>([
    ['paused', { fact: fact('Deployment', { paused: true }) }, 'no-consent: it is paused: a rollout would not begin'],
    [
      'Recreate',
      { fact: fact('Deployment', { strategy: 'Recreate' }) },
      'no-consent: its strategy is Recreate: it is down while its pods are renewed',
    ],
    [
      'one pod that may have no second one',
      { fact: fact('Deployment', { replicas: 1, maxSurge: '0', maxUnavailable: '1' }), facts: taken },
      `no-consent: it has one pod and may have no second one (maxSurge 0), and can't be handed over: ${refusedLabel}`,
    ],
  ])('needs consent: %s', (_name, given, expected) => {
    const found = method(given);
    expect(words(found)).toBe(expected);
    expect(found).toMatchObject({
      remedy: 'Consent to it in the policy (overrides: consent: true), or renew it yourself.',
    });
  });

  const consent = { consent: true, reason: 'agreed' };
  it.each<[string, Case, string]>([
    [
      'paused',
      { fact: fact('Deployment', { paused: true }, fit) },
      'hand-over 1 app: it is paused, and the policy consents',
    ],
    [
      'Recreate',
      { fact: fact('Deployment', { strategy: 'Recreate', maxSurge: '', maxUnavailable: '' }) },
      'rollout 1 -: its strategy is Recreate, and the policy consents to the gap',
    ],
    [
      'one pod',
      { fact: fact('Deployment', { replicas: 1, maxSurge: '0', maxUnavailable: '1' }), facts: taken },
      `rollout 1 -: a rollout may take pods away before new ones are ready (maxUnavailable); requests may be lost, and it can't be handed over: ${refusedLabel}`,
    ],
  ])('has it: %s', (_name, given, expected) => {
    expect(words(method({ ...given, override: consent }))).toBe(expected);
  });

  it.each<[string, Case]>([
    ['its labels must change', { labels: true }],
    ['it cannot be handed over', { facts: taken }],
    [
      'the policy asks for a rollout and it cannot be handed over',
      { facts: taken, override: { ...consent, method: 'rollout' } },
    ],
    ['its strategy is Recreate', { fact: fact('Deployment', { paused: true, strategy: 'Recreate' }) }],
  ])('is none for a paused one when %s: its rollout would never begin', (_name, given) => {
    const found = method({ fact: fact('Deployment', { paused: true }), override: consent, ...given });
    expect(found).toMatchObject({
      code: 'no-consent',
      remedy: 'Resume it (kubectl rollout resume), and make a new plan.',
    });
  });

  it.each<[string, Partial<WorkloadFact>, number, number]>([
    ['of its surge', { maxSurge: '3' }, 3, 3],
    ['of a share, rounded up', { maxSurge: '30%' }, 2, 2],
    ['of all its pods at most', { maxSurge: '200%' }, 4, 4],
    ['of one at least', { maxSurge: '0', maxUnavailable: '0' }, 1, 1],
    ['with those that may be missing, by rollout', { maxSurge: '1', maxUnavailable: '50%' }, 1, 3],
    ['of one when it wants none', { replicas: 0 }, 1, 1],
  ])('has the width %s', (_name, given, handedOver, rolled) => {
    expect(method({ fact: fact('Deployment', given) })).toMatchObject({ method: 'hand-over', width: handedOver });
    expect(method({ fact: fact('Deployment', given), override: { method: 'rollout' } })).toMatchObject({
      width: rolled,
    });
  });
});

describe('the method of other kinds', () => {
  it.each<[string, Case, string]>([
    [
      'StatefulSet',
      { fact: fact('StatefulSet') },
      'rollout 1 -: StatefulSet: one pod after the other, by its own controller',
    ],
    [
      'StatefulSet with OnDelete',
      { fact: fact('StatefulSet', { strategy: 'OnDelete' }) },
      'by-pod 1 -: OnDelete: its controller renews a pod only when it is deleted',
    ],
    [
      'StatefulSet with a partition',
      { fact: fact('StatefulSet', { partition: 2 }) },
      'by-pod 1 -: partition 2: its controller renews a pod only when it is deleted',
    ],
    [
      'StatefulSet of which two pods may be away',
      { fact: fact('StatefulSet', { replicas: 4, maxUnavailable: '2' }) },
      'rollout 2 -: StatefulSet: 2 pods at a time, by its own controller',
    ],
    [
      'StatefulSet of which all pods may be away',
      { fact: fact('StatefulSet', { replicas: 3, maxUnavailable: '100%' }) },
      'no-consent: its maxUnavailable 100% lets all its 3 pods end at once: it is down while they are renewed',
    ],
    [
      'StatefulSet of which all pods may be away, one by one for a partition',
      { fact: fact('StatefulSet', { replicas: 3, maxUnavailable: '3', partition: 2 }) },
      'by-pod 1 -: partition 2: its controller renews a pod only when it is deleted',
    ],
    [
      'StatefulSet of one pod',
      { fact: fact('StatefulSet', { replicas: 1 }) },
      'no-consent: it has one pod, which must end before the next one starts',
    ],
    [
      'StatefulSet of one pod with consent',
      { fact: fact('StatefulSet', { replicas: 1 }), override: { consent: true } },
      'rollout 1 -: StatefulSet: one pod after the other, by its own controller',
    ],
    [
      'StatefulSet with a partition whose labels change',
      { fact: fact('StatefulSet', { partition: 1 }), labels: true, override: { consent: true } },
      'no-consent: its template labels must change, and its update strategy does not roll its pods',
    ],
    [
      'StatefulSet whose labels change',
      { fact: fact('StatefulSet'), labels: true },
      'rollout 1 -: StatefulSet: one pod after the other, by its own controller',
    ],
    [
      'DaemonSet',
      { fact: fact('DaemonSet', { maxSurge: '0', maxUnavailable: '1' }) },
      'rollout 1 -: DaemonSet: one pod after the other, by its own controller',
    ],
    [
      'DaemonSet of one pod that may have a second one',
      { fact: fact('DaemonSet', { replicas: 1, maxSurge: '1', maxUnavailable: '0' }) },
      'rollout 1 -: DaemonSet: one pod after the other, by its own controller',
    ],
    [
      'DaemonSet of one pod',
      { fact: fact('DaemonSet', { replicas: 1, maxSurge: '0', maxUnavailable: '1' }) },
      'no-consent: it has one pod, which must end before the next one starts',
    ],
    [
      'DaemonSet of one pod with OnDelete',
      { fact: fact('DaemonSet', { replicas: 1, strategy: 'OnDelete' }) },
      'no-consent: it has one pod, which must end before the next one starts',
    ],
    [
      'DaemonSet on all nodes at once',
      { fact: fact('DaemonSet', { maxSurge: '0', maxUnavailable: '100%' }) },
      'no-consent: its maxUnavailable 100% lets all its 4 pods end at once: it is down while they are renewed',
    ],
    [
      'DaemonSet on all nodes at once, by a share that is rounded up',
      { fact: fact('DaemonSet', { maxSurge: '0', maxUnavailable: '80%' }) },
      'no-consent: its maxUnavailable 80% lets all its 4 pods end at once: it is down while they are renewed',
    ],
    [
      'DaemonSet on all nodes at once with consent',
      { fact: fact('DaemonSet', { maxSurge: '0', maxUnavailable: '9' }), override: { consent: true } },
      'rollout 4 -: its maxUnavailable 9 lets all its 4 pods end at once: it is down while they are renewed, and the policy consents to the gap',
    ],
    [
      'DaemonSet on all nodes at once, but OnDelete',
      { fact: fact('DaemonSet', { strategy: 'OnDelete', maxUnavailable: '100%' }) },
      'by-pod 1 -: OnDelete: its controller renews a pod only when it is deleted',
    ],
    [
      'DaemonSet with OnDelete',
      { fact: fact('DaemonSet', { strategy: 'OnDelete' }) },
      'by-pod 1 -: OnDelete: its controller renews a pod only when it is deleted',
    ],
    ['Rollout', { fact: fact('Rollout', { maxSurge: '2' }) }, 'rollout 2 -: Argo Rollouts restarts it (restartAt)'],
    ['Job', { fact: fact('Job') }, 'job: it ends by itself'],
    ['CronJob', { fact: fact('CronJob') }, 'job: it ends by itself'],
  ])('%s', (_name, given, expected) => {
    expect(words(method(given))).toBe(expected);
  });
});

describe('a budget that never lets a pod go', () => {
  const numbers = { disruptionsAllowed: 0, desiredHealthy: 4, expectedPods: 4 };
  const selector = { matchLabels: labels, matchExpressions: [] };
  const budget = budgetFact(meta('shop', 'pdb'), { selector, maxUnavailable: '0', ...numbers });
  const guarded = facts({ services: read(service('shop', 'web', labels)), budgets: read(budget) });
  const never = 'PodDisruptionBudget pdb wants all 4 pods at all times, so none can ever be evicted';

  it.each<[string, Case]>([
    ['OnDelete', { fact: fact('StatefulSet', { strategy: 'OnDelete' }) }],
    ['OnDelete', { fact: fact('DaemonSet', { strategy: 'OnDelete' }), override: { consent: true, reason: 'r' } }],
    ['partition 2', { fact: fact('StatefulSet', { partition: 2 }) }],
  ])('leaves out what is renewed by eviction (%s), whatever is consented to', (why, one) => {
    const found = method({ ...one, facts: guarded });
    expect(words(found)).toBe(`budget: its pods are renewed by eviction (${why}), and ${never}`);
    expect('remedy' in found && found.remedy).toContain('"type":"RollingUpdate"');
  });

  it.each<[string, Case, string]>([
    ['a rolling update', { fact: fact('StatefulSet') }, 'rollout 1 -: StatefulSet: one pod after the other'],
    ['a hand-over', {}, 'hand-over 1 app'],
  ])('is not asked by %s', (_what, one, way) => expect(words(method({ ...one, facts: guarded }))).toContain(way));

  it('lets an eviction happen when it allows one', () => {
    const one = { ...guarded, budgets: read({ ...budget, desiredHealthy: 3 }) };
    const found = method({ fact: fact('StatefulSet', { strategy: 'OnDelete' }), facts: one });
    expect(words(found)).toContain('by-pod 1 -');
  });
});
