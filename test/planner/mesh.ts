/** A mesh of 1.29.6 with a workload behind a tag, one behind a namespace label, one with a label of its own. */
import { describing } from '../../src/engine/execute.ts';
import type { UpgradePlan } from '../../src/planner/plan.ts';
import { stepKinds } from '../../src/steps/kinds.ts';
import { webhookConfigFact } from '../fact-defaults.ts';
import { webhookFact } from '../facts.ts';
import { meta, read, template } from '../mesh-facts.ts';
import { made, namespaced, planOf, request, shop } from './request.ts';

export const kinds = describing(stepKinds);
export const web = made('Deployment', 'web', '1.29.6', { replicas: 2 });
export const own = made('Deployment', 'own', '1.29.6', {
  namespace: 'plain',
  template: template({ labels: { app: 'own', 'istio.io/rev': '1-29-6' } }),
});
export const api = made('Deployment', 'api', '1.29.6', { namespace: 'direct' });
export const namespaces = [
  namespaced('shop', { 'istio.io/rev': 'prod' }),
  namespaced('plain'),
  namespaced('direct', { 'istio.io/rev': '1-29-6' }),
  namespaced('empty', { 'istio.io/rev': '1-29-6' }),
];
export const validator = webhookConfigFact(
  'ValidatingWebhookConfiguration',
  meta('', 'istiod-default-validator', { 'istio.io/rev': '1-29-6' }),
  [webhookFact('validation.istio.io', 'istiod-1-29-6')],
);
export const facts = shop([web, own, api], namespaces, { validatingWebhooks: read(validator) });
export const plan = planOf(request(facts));

/** Stage and step, step by step. */
export const ids = (one: Pick<UpgradePlan, 'stages'>): string[] =>
  one.stages.flatMap(({ id, steps }) => steps.map((step) => `${id} ${step.id}`));
