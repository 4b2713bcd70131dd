import type { ObjectName, Scenario, Step } from '../types.ts';
import { application, argoApplications, heldBy } from './objects.ts';

const webhooks = (
  kind: 'MutatingWebhookConfiguration' | 'ValidatingWebhookConfiguration',
  name: string,
): ObjectName => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind,
  name,
});

/** The default validator. */
export const defaultValidator = webhooks('ValidatingWebhookConfiguration', 'istiod-default-validator');
/** The injector of the control plane without a revision. */
export const injector = webhooks('MutatingWebhookConfiguration', 'istio-sidecar-injector');

/** A cloud provider's controller adds a term of its own to every webhook. */
const enforcer: Step = {
  do: 'patch',
  object: injector,
  by: 'admissionsenforcer',
  patch: [
    {
      op: 'add',
      path: '/webhooks/0/namespaceSelector/matchExpressions/-',
      value: { key: 'kubernetes.azure.com/managedby', operator: 'NotIn', values: ['aks'] },
    },
  ],
};

/** Helm 4, a provider's controller and Argo CD all write to the webhooks into which istiod writes too. */
export const applyConflict: Scenario = {
  name: 'apply-conflict',
  description: 'Istio 1.27.9 by server-side apply: istiod, a provider’s controller and Argo CD write the same webhooks',
  nodes: 2,
  steps: [
    {
      do: 'install',
      install: [
        { chart: 'base', version: '1.27.9', defaultRevision: 'default' },
        { chart: 'istiod', version: '1.27.9', revision: '' },
      ],
    },
    { do: 'settle' },
    {
      do: 'create',
      objects: [argoApplications, { metadata: { name: 'argocd' }, apiVersion: 'v1', kind: 'Namespace' }],
    },
    { do: 'create', objects: [application('istio-base', 'base', '1.27.9')] },
    enforcer,
    heldBy('istio-base', defaultValidator),
  ],
};
