import type { KubeObject } from '../kube/api.ts';
import { object, secret } from './kube-object.test-helper.ts';

/** Objects of Argo CD and Flux. */
export const deliveryObjects: readonly KubeObject[] = [
  object('argoproj.io/v1alpha1', 'Application', 'istiod', {
    spec: {
      source: {
        repoURL: `https://user:${secret}@charts.example/istio`,
        chart: 'istiod',
        targetRevision: '1.29.*',
        helm: { values: secret },
      },
      syncPolicy: { automated: { selfHeal: true, prune: true }, syncOptions: ['ServerSideApply=true'] },
      ignoreDifferences: [
        { group: 'admissionregistration.k8s.io', kind: 'ValidatingWebhookConfiguration', jsonPointers: ['/webhooks'] },
      ],
    },
    status: { sync: { status: 'Synced' }, health: { status: 'Healthy' }, operationState: { message: secret } },
  }),
  object('helm.toolkit.fluxcd.io/v2', 'HelmRelease', 'cni', {
    spec: {
      chart: { spec: { chart: 'cni', version: '1.29.6', sourceRef: { kind: 'HelmRepository', name: 'istio' } } },
      values: { a: secret },
      dependsOn: [{ name: 'base' }],
    },
  }),
];
