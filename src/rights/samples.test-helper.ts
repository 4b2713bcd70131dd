import type { StepKindName, StepSpec } from '../steps/spec.ts';

const release = { owner: 'helm', name: 'istiod-1-29-6', namespace: 'istio-system' } as const;
const tag = {
  tag: 'prod',
  webhook: 'istio-revision-tag-prod',
  release: { owner: 'none', name: '', namespace: '' },
  service: { namespace: 'istio-system', name: 'istiod-revision-tag-prod' },
} as const;
const versions = { revision: '1-30-3', version: '1.30.3' };
const renewal = {
  kind: 'renew-workload',
  namespace: 'shop',
  name: 'web',
  role: 'sidecar',
  ...{ replicas: 3, width: 1, labels: {}, before: {}, serviceLabel: 'app', readyMs: 1, drainMs: 1, ...versions },
} as const;
const relabelled = { ...renewal, labels: { 'istio.io/rev': '1-30-3' }, before: { 'istio.io/rev': '1-29-6' } };

type Samples = { readonly [K in StepKindName]: readonly Extract<StepSpec, { kind: K }>[] };

/** Of every kind of step at least one, in every form that writes something else. */
export const samples: Samples = {
  'upgrade-base': [{ kind: 'upgrade-base', release, from: '1.29.6', to: '1.30.3', defaultRevision: '1-29-6' }],
  'install-control-plane': [
    { kind: 'install-control-plane', ...versions, release, like: { ...versions, revision: '1-29-6', release } },
  ],
  'prove-control-plane': [
    {
      ...{ kind: 'prove-control-plane', ...versions, namespace: 'istio-system', namespaces: ['shop'], rootHash: 'a' },
      proxies: [{ role: 'sidecar', version: '1.29.6' }],
    },
  ],
  'move-tag': [{ kind: 'move-tag', from: '1-29-6', to: '1-30-3', ...tag }],
  'label-namespace': [
    { kind: 'label-namespace', namespace: 'shop', set: { 'istio.io/rev': '1-30-3' }, remove: [], before: {} },
  ],
  'label-gateway': [{ kind: 'label-gateway', namespace: 'shop', name: 'edge', revision: '1-30-3', before: null }],
  'renew-workload': [
    ...(['Deployment', 'StatefulSet', 'DaemonSet', 'Rollout'] as const).flatMap((workload) => [
      { ...renewal, workload, method: 'rollout' as const },
      { ...relabelled, workload, method: 'rollout' as const },
    ]),
    { ...renewal, workload: 'Deployment', method: 'hand-over' },
    { ...renewal, workload: 'StatefulSet', method: 'by-pod' },
    { ...renewal, workload: 'ReplicaSet', method: 'by-pod' },
    { ...renewal, workload: 'CronJob', method: 'next-run' },
  ],
  'move-default': [
    {
      ...{ kind: 'move-default', from: '1-29-6', to: '1-30-3', version: '1.30.3', tag: { ...tag, tag: 'default' } },
      validator: {
        ...{ name: 'istiod-default-validator', namespace: 'istio-system', fromService: 'a', toService: 'b' },
        release: { ...release, owner: 'none' as const },
      },
    },
  ],
  soak: [{ kind: 'soak', seconds: 1 }],
  'remove-control-plane': [
    { kind: 'remove-control-plane', revision: '1-29-6', version: '1.29.6', namespace: 'istio-system', release },
  ],
};
