import { describe, expect, it } from 'vitest';
import { readSchema, subschemas, violations } from '../../../test/json-schema.ts';
import { freeTags } from '../../../test/simulation/free-tags.ts';
import { planOn } from '../../../test/upgrade/plan.ts';
import { stage } from '../../../test/upgrade/world.ts';
import { fromText, toText } from '../../planner/document.ts';
import { withPreviews } from '../../planner/plan-upgrade.ts';
import type { UpgradePlan } from '../../planner/plan.ts';

const schema = readSchema('upgrade-plan');

/** As it is in a file, and comes back from it. */
async function planOf(scenario: string): Promise<UpgradePlan> {
  const made = await stage(scenario);
  if (scenario === 'gateways')
    freeTags(made, { release: 'istiod-1-28-6', version: '1.28.6', revision: '1-28-6', ambient: true });
  return fromText(toText(await planOn(made, '1.30.3')), 'plan.yaml');
}

describe('JSON Schema of UpgradePlan', () => {
  it.each(['bookinfo', 'unrevisioned', 'in-place', 'mixed-labels', 'workload-zoo', 'gateways'])(
    'describes the plan of %s',
    async (scenario) => expect(violations(await planOf(scenario), schema)).toEqual([]),
  );

  it('describes a plan that foresees something, and workloads with what leads them', async () => {
    const plan = await planOf('bookinfo');
    const warning = { code: 'gap', object: 'DaemonSet a/b', message: 'm', remedy: 'r' };
    const foreseen = { ...plan, warnings: [warning], cost: { ...plan.cost, lostRequests: ['requests'] } };
    expect(violations(foreseen, schema)).toEqual([]);
    expect(violations({ ...plan, warnings: [{ ...warning, code: 1 }] }, schema)).toHaveLength(1);
    const led = plan.stages.flatMap(({ steps }) => steps).find(({ ledBy }) => ledBy !== undefined);
    expect(led?.ledBy).toEqual(['move-tag/prod']);
  });

  it('describes a plan with previews', async () => {
    const preview = { step: 'install-control-plane/1-30-3', command: 'helm install', values: ['a: 1'], objects: ['b'] };
    const plan = withPreviews(await planOf('bookinfo'), [preview]);
    expect(violations(plan, schema)).toEqual([]);
    const wrong = { ...plan, previews: [{ ...preview, novelty: 1 }] };
    expect(violations(wrong, schema)).toEqual(['$.previews[0].novelty: not described']);
  });

  it('refuses a field that it does not describe, a missing one, and a step of no known kind', async () => {
    const plan = await planOf('bookinfo');
    expect(violations({ ...plan, novelty: 1 }, schema)).toEqual(['$.novelty: not described']);
    const { digest, ...rest } = plan;
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(violations(rest, schema)).toEqual(['$: lacks digest']);
    const { completion } = plan;
    const steps = completion.steps.map((step) => ({ ...step, spec: { ...step.spec, kind: 'hope' } }));
    expect(violations({ ...plan, completion: { ...completion, steps } }, schema)).toEqual([
      '$.completion.steps[0].spec: fits 0 of 10 alternatives',
    ]);
  });

  it('describes every field in words and closes every object but the policy', () => {
    for (const one of subschemas(schema)) {
      if (one.$ref === undefined) expect(one.description, JSON.stringify(one).slice(0, 200)).toBeTruthy();
      if (one.properties !== undefined) expect(one.additionalProperties).toBe(false);
    }
    const open = subschemas(schema).filter(
      ({ type, properties, additionalProperties }) =>
        [type].flat().includes('object') && properties === undefined && additionalProperties === undefined,
    );
    expect(open).toEqual([schema.properties?.['policy']]);
  });
});
