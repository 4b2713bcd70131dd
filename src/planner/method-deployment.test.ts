import { describe, expect, it } from 'vitest';
import { attachedFact, fit } from '../../test/fact-defaults.ts';
import { facts, meta, read, service } from '../../test/mesh-facts.ts';
import { fact, labels, method, unfit, words, type Case } from '../../test/planner/method.ts';
import type { WorkloadFact } from '../mesh/facts.ts';

const taken = facts({
  services: read(service('shop', 'web', labels)),
  authorizationPolicies: read(attachedFact(meta('shop', 'p'), { selector: labels }) as never),
});

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
