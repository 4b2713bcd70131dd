import { describe, expect, it } from 'vitest';
import { ids, kinds, plan } from '../../test/planner/mesh.ts';
import { planBack, plannedStep } from './back.ts';

describe('planBack', () => {
  const order = (...given: Parameters<typeof planBack>): string[] => ids({ stages: planBack(...given) });

  it('moves what routes new pods first, the last change first, then the pods, the last wave first', () => {
    expect(order(plan, kinds)).toEqual([
      'back-routing move-default/1-29-6',
      'back-routing label/empty',
      'back-routing move-tag/prod',
      'back-routing label/direct',
      'back-wave-3 renew/Deployment/shop/web',
      'back-wave-2 renew/Deployment/plain/own',
      'back-wave-1 renew/Deployment/direct/api',
    ]);
  });

  it('removes the new control plane only when that is asked for, at the end', () => {
    expect(order(plan, kinds)).not.toContain('back-remove remove-control-plane/1-30-3');
    expect(order(plan, kinds, { removeNew: true }).at(-1)).toBe('back-remove remove-control-plane/1-30-3');
    const removed = planBack(plan, kinds, { removeNew: true }).flatMap(({ steps }) => steps);
    const specs = removed.map(({ spec }) => spec).filter(({ kind }) => kind === 'remove-control-plane');
    expect(specs).toMatchObject([{ revision: '1-30-3', version: '1.30.3' }]);
  });

  it.each([
    ['a namespace label', 'renew/Deployment/direct/api', ['back-routing label/direct', 'back-wave-1']],
    ['a tag', 'renew/Deployment/shop/web', ['back-routing move-tag/prod', 'back-wave-3']],
    ['its own template', 'renew/Deployment/plain/own', ['back-wave-2']],
  ])('takes only what is asked for back, with what leads to it: %s', (_what, id, places) => {
    const [last = '', ...rest] = [...places].reverse();
    expect(order(plan, kinds, { only: new Set([id]) })).toEqual([...rest, `${last} ${id}`]);
  });

  it('takes the label of a Gateway back that is asked for, and no other', () => {
    const step = (name: string) =>
      plannedStep({ kind: 'label-gateway', namespace: 'edge', name, revision: '1-30-3', before: null }, kinds);
    const gateways = { id: 'gateways', kind: 'gateways', title: 'Gateways', gate: [] } as const;
    const stages = [...plan.stages, { ...gateways, steps: [step('a'), step('b')] }];
    const only = new Set(['label-gateway/edge/a/1-30-3']);
    expect(order({ ...plan, stages }, kinds, { only })).toEqual(['back-routing label-gateway/edge/a/none']);
  });

  it('renews on the old revision, with the labels as they were', () => {
    const steps = planBack(plan, kinds).flatMap((stage) => stage.steps);
    const specs = steps.map(({ spec }) => spec).filter((spec) => spec.kind === 'renew-workload');
    for (const spec of specs) expect(spec).toMatchObject({ revision: '1-29-6', version: '1.29.6' });
    expect(specs.find(({ name }) => name === 'own')).toMatchObject({
      labels: { 'istio.io/rev': '1-29-6' },
      before: { 'istio.io/rev': '1-30-3' },
    });
  });

  it('takes a label away again that was not there', () => {
    const stages = plan.stages.map((stage) => ({
      ...stage,
      steps: stage.steps.map((step) => ({
        ...step,
        spec: step.spec.kind === 'renew-workload' ? { ...step.spec, before: {} } : step.spec,
      })),
    }));
    const specs = planBack({ ...plan, stages }, kinds).flatMap(({ steps }) => steps.map(({ spec }) => spec));
    expect(specs.find((spec) => spec.kind === 'renew-workload' && spec.name === 'own')).toMatchObject({
      labels: { 'istio.io/rev': null },
    });
  });
});
