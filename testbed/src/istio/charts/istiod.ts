import type { KubeObject } from '../../../../src/kube/api.ts';
import { istiodChart } from '../../../../sandbox/istio/charts/istiod.ts';
import type { IstiodOptions } from '../../../../sandbox/istio/charts/istiod-options.ts';
import { objectAt } from '../../../../sandbox/store/json.ts';
import { istiodRoles } from './rbac.ts';
import { documents, either, header, placeholder, placeholderNumber } from './template.ts';

const envMark = 'PLACEHOLDER_ENV';

function options(version: string, revision: string): IstiodOptions {
  return {
    version,
    revision,
    namespace: 'istio-system',
    hub: placeholder.hub,
    pullPolicy: placeholder.pullPolicy,
    release: placeholder.release,
    autoscale: 'off',
    replicas: placeholderNumber.replicas,
    env: { [envMark]: 'x' },
    resources: { placeholder: 'resources' },
  };
}

/** Data of ConfigMaps that is the user's values in one form or another. */
const texts: Readonly<Record<string, string>> = {
  mesh: 'toYaml $mesh',
  values: 'toPrettyJson (dict "global" $v.global "revision" $v.revision "sidecarInjectorWebhook" dict)',
  'original-values': 'toPrettyJson (omit .Values "_internal_defaults_do_not_set")',
  'merged-values': 'toPrettyJson $v',
};

function marked(object: KubeObject): KubeObject {
  if (object.kind !== 'ConfigMap') return object;
  const data = Object.entries(objectAt(object, 'data') ?? {}).map(([key, value]) => [
    key,
    key in texts ? `placeholder-data-${key}` : value,
  ]);
  return { ...object, data: Object.fromEntries(data) as unknown };
}

const own: readonly (readonly [string, string])[] = [
  ...Object.entries(texts).map(
    ([key, expression]) => [`"placeholder-data-${key}"`, `{{ toJson (${expression}) }}`] as const,
  ),
  ['{"placeholder":"resources"}', '{{ toJson $v.resources }}'],
  [
    `{"name":"${envMark}","value":"x"},`,
    '{{ range $name, $value := $v.env }}{"name":{{ quote $name }},"value":{{ quote $value }}},{{ end }}',
  ],
];

const isTagged = ({ metadata }: KubeObject): boolean => metadata.labels?.['istio.io/tag'] !== undefined;

function tagged(version: string, revision: string, tag: string, kind: string): string {
  const rendered = istiodChart({ ...options(version, revision), tags: [tag] });
  return documents(
    rendered.filter((object) => isTagged(object) && object.kind === kind),
    version,
    own,
  );
}

function ofRevision(version: string, revision: string): string {
  const account = revision === '' ? 'istiod' : `istiod-${revision}`;
  const rendered = [...istiodChart(options(version, revision)), ...istiodRoles(account, 'istio-system')];
  const bounds = { min: placeholderNumber.least, max: placeholderNumber.most };
  const scaled = istiodChart({ ...options(version, revision), autoscale: bounds }).filter(
    ({ kind }) => kind === 'HorizontalPodAutoscaler',
  );
  const kept = rendered.filter(({ kind }) => kind !== 'PodDisruptionBudget').map(marked);
  return [documents(kept, version, own), either('$v.autoscaleEnabled', documents(scaled, version, own))].join('');
}

function tagsOf(version: string, revision: string, kind: string): string {
  const of = (tag: string) => tagged(version, revision, tag, kind);
  const tags = either('eq $tag "default"', of('default'), of(placeholder.tag));
  return `{{- range $tag := $v.revisionTags }}\n${tags}{{- end }}\n`;
}

const mesh = `{{- $suffix := "" }}{{- if $v.revision }}{{- $suffix = printf "-%s" $v.revision }}{{- end }}
{{- $address := printf "istiod%s.%s.svc:15012" $suffix .Release.Namespace }}
{{- $mesh := mergeOverwrite (dict "defaultConfig" (dict "discoveryAddress" $address) "enablePrometheusMerge" true "rootNamespace" .Release.Namespace "trustDomain" "cluster.local") $v.meshConfig }}
`;

/**
 * Templates of the chart istiod by file; without disruption budgets, which a single replica has none of. Tags have files
 * of their own, by which Istio's documentation renders them apart from the release.
 */
export function istiodTemplates(version: string): Readonly<Record<string, string>> {
  const both = (of: (revision: string) => string) => either('$v.revision', of(placeholder.revision), of(''));
  const tags = (kind: string) => `${header}${both((revision) => tagsOf(version, revision, kind))}`;
  return {
    'all.yaml': `${header}${mesh}${both((revision) => ofRevision(version, revision))}`,
    'revision-tags-mwc.yaml': tags('MutatingWebhookConfiguration'),
    'revision-tags-svc.yaml': tags('Service'),
  };
}

/** The chart's own values. */
export function istiodValues(version: string): object {
  return {
    revision: '',
    revisionTags: [],
    env: {},
    meshConfig: {},
    autoscaleEnabled: true,
    autoscaleMin: 1,
    autoscaleMax: 5,
    replicaCount: 1,
    resources: { requests: { cpu: '500m', memory: '2048Mi' } },
    global: {
      hub: 'testbed.local/istio',
      tag: version,
      imagePullPolicy: '',
      proxy: {
        resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '2000m', memory: '1024Mi' } },
      },
    },
  };
}
