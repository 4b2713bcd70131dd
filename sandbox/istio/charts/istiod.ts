import type { KubeObject } from '../../../src/kube/api.ts';
import { revisioned, revisionLabel } from './control-plane.ts';
import { istiodConfigMaps } from './istiod-config.ts';
import type { IstiodOptions } from './istiod-options.ts';
import { istiodTemplate } from './istiod-pod.ts';
import { istiodServiceSpec } from './istiod-service.ts';
import { componentLabels, standardLabels, type Labels } from './labels.ts';
import { cpuAutoscaling } from './proxy-parts.ts';
import { chartTag } from './tags.ts';
import { has } from './version.ts';
import { injectorConfiguration, injectorName, validatorConfiguration } from './webhooks.ts';

function chartLabels(options: IstiodOptions): Labels {
  const { release, version } = options;
  return {
    ...standardLabels({ name: 'istiod', app: 'istiod', release, version }),
    ...componentLabels('Pilot'),
    'istio.io/rev': revisionLabel(options),
    release,
  };
}

function deployment(options: IstiodOptions, name: string, labels: Labels): KubeObject {
  const named = { app: 'istiod', 'istio.io/rev': options.revision };
  const spec = {
    ...(options.autoscale === 'off' ? { replicas: options.replicas ?? 1 } : {}),
    strategy: { rollingUpdate: { maxSurge: '100%', maxUnavailable: '25%' } },
    selector: { matchLabels: options.revision === '' ? { istio: 'pilot' } : named },
    template: istiodTemplate(options),
  };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace: options.namespace, labels }, spec };
}

function budgets(options: IstiodOptions, name: string, labels: Labels, selector: Labels): KubeObject[] {
  const { autoscale = { min: 1, max: 5 }, replicas = 1, version, namespace } = options;
  const least = autoscale === 'off' ? replicas : autoscale.min;
  if (has(version, 'noLonelyBudget') && least <= 1) return [];
  const spec = { minAvailable: 1, selector: { matchLabels: selector } };
  return [{ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name, namespace, labels }, spec }];
}

function autoscalers(options: IstiodOptions, name: string, labels: Labels): KubeObject[] {
  const { autoscale = { min: 1, max: 5 }, namespace } = options;
  if (autoscale === 'off') return [];
  const metadata = { name, namespace, labels };
  const spec = cpuAutoscaling(name, autoscale);
  return [{ apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata, spec }];
}

function webhookConfigurations(options: IstiodOptions, name: string, labels: Labels): KubeObject[] {
  const { revision, namespace, version, release } = options;
  const service = { name, namespace };
  const injector = injectorName('istio-sidecar-injector', revision, namespace);
  const validator = `${revisioned('istio-validator', revision)}-${namespace}`;
  const validatorLabels = {
    ...standardLabels({ name: 'istiod', app: 'istiod', release, version }),
    app: 'istiod',
    istio: 'istiod',
    'istio.io/rev': revisionLabel(options),
    release,
  };
  return [
    injectorConfiguration(injector, { ...labels, app: 'sidecar-injector' }, revisionLabel(options), service),
    validatorConfiguration(validator, validatorLabels, 'revision', service),
  ];
}

/** What the chart `istiod` renders, without RBAC. Throws InvalidInput for what is no version. */
export function istiodChart(options: IstiodOptions): KubeObject[] {
  const { revision, namespace, version, release } = options;
  const name = revisioned('istiod', revision);
  const labels = chartLabels(options);
  const pilot = { ...labels, app: 'istiod', istio: 'pilot' };
  const selector: Labels =
    revision === '' ? { app: 'istiod', istio: 'pilot' } : { app: 'istiod', 'istio.io/rev': revision };
  const accountLabels = {
    ...standardLabels({ name: 'istiod', app: 'istiod', release, version }),
    app: 'istiod',
    release,
  };
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace, labels: accountLabels } },
    ...istiodConfigMaps(options, labels),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace, labels: pilot },
      spec: istiodServiceSpec(selector),
    },
    deployment(options, name, pilot),
    ...autoscalers(options, name, { ...labels, app: 'istiod' }),
    ...budgets(options, name, pilot, selector),
    ...webhookConfigurations(options, name, labels),
    ...(options.tags ?? []).flatMap((tag) => chartTag(tag, options, labels)),
  ];
}
