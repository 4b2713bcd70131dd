import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/kube/api.ts';
import { divergences, runtimeObjects } from './divergences.ts';
import { injectAsRecorded } from './injected.test-helper.ts';
import { byId, compare, idOf, joined, recordedObjects, type Comparison } from './recorded.test-helper.ts';
import { situations } from './situations.test-helper.ts';

const chartKinds = [
  'ServiceAccount',
  'ConfigMap',
  'Service',
  'Deployment',
  'DaemonSet',
  'HorizontalPodAutoscaler',
  'PodDisruptionBudget',
  'MutatingWebhookConfiguration',
  'ValidatingWebhookConfiguration',
  'GatewayClass',
  'Secret',
];

/** Whether a chart, istioctl or istiod's gateway controller made an object. */
function installed(object: KubeObject): boolean {
  const { namespace, name, labels = {} } = object.metadata;
  if (object.kind === 'CustomResourceDefinition') return /(?<!k8s)\.istio\.io$/.test(name);
  if (!chartKinds.includes(object.kind ?? '') || runtimeObjects.some((one) => one.name.test(idOf(object))))
    return false;
  if ('gateway.istio.io/managed' in labels || namespace === undefined) return true;
  return namespace === 'istio-system' || namespace === 'istio-ingress';
}

function comparisonOf(moment: string): Comparison {
  const recorded = recordedObjects(moment);
  return joined((situations[moment]?.() ?? []).map((built) => compare(built, byId(recorded, idOf(built)))));
}

const injections = ['canary/00-before', 'canary/30-restarted-half', 'canary/40-all-moved', 'inplace/00-before'];

describe.each(Object.keys(situations))('%s', (moment) => {
  it('has the objects that the charts render, no more and no fewer', () => {
    const built = (situations[moment]?.() ?? []).map(idOf).sort();
    const recorded = recordedObjects(moment).filter(installed).map(idOf).sort();
    expect(built).toEqual(recorded);
  });

  it('has them as the charts render them', () => {
    expect(comparisonOf(moment).unlisted).toEqual([]);
  });
});

describe.each(injections)('pods of %s', (moment) => {
  it('are as the injector makes them from the templates', () => {
    const comparisons = injectAsRecorded(moment);
    expect(comparisons.length).toBeGreaterThan(5);
    expect(joined(comparisons).unlisted).toEqual([]);
  });
});

it('every listed difference still occurs', () => {
  const all = joined([...Object.keys(situations).map(comparisonOf), ...injections.flatMap(injectAsRecorded)]);
  expect(divergences.filter((one) => !all.used.has(one)).map(({ path }) => path.source)).toEqual([]);
});
