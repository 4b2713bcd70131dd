import { describe, expect, it } from 'vitest';
import { gatewayFact, webhookConfigFact } from '../../test/fact-defaults.ts';
import { webhookFact } from '../../test/facts.ts';
import { meta, read } from '../../test/mesh-facts.ts';
import { ends, gatewayClasses, made, namespaced, planeOf, planOf, request, shop } from '../../test/planner/request.ts';
import type { GatewayFact, Labels } from '../mesh/facts.ts';
import type { Policy } from '../policy/policy.ts';
import type { LabelGateway } from '../steps/spec.ts';
import { gatewaySteps, type GatewayOrder } from './gateways.ts';

const rev = 'istio.io/rev';
const own = (labels: Labels, namespace = 'plain'): GatewayFact => gatewayFact(meta(namespace, 'public', labels));

/** The old revision is the default by its validator. */
function asked(gateway: GatewayFact, policy: Partial<Policy> = {}) {
  const validator = webhookConfigFact(
    'ValidatingWebhookConfiguration',
    meta('', 'istiod-default-validator', { [rev]: '1-29-6' }),
    [webhookFact('validation.istio.io', 'istiod-1-29-6')],
  );
  const namespaces = [
    namespaced('plain'),
    namespaced('shop', { [rev]: 'prod' }),
    namespaced('direct', { [rev]: '1-29-6' }),
  ];
  const given = { gatewayClasses, gateways: read(gateway), validatingWebhooks: read(validator) };
  return request(shop([made('Deployment', 'web', '1.29.6')], namespaces, given), policy);
}

const words = ({ revision, before }: LabelGateway): string => `${before ?? 'none'} to ${revision ?? 'none'}`;

function steps(gateway: GatewayFact, order: Partial<GatewayOrder> = {}) {
  const one = asked(gateway);
  const { view } = one;
  const found = gatewaySteps(view.mesh, view.facts, ends(one), { defaultMoves: true, first: false, ...order });
  const { pins, moves, releases } = found;
  return { pins: pins.map(words), moves: moves.map(words), releases: releases.map(words) };
}

describe('a Gateway API gateway', () => {
  it.each<[string, GatewayFact, ReturnType<typeof steps>]>([
    [
      'that is named directly moves by its own label, and by nothing else',
      own({ [rev]: '1-29-6' }),
      { pins: [], moves: ['1-29-6 to 1-30-3'], releases: [] },
    ],
    [
      'that a tag leads is pinned before the tag moves, and let go afterwards',
      own({ [rev]: 'prod' }),
      { pins: ['prod to 1-29-6'], moves: ['1-29-6 to prod'], releases: [] },
    ],
    [
      'that its namespace leads is pinned likewise',
      own({}, 'shop'),
      { pins: ['none to 1-29-6'], moves: ['1-29-6 to none'], releases: [] },
    ],
    [
      'that the default leads is labelled until that has moved, last of all',
      own({}),
      { pins: [], moves: ['none to 1-30-3'], releases: ['1-30-3 to none'] },
    ],
    ['of another revision stays', own({ [rev]: '1-28-0' }), { pins: [], moves: [], releases: [] }],
    ['of another class stays', { ...own({}), className: 'nginx' }, { pins: [], moves: [], releases: [] }],
  ])('%s', (_name, gateway, expected) => {
    expect(steps(gateway)).toEqual(expected);
  });

  it('keeps its label where the default revision does not move', () => {
    expect(steps(own({}), { defaultMoves: false })).toEqual({ pins: [], moves: ['none to 1-30-3'], releases: [] });
  });

  it('is labelled for the new revision when gateways go first, until tags have moved', () => {
    expect(steps(own({ [rev]: 'prod' }), { first: true })).toEqual({
      pins: [],
      moves: ['prod to 1-30-3'],
      releases: ['1-30-3 to prod'],
    });
  });
});

describe('the stages of a plan with gateways', () => {
  const order = (gateway: GatewayFact, policy: Partial<Policy> = {}): string[] =>
    planOf(asked(gateway, policy)).stages.flatMap((stage) =>
      stage.steps.flatMap(({ spec }) => {
        if (spec.kind === 'label-gateway') return [`${stage.id}: ${words(spec)}`];
        return spec.kind === 'move-tag' || spec.kind === 'move-default' ? [`${stage.id}: ${spec.kind}`] : [];
      }),
    );

  it('pin a gateway before the first tag that moves', () => {
    expect(order(own({ [rev]: 'prod' }))).toEqual([
      'wave-1: prod to 1-29-6',
      'wave-1: move-tag',
      'gateways: 1-29-6 to prod',
      'default: move-default',
    ]);
  });

  it('let a gateway go behind the default revision', () => {
    expect(order(own({}))).toEqual([
      'wave-1: move-tag',
      'gateways: none to 1-30-3',
      'default: move-default',
      'default: 1-30-3 to none',
    ]);
  });

  it('move gateways first when the policy says so', () => {
    const waves = { shares: [], groups: [], gateways: 'first' } as const;
    expect(order(own({ [rev]: 'prod' }), { waves })).toEqual([
      'gateways: prod to 1-30-3',
      'wave-1: move-tag',
      'default: move-default',
      'default: 1-30-3 to prod',
    ]);
  });

  it('pin a gateway also when no workload leads to the tag', () => {
    const { facts } = asked(own({ [rev]: 'prod' })).view;
    const idle = { ...facts, deployments: read(planeOf('1.29.6').deployment), pods: read(planeOf('1.29.6').pod) };
    const [, , wave] = planOf(request(idle)).stages;
    expect(wave?.title).toBe('Tags and namespaces without workloads');
    expect(wave?.steps.map(({ spec }) => spec.kind)).toEqual(['label-gateway', 'move-tag', 'label-namespace']);
  });
});
