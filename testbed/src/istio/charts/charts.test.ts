import { expect, test } from 'vitest';
import { baseTemplateText } from './base.ts';
import { gatewayTemplateText } from './gateway.ts';
import { istiodTemplates } from './istiod.ts';

const texts = (version: string): readonly string[] => [
  baseTemplateText(version),
  gatewayTemplateText(version),
  ...Object.values(istiodTemplates(version)),
];

test.each(['1.29.6', '1.30.3'])(
  'templates of %s keep no placeholder, and no brace is read with an expression',
  (version) => {
    for (const text of texts(version)) {
      expect(text).not.toMatch(/placeholder|7000\d/i);
      expect(text).not.toContain('{{{');
    }
  },
);

test('tags are rendered apart from the release, as the documentation of Istio has it', () => {
  const templates = istiodTemplates('1.29.6');
  expect(templates['all.yaml']).not.toContain('istio.io/tag');
  expect(templates['revision-tags-mwc.yaml']).toContain('"name":"istio-revision-tag-{{ $tag }}"');
  expect(templates['revision-tags-svc.yaml']).toContain('"name":"istiod-revision-tag-{{ $tag }}"');
});

test('the base chart of 1.30 has one definition more', () => {
  const definitions = (version: string) =>
    baseTemplateText(version).split('"kind":"CustomResourceDefinition"').length - 1;
  expect([definitions('1.29.6'), definitions('1.30.3')]).toEqual([14, 15]);
});
