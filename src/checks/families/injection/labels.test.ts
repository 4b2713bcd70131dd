import { describe, expect, it } from 'vitest';
import { namespaceFact } from '../../../../test/fact-defaults.ts';
import { cluster, injector, meta, plane, read } from '../../../../test/mesh-facts.ts';
import { builtInKnowledge } from '../../../knowledge/knowledge.ts';
import type { WebhookConfigFact } from '../../../mesh/facts.ts';
import { isFinding } from '../../check.ts';
import { viewOf } from '../../view.ts';
import { oneLabelDecides } from './labels.ts';

describe('what wins where a namespace has both labels', () => {
  const versions = [injector('1.29.6'), injector('1.30.3')];
  const tag = injector('1.29.6', 'default');
  // The chart gives tag default the selectors of istio-injection (revision-tags-mwc.yaml).
  const enabled = { key: 'istio-injection', operator: 'In', values: ['enabled'] };
  const namespaceSelector = { matchLabels: {}, matchExpressions: [enabled] };
  const ofDefault = { ...tag, webhooks: tag.webhooks.slice(0, 1).map((one) => ({ ...one, namespaceSelector })) };

  function message(injection: string, configs: readonly WebhookConfigFact[]): string | undefined {
    const both = { 'istio-injection': injection, 'istio.io/rev': '1-30-3' };
    const namespaces = read(namespaceFact(meta('', 'shop', both)));
    const facts = cluster([plane('1.29.6'), plane('1.30.3')], configs, { namespaces });
    return oneLabelDecides.run(viewOf(facts, builtInKnowledge, '2026-09-01', null).view).filter(isFinding)[0]?.message;
  }

  it.each([
    ['enabled', 'with a default tag', [...versions, ofDefault], 'the default revision injects'],
    ['enabled', 'without one', versions, 'the default revision is asked, and none injects: pods start without a proxy'],
    ['disabled', 'with a default tag', [...versions, ofDefault], 'nothing is injected'],
    ['disabled', 'without one', versions, 'nothing is injected'],
  ])('%s, %s', (injection, _what, configs, winner) => {
    expect(message(injection, configs)).toBe(
      `It has istio-injection=${injection} and istio.io/rev=1-30-3; the first wins, so ${winner}.`,
    );
  });
});
