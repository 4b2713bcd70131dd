import type { KubeObject } from '../../../src/kube/api.ts';
import { istiodChart } from '../../../sandbox/istio/charts/istiod.ts';
import type { IstiodOptions } from '../../../sandbox/istio/charts/istiod-options.ts';
import { objectAt } from '../../../sandbox/store/json.ts';
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

function tagged(version: string, revision: string, tag: string): string {
  const rendered = istiodChart({ ...options(version, revision), tags: [tag] });
  return documents(rendered.filter(isTagged), version, own);
}

function ofRevision(version: string, revision: string): string {
  const account = revision === '' ? 'istiod' : `istiod-${revision}`;
  const rendered = [...istiodChart(options(version, revision)), ...istiodRoles(account, 'istio-system')];
  const bounds = { min: placeholderNumber.least, max: placeholderNumber.most };
  const scaled = istiodChart({ ...options(version, revision), autoscale: bounds }).filter(
    ({ kind }) => kind === 'HorizontalPodAutoscaler',
  );
  const budgets = (objects: readonly KubeObject[]) => objects.filter(({ kind }) => kind !== 'PodDisruptionBudget');
  const tags = either(
    'eq $tag "default"',
    tagged(version, revision, 'default'),
    tagged(version, revision, placeholder.tag),
  );
  return [
    documents(budgets(rendered).map(marked), version, own),
    either('$v.autoscaleEnabled', documents(scaled, version, own)),
    `{{- range $tag := $v.revisionTags }}\n${tags}{{- end }}\n`,
  ].join('');
}

const mesh = `{{- $suffix := "" }}{{- if $v.revision }}{{- $suffix = printf "-%s" $v.revision }}{{- end }}
{{- $address := printf "istiod%s.%s.svc:15012" $suffix .Release.Namespace }}
{{- $mesh := mergeOverwrite (dict "defaultConfig" (dict "discoveryAddress" $address) "enablePrometheusMerge" true "rootNamespace" .Release.Namespace "trustDomain" "cluster.local") $v.meshConfig }}
`;

/** Template of the chart istiod; without disruption budgets, which a single replica has none of. */
export function istiodTemplateText(version: string): string {
  const both = either('$v.revision', ofRevision(version, placeholder.revision), ofRevision(version, ''));
  return `${header}${mesh}${both}`;
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
