import { describe, expect, it } from 'vitest';
import { gatewayFact } from '../../test/fact-defaults.ts';
import { meta, read } from '../../test/mesh-facts.ts';
import { facts, kinds, namespaces, plan, web } from '../../test/planner/mesh.ts';
import { gatewayClasses, planOf, request, shop } from '../../test/planner/request.ts';
import type { StepSpec } from '../steps/spec.ts';
import type { Verdict } from '../steps/step.ts';
import { verifyPlan } from './verify.ts';

describe('verifyPlan', () => {
  const view = request(facts).view;
  const verify = (verdict: (spec: StepSpec) => Verdict) => ({
    ...kinds,
    verify: (_view: unknown, spec: StepSpec) => verdict(spec),
  });

  it('asks every step but those that leave nothing to be seen', () => {
    const asked: string[] = [];
    const found = verifyPlan(
      plan,
      'forward',
      view,
      verify(({ kind }) => {
        asked.push(kind);
        return { state: 'passed' };
      }),
    );
    expect(found).toEqual({ steps: 8, notSo: [] });
    expect(asked).not.toContain('soak');
    expect(asked).not.toContain('prove-control-plane');
  });

  it('names what does not hold, and what is not known', () => {
    const found = verifyPlan(
      plan,
      'forward',
      view,
      verify(({ kind }) =>
        kind === 'move-tag'
          ? { state: 'failed', why: 'it points elsewhere' }
          : kind === 'move-default'
            ? { state: 'unknown', why: '403' }
            : { state: 'passed' },
      ),
    );
    expect(found.notSo).toEqual([
      {
        step: 'move-tag/prod',
        title: 'Point tag prod from revision 1-29-6 to 1-30-3',
        state: 'failed',
        why: 'it points elsewhere',
      },
      {
        step: 'move-default/1-30-3',
        title: 'Make revision 1-30-3 the default in place of revision 1-29-6: the default validator',
        state: 'unknown',
        why: '403',
      },
    ]);
  });

  it('asks for the removal after complete, and for the way back after a rollback', () => {
    const kindsOf = (phase: 'forward' | 'back' | 'complete'): string[] => {
      const asked: string[] = [];
      verifyPlan(
        plan,
        phase,
        view,
        verify((spec) => {
          asked.push(spec.kind === 'renew-workload' ? `${spec.kind} ${spec.revision}` : spec.kind);
          return { state: 'passed' };
        }),
      );
      return asked;
    };
    expect(kindsOf('forward')).not.toContain('remove-control-plane');
    expect(kindsOf('complete')).toContain('remove-control-plane');
    expect(kindsOf('back')).toContain('renew-workload 1-29-6');
    expect(kindsOf('back')).not.toContain('renew-workload 1-30-3');
  });

  it.each(['forward', 'back'] as const)(
    'asks only the last word about a gateway that was pinned meanwhile: %s',
    (phase) => {
      const gateways = read(gatewayFact(meta('shop', 'public', { 'istio.io/rev': 'prod' })));
      const pinned = planOf(request(shop([web], namespaces, { gatewayClasses, gateways })));
      const asked: (string | null)[] = [];
      verifyPlan(
        pinned,
        phase,
        view,
        verify((spec) => {
          if (spec.kind === 'label-gateway') asked.push(spec.revision);
          return { state: 'passed' };
        }),
      );
      expect(asked).toEqual(['prod']);
    },
  );
});
