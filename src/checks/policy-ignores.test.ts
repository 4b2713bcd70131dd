import { describe, expect, it } from 'vitest';
import { made, shop } from '../../test/planner/request.ts';
import { buildMesh } from '../mesh/build.ts';
import type { Override } from '../policy/policy.ts';
import type { Finding } from './check.ts';
import { impliedBy } from './policy-ignores.ts';
import { meets } from './selection.ts';

const facts = shop([made('Deployment', 'web', '1.29.6'), made('Deployment', 'api', '1.29.6')]);
const view = { facts, mesh: buildMesh(facts) };

function finding(name: string, field = 'spec.template.spec.containers[].lifecycle.preStop'): Finding {
  const object = { kind: 'Deployment', namespace: 'shop', name };
  return { severity: 'warns', object, field, value: '', message: 'm', why: 'w', remedy: 'r' };
}

describe('what a policy calls graceful', () => {
  const web: Override = { select: { names: ['web'] }, graceful: true, reason: 'OPS-7' };
  const reason = (id: string, one: Finding, overrides: readonly Override[] = [web]) =>
    impliedBy({ overrides }, view)(id, one);

  it.each(['ML-F002', 'ML-F003', 'ML-F023'])('is no finding of %s, for the reason that is given', (id) => {
    expect(reason(id, finding('web'))).toBe('the policy calls it graceful: OPS-7');
    expect(reason(id, finding('api'))).toBeNull();
  });

  it('stays one of every other check', () => {
    expect(reason('ML-F001', finding('web'))).toBeNull();
    expect(reason('ML-F004', finding('web'))).toBeNull();
  });

  it('says nothing of how many pods may be away at once', () => {
    expect(reason('ML-F023', finding('web', 'spec.strategy.rollingUpdate.maxUnavailable'))).toBeNull();
  });

  it('is decided by the first override that fits, as in a plan', () => {
    const not: Override = { select: { namespaces: ['shop'] }, graceful: false };
    expect(reason('ML-F003', finding('web'), [not, web])).toBeNull();
    expect(reason('ML-F003', finding('web'), [web, not])).not.toBeNull();
    const silent: Override = { select: {}, graceful: true };
    expect(reason('ML-F003', finding('api'), [web, silent])).toBe('the policy calls it graceful');
  });
});

describe('the object of an ignore', () => {
  const object = { kind: 'Deployment', namespace: 'shop', name: 'web' };
  const config = { kind: 'ValidatingWebhookConfiguration', namespace: '', name: 'istio.default' };

  it.each([
    ['', object, true],
    ['shop/web', object, true],
    ['shop/*', object, true],
    ['*/web', object, true],
    ['Deployment shop/web', object, true],
    ['* shop/w*', object, true],
    ['shop/api', object, false],
    ['StatefulSet shop/web', object, false],
    ['web', object, false],
    ['Deployment', object, false],
    ['istio.default', config, true],
    ['istio?default', config, false],
    ['istioxdefault', config, false],
    ['istio.d*', config, true],
    ['ValidatingWebhookConfiguration istio.default', config, true],
  ] as const)('%s against %o', (pattern, one, met) => {
    expect(meets(pattern, one)).toBe(met);
  });
});
