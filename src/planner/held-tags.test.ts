import { describe, expect, it } from 'vitest';
import { Blocked } from '../errors.ts';
import { injector, read } from '../../test/mesh-facts.ts';
import { planOf, made, request, shop } from '../../test/planner/request.ts';
import type { Facts, Labels, WebhookConfigFact } from '../mesh/facts.ts';

const web = made('Deployment', 'web', '1.29.6');

function tagged(name: string, labels: Labels, annotations: Labels = {}): WebhookConfigFact {
  const made = injector('1.29.6', name);
  return { ...made, meta: { ...made.meta, labels: { ...made.meta.labels, ...labels }, annotations } };
}

const helm = { 'meta.helm.sh/release-name': 'istiod-1-29-6', 'meta.helm.sh/release-namespace': 'istio-system' };
const ofChart = { 'operator.istio.io/component': 'Pilot' };

function meshWith(...tags: readonly WebhookConfigFact[]): Facts {
  const facts = shop([web]);
  return { ...facts, mutatingWebhooks: read(injector('1.29.6'), ...tags) };
}

function refusal(facts: Facts): Blocked {
  try {
    planOf(request(facts));
  } catch (error) {
    if (error instanceof Blocked) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

describe('a tag that a Helm release holds', () => {
  it('is refused when the plan is made, with the commands that free it', () => {
    const error = refusal(meshWith(tagged('prod', ofChart, helm)));
    expect(error.object).toBe('tag prod');
    expect(error.message).toContain('Tag prod is held by Helm release istio-system/istiod-1-29-6');
    expect(error.remedy).toContain('helm upgrade istiod-1-29-6 -n istio-system with prod removed from revisionTags');
  });

  it('is refused as tag default too, and all are named at once', () => {
    const error = refusal(meshWith(tagged('prod', ofChart, helm), tagged('default', ofChart, helm)));
    expect(error.object).toBe('tag prod, tag default');
    expect(error.remedy?.split('\n')).toHaveLength(2);
  });

  it('is planned when istioctl made it, whatever annotations it copied', () => {
    expect(planOf(request(meshWith(tagged('prod', {}, helm)))).warnings).toBeUndefined();
  });
});

describe('a tag of a tool that meshlift does not drive', () => {
  it('is planned, with the warning that the run will stand still there', () => {
    const plan = planOf(request(meshWith(tagged('prod', { 'argocd.argoproj.io/instance': 'mesh' }))));
    expect(plan.warnings).toEqual([
      expect.objectContaining({
        code: 'by-its-tool',
        object: 'tag prod',
        message: expect.stringContaining('It is managed by Argo CD (mesh), which puts back') as unknown,
      }),
    ]);
    expect(plan.warnings?.[0]?.message).toContain('the run stands still in stage wave-1 at "Point tag prod');
  });
});
