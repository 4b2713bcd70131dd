import type { Scenario } from './types.ts';

/**
 * Labels in all the combinations that people have: the old label beats the new one, a namespace beats its pods, and a
 * revision that is gone injects nothing.
 */
export const mixedLabels: Scenario = {
  name: 'mixed-labels',
  description: 'Two revisions, tags stable, canary and default, and namespaces with labels that contradict each other',
  nodes: 2,
  steps: [
    {
      do: 'install',
      install: [
        { chart: 'base', version: '1.30.3', defaultRevision: '1-29-6' },
        { chart: 'istiod', version: '1.29.6', revision: '1-29-6' },
        { chart: 'istiod', version: '1.30.3', revision: '1-30-3' },
        { istioctl: 'tag', version: '1.30.3', tag: 'default', revision: '1-29-6' },
        { istioctl: 'tag', version: '1.30.3', tag: 'stable', revision: '1-29-6' },
        { istioctl: 'tag', version: '1.30.3', tag: 'canary', revision: '1-30-3' },
      ],
    },
    { do: 'settle' },
    {
      do: 'deploy',
      namespaces: [
        // istio-injection wins: the default revision injects.
        {
          name: 'both',
          labels: { 'istio-injection': 'enabled', 'istio.io/rev': 'canary' },
          workloads: [{ name: 'web', replicas: 2 }],
        },
        // The namespace's revision wins over the pod's.
        {
          name: 'podrev',
          labels: { 'istio.io/rev': 'stable' },
          workloads: [{ name: 'web', replicas: 2, labels: { 'istio.io/rev': 'canary' } }],
        },
        // The namespace refuses, whatever the pod asks for.
        {
          name: 'disabled',
          labels: { 'istio-injection': 'disabled' },
          workloads: [{ name: 'web', labels: { 'sidecar.istio.io/inject': 'true' } }],
        },
        // The default revision injects what asks for it.
        { name: 'podonly', workloads: [{ name: 'web', labels: { 'sidecar.istio.io/inject': 'true' } }] },
        // Nobody injects: the revision is not installed.
        { name: 'ghost', labels: { 'istio.io/rev': '1-27-2' }, workloads: [{ name: 'web' }] },
        {
          name: 'gw',
          labels: { 'istio.io/rev': 'canary' },
          workloads: [{ name: 'edge', replicas: 2, gateway: true }],
        },
      ],
    },
    { do: 'settle' },
  ],
};
