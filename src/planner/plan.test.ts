/** The plan as a whole: its stages and their order. */
import { describe, expect, it } from 'vitest';
import { read } from '../../test/mesh-facts.ts';
import { facts, ids, namespaces, plan, web } from '../../test/planner/mesh.ts';
import { planeOf, planOf, request, shop } from '../../test/planner/request.ts';
import { planUpgrade } from './plan-upgrade.ts';

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
