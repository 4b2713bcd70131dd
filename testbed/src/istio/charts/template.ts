import type { KubeObject } from '../../../../src/kube/api.ts';

/** Texts that stand in rendered objects for what a chart's user decides. */
export const placeholder = {
  revision: 'placeholder-revision',
  tag: 'placeholder-tag',
  release: 'placeholder-release',
  gateway: 'placeholder-gateway',
  hub: 'placeholder.invalid/hub',
  pullPolicy: 'placeholder-pull',
} as const;

/** A number that stands for one that the user decides. */
export const placeholderNumber = { replicas: 70_001, least: 70_002, most: 70_003 } as const;

const namespace = 'istio-system';

type Rule = readonly [text: string, template: string];

/** Rules for one version; the first ones see the text first. `$v` are the values, `$` is the root. */
function rules(version: string): readonly Rule[] {
  return [
    ['"failurePolicy":"Ignore",', '{{ if not $.Release.IsUpgrade }}"failurePolicy":"Ignore",{{ end }}'],
    [
      `"replicas":${placeholderNumber.replicas},`,
      '{{ if not $v.autoscaleEnabled }}"replicas":{{ $v.replicaCount }},{{ end }}',
    ],
    [`"istio":"${placeholder.gateway}"`, '"istio":"{{ $.Release.Name | trimPrefix "istio-" }}"'],
    [placeholder.gateway, '{{ $.Release.Name }}'],
    [`${placeholder.hub}/pilot:${version}`, '{{ $v.global.hub }}/pilot:{{ $v.global.tag }}'],
    [
      `"imagePullPolicy":"${placeholder.pullPolicy}",`,
      '{{ with $v.global.imagePullPolicy }}"imagePullPolicy":"{{ . }}",{{ end }}',
    ],
    [placeholder.release, '{{ $.Release.Name }}'],
    [placeholder.revision, '{{ $v.revision }}'],
    [placeholder.tag, '{{ $tag }}'],
    [String(placeholderNumber.least), '{{ $v.autoscaleMin }}'],
    [String(placeholderNumber.most), '{{ $v.autoscaleMax }}'],
    [namespace, '{{ $.Release.Namespace }}'],
  ];
}

/** Documents of a chart's template: each object in one line of JSON, with expressions in the place of placeholders. */
export function documents(objects: readonly KubeObject[], version: string, own: readonly Rule[] = []): string {
  return objects
    .map((object) => {
      const text = JSON.stringify(object);
      const filled = [...own, ...rules(version)].reduce((done, [from, to]) => done.replaceAll(from, to), text);
      // A brace of JSON before the two of an expression would be read with them.
      return `---\n${filled.replaceAll('{{{', '{ {{')}\n`;
    })
    .join('');
}

/** What every template begins with: the user's values over the chart's, which only the chart itself reads (as since 1.23). */
export const header =
  '{{- $v := mergeOverwrite (deepCopy .Values._internal_defaults_do_not_set) (omit .Values "_internal_defaults_do_not_set") }}\n';

/** One text or another. */
export const either = (condition: string, yes: string, no = ''): string =>
  `{{- if ${condition} }}\n${yes}${no === '' ? '' : `{{- else }}\n${no}`}{{- end }}\n`;
