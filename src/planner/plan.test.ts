/** The plan as a whole: its ends, its stages, its way back, and what is verified of it. */
import { describe, expect, it } from 'vitest';
import { gatewayFact } from '../../test/fact-defaults.ts';
import { meta, read } from '../../test/mesh-facts.ts';
import { facts, kinds, namespaces, plan, web } from '../../test/planner/mesh.ts';
import { ends, gatewayClasses, planeOf, planOf, request, shop } from '../../test/planner/request.ts';
import type { StepSpec } from '../steps/spec.ts';
import type { Verdict } from '../steps/step.ts';
import { planBack, plannedStep } from './back.ts';
import { endsOf, oldControlPlane, revisionName } from './ends.ts';
import { planUpgrade } from './plan-upgrade.ts';
import type { UpgradePlan } from './plan.ts';
import { duration } from './text.ts';
import { verifyPlan } from './verify.ts';

const ids = (one: Pick<UpgradePlan, 'stages'>): string[] =>
  one.stages.flatMap(({ id, steps }) => steps.map((step) => `${id} ${step.id}`));

describe('planUpgrade', () => {
  it('installs, proves, moves in waves, then the default; each tag and label just before its first workload', () => {
    expect(ids(plan)).toEqual([
      'install install-control-plane/1-30-3',
      'prove prove-control-plane/1-30-3',
      'wave-1 label/direct',
      'wave-1 renew/Deployment/direct/api',
      'wave-2 renew/Deployment/plain/own',
      'wave-3 move-tag/prod',
      'wave-3 renew/Deployment/shop/web',
      'wave-4 label/empty',
      'default move-default/1-30-3',
      'soak soak/60',
    ]);
    expect(plan.completion.steps.map(({ id }) => id)).toEqual(['remove-control-plane/1-29-6']);
  });

  it('gives every step an id of its own', () => {
    const all = ids(plan).map((one) => one.split(' ')[1]);
    expect(new Set(all).size).toBe(all.length);
  });

  it('proves the namespaces and the proxies that are there', () => {
    const spec = plan.stages
      .flatMap(({ steps }) => steps)
      .find((step) => step.spec.kind === 'prove-control-plane')?.spec;
    expect(spec).toMatchObject({
      namespaces: ['direct', 'plain', 'shop'],
      proxies: [{ role: 'sidecar', version: '1.29.6' }],
    });
  });

  it('gates every wave by all conditions, also those of the policy', () => {
    const condition = {
      name: 'errors',
      url: 'http://p',
      query: 'q',
      below: 0.01,
      interval: 15,
      count: 3,
      failureLimit: 0,
    };
    const probe = { url: 'http://shop', protocol: 'http1', rate: 1, maxFailed: 0, headers: {} } as const;
    const gated = planOf(request(facts, { gates: { timeoutSeconds: 1, conditions: [condition] }, probes: [probe] }));
    const gates = new Map(gated.stages.map(({ id, gate }) => [id, gate.map(({ name }) => name)]));
    const all = ['proxies', 'rejections', 'webhooks', 'availability', 'probe', 'errors'];
    expect(gates.get('wave-1')).toEqual(all);
    expect(gates.get('soak')).toEqual(all.filter((name) => name !== 'availability'));
    for (const id of ['install', 'prove', 'wave-4', 'default']) expect(gates.get(id)).toEqual(['webhooks']);
    const conditions = gated.stages.flatMap(({ gate }) => gate);
    expect(conditions.find(({ name }) => name === 'errors')?.condition).toBe('q < 0.01');
  });

  it('leaves out the time of watching when the policy wants none', () => {
    expect(ids(planOf(request(facts, { soakSeconds: 0 })))).not.toContain('soak soak/0');
  });

  it('is the same for the same facts', () => {
    expect(planOf(request(facts))).toEqual(plan);
  });

  it('says what the way back is, the last change first', () => {
    expect(plan.wayBack).toEqual([
      'Make revision 1-29-6 the default in place of revision 1-30-3: the default validator',
      'Label namespace empty: istio.io/rev=1-29-6',
      'Point tag prod from revision 1-30-3 to 1-29-6',
      'Label namespace direct: istio.io/rev=1-29-6',
      'renew 3 workloads again, in waves, the last wave first',
      'remove the new control plane, when asked to (--remove-new)',
      'until complete, the old control plane keeps running: nothing has to be installed again',
    ]);
  });

  it('says that there is nothing to do when the mesh is at the target', () => {
    expect(planUpgrade(request(facts, {}, { to: '1.29.6', hops: [] }))).toEqual({
      nothing: 'The mesh is at 1.29.6 already (revision 1-29-6).',
    });
  });

  it('counts requests of the new istiod and of extra pods, and names what is cut', () => {
    const requests = { cpuMillis: 100, memoryBytes: 2 ** 20 };
    const big = { ...web, fact: { ...web.fact, template: { ...web.fact.template, requests } } };
    const { cost } = planOf(request(shop([big], namespaces)));
    expect(cost).toMatchObject({ cpuMillis: 100, memoryBytes: 2 ** 20 });
    expect(cost.closedConnections).toEqual([
      'long-lived connections to and from 2 pods end once each; clients are told by GOAWAY (HTTP/2, gRPC), Connection: close (HTTP/1.1) or FIN (TCP)',
    ]);
    expect(cost.duration.estimate).toBeGreaterThanOrEqual(cost.duration.lowerBound);
    const istiod = planeOf('1.29.6');
    const heavy = {
      ...istiod.deployment,
      template: { ...istiod.deployment.template, requests: { cpuMillis: 500, memoryBytes: 2 ** 31 } },
    };
    const base = shop([web], namespaces);
    const loaded = { ...base, deployments: read(heavy, web.fact) };
    expect(planOf(request(loaded)).cost).toMatchObject({ cpuMillis: 500, memoryBytes: 2 ** 31 });
  });

  it('names what binds: the watching, or a workload that is slow', () => {
    expect(plan.cost.duration).toMatchObject({ binding: 'gates', lowerBound: 60 });
    const slow = { overrides: [{ select: { names: ['web'] }, readyMs: 3_600_000 }] };
    expect(planOf(request(facts, slow)).cost.duration).toMatchObject({ binding: 'critical path', lowerBound: 7203 });
  });
});

describe('both ends', () => {
  const mesh = request(facts).view.mesh;

  it('are the only control plane that is not at the target, or the one that is named', () => {
    expect(oldControlPlane(mesh, '1.30.3', null).revision).toBe('1-29-6');
    expect(() => oldControlPlane(mesh, '1.30.3', 'typo')).toThrow(
      'There is no control plane of revision typo; there are: 1-29-6.',
    );
    expect(() => oldControlPlane({ ...mesh, controlPlanes: [] }, '1.30.3', null)).toThrow(
      'There is no Istio control plane in this cluster.',
    );
  });

  it('are the busiest of several', () => {
    const [first] = mesh.controlPlanes;
    if (first === undefined) throw new Error('no control plane');
    const idle = { ...first, revision: '1-28-0', version: '1.28.0' };
    const there = { ...first, revision: '1-30-3', version: '1.30.3' };
    expect(oldControlPlane({ ...mesh, controlPlanes: [there, idle, first] }, '1.30.3', null).revision).toBe('1-29-6');
    expect(oldControlPlane({ ...mesh, controlPlanes: [there] }, '1.30.3', null).revision).toBe('1-30-3');
  });

  it('are not known without a version', () => {
    const controlPlanes = mesh.controlPlanes.map((one) => ({ ...one, version: null }));
    expect(() => oldControlPlane({ ...mesh, controlPlanes }, '1.30.3', null)).toThrow(
      'The version of control plane 1-29-6 is not known.',
    );
  });

  it('take a control plane of the target that is there, by whatever name', () => {
    const asked = request(facts);
    const [old] = mesh.controlPlanes;
    if (old === undefined) throw new Error('no control plane');
    const controlPlanes = [old, { ...old, revision: 'canary', version: '1.30.3' }];
    const view = { ...asked.view, mesh: { ...mesh, controlPlanes } };
    expect(endsOf({ ...asked, view }, { ...old, version: '1.29.6' }).revision).toBe('canary');
  });

  it('are refused when the name of the new revision is taken by another version', () => {
    const asked = request(facts);
    const [old] = mesh.controlPlanes;
    if (old === undefined) throw new Error('no control plane');
    const controlPlanes = [old, { ...old, revision: '1-30-3', version: '1.30.1' }];
    const view = { ...asked.view, mesh: { ...mesh, controlPlanes } };
    expect(() => endsOf({ ...asked, view }, { ...old, version: '1.29.6' })).toThrow(
      'Revision 1-30-3 exists already, with version 1.30.1 instead of 1.30.3.',
    );
  });

  it('are named without what a revision may not hold', () => {
    expect(revisionName('1.30.3')).toBe('1-30-3');
    expect(revisionName('1.30.3+solo')).toBe('1-30-3-solo');
    expect(ends(request(facts))).toMatchObject({ from: '1.29.6', to: '1.30.3', revision: '1-30-3' });
  });
});

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

describe('duration', () => {
  it.each([
    [0, '0 s'],
    [45.2, '46 s'],
    [60, '1 min'],
    [200, '3 min 20 s'],
    [3600, '1 h 0 min'],
    [7500, '2 h 5 min'],
  ])('%d seconds are %s', (seconds, words) => {
    expect(duration(seconds)).toBe(words);
  });
});
