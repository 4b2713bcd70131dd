import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as build from '../../test/facts.ts';
import type { Labels, RequirementFact, SelectorFact, WebhookFact } from './facts.ts';
import { decideInjection, injectionContext } from './injection.ts';
import { matches } from './selectors.ts';
import { resolveWebhooks } from './webhooks.ts';

describe('matches', () => {
  const expression = (operator: string, ...values: string[]): SelectorFact =>
    build.selector(['k', operator, ...values]);

  it.each<[string, SelectorFact, Labels, boolean | null]>([
    ['empty selects all', build.selector(), { a: 'b' }, true],
    ['In, present', expression('In', 'a', 'b'), { k: 'b' }, true],
    ['In, other value', expression('In', 'a'), { k: 'b' }, false],
    ['In, absent', expression('In', 'a'), {}, false],
    ['NotIn, absent matches', expression('NotIn', 'false'), {}, true],
    ['NotIn, listed', expression('NotIn', 'false'), { k: 'false' }, false],
    ['Exists', expression('Exists'), { k: '' }, true],
    ['Exists, absent', expression('Exists'), {}, false],
    ['DoesNotExist', expression('DoesNotExist'), {}, true],
    ['DoesNotExist, empty value', expression('DoesNotExist'), { k: '' }, false],
    ['matchLabels', { matchLabels: { a: 'b' }, matchExpressions: [] }, { a: 'c' }, false],
    ['a key that every object inherits', build.selector(['constructor', 'DoesNotExist']), {}, true],
    ['unknown operator', expression('Near', 'x'), { k: 'x' }, null],
    ['unknown operator beside one that decides', build.selector(['k', 'Near'], ['z', 'Exists']), {}, false],
  ])('%s', (_name, selector, labels, expected) => {
    expect(matches(selector, labels)).toBe(expected);
  });
});

/**
 * A second evaluation, slow and of another form: a selector is the set of label values that it accepts for each key, over
 * the small universe of values that the generators use.
 */
const keys = ['istio.io/rev', 'istio-injection', 'sidecar.istio.io/inject', 'team'];
const universe = ['', 'a', 'b', 'true', 'false', 'enabled'];

function accepts(selector: SelectorFact, labels: Labels): boolean {
  const asRequirements: RequirementFact[] = [
    ...Object.entries(selector.matchLabels).map(([key, value]) => ({ key, operator: 'In', values: [value] })),
    ...selector.matchExpressions,
  ];
  return keys.every((key) => {
    let accepted: (string | undefined)[] = [undefined, ...universe];
    for (const requirement of asRequirements.filter((one) => one.key === key)) {
      const listed = new Set<string | undefined>(requirement.values);
      const table: Record<string, (value: string | undefined) => boolean> = {
        In: (value) => listed.has(value) && value !== undefined,
        NotIn: (value) => !listed.has(value),
        Exists: (value) => value !== undefined,
        DoesNotExist: (value) => value === undefined,
      };
      accepted = accepted.filter((value) => table[requirement.operator]?.(value) ?? false);
    }
    return accepted.includes(labels[key]);
  });
}

const value = fc.constantFrom(...universe);
const requirement = fc.record({
  key: fc.constantFrom(...keys),
  operator: fc.constantFrom('In', 'NotIn', 'Exists', 'DoesNotExist'),
  values: fc.array(value, { minLength: 1, maxLength: 3 }),
});
const selectors = fc.record({
  matchLabels: fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 1 }),
  matchExpressions: fc.array(requirement, { maxLength: 3 }),
});
const labelSets = fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 4 });

describe('injection decision', () => {
  it('calls exactly the webhooks that an independent evaluation of the selectors calls', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(selectors, selectors), { minLength: 1, maxLength: 5 }),
        labelSets,
        labelSets,
        (pairs, namespace, pod) => {
          const webhooks: WebhookFact[] = pairs.map(([namespaceSelector, objectSelector], index) =>
            build.webhookFact(`w${index}.istio.io`, 'istiod-Y', {
              namespaceSelector,
              objectSelector,
              rules: build.podCreation,
            }),
          );
          const config = { ...build.injectorConfig({ revision: 'Y' }), webhooks };
          const facts = build.cluster([build.istiodBackend('Y')], [config]);

          const decision = decideInjection(
            injectionContext(facts, resolveWebhooks(facts)),
            { name: 'shop', labels: namespace },
            { labels: pod, annotations: {}, hostNetwork: false },
          );

          const expected = webhooks.filter(
            (one) => accepts(one.namespaceSelector, namespace) && accepts(one.objectSelector, pod),
          );
          expect(decision.matched).toEqual(expected.map((one) => `istio-sidecar-injector-Y/${one.name}`));
        },
      ),
      { numRuns: 1000, seed: 7 },
    );
  });
});
