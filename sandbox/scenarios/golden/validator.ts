import type { ObjectName, Scenario, Step } from '../types.ts';

const validator: ObjectName = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingWebhookConfiguration',
  name: 'istiod-default-validator',
};

const shop: Step = {
  do: 'deploy',
  namespaces: [{ name: 'shop', labels: { 'istio-injection': 'enabled' }, workloads: [{ name: 'web', replicas: 2 }] }],
};

/** Two revisions; which of them validates is decided by the base chart, which of them is the default by tag default. */
const two = (validates: string): readonly Step[] => [
  {
    do: 'install',
    install: [
      { chart: 'base', version: '1.30.3', defaultRevision: validates },
      { chart: 'istiod', version: '1.29.6', revision: '1-29-6' },
      { chart: 'istiod', version: '1.30.3', revision: '1-30-3' },
      { istioctl: 'tag', version: '1.30.3', tag: 'default', revision: '1-29-6' },
    ],
  },
  { do: 'settle' },
  shop,
  { do: 'settle' },
];

/** What `istioctl tag set default` does to the validator, when it is done by hand: it is pointed to a revision. */
export function pointValidator(revision: string): Step {
  const service = { name: `istiod-${revision}`, namespace: 'istio-system', path: '/validate', port: 443 };
  const webhook = {
    name: 'validation.istio.io',
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
    failurePolicy: 'Fail',
    clientConfig: { service, caBundle: 'Y2E=' },
    rules: [
      {
        apiGroups: ['security.istio.io', 'networking.istio.io', 'telemetry.istio.io', 'extensions.istio.io'],
        apiVersions: ['*'],
        operations: ['CREATE', 'UPDATE'],
        resources: ['*'],
      },
    ],
  };
  const patch = { metadata: { labels: { 'istio.io/rev': revision } }, webhooks: [webhook] };
  return { do: 'patch', object: validator, patch };
}

/** An upgrade to be rolled back: the validator follows the new revision, tag default does not. */
export const validatorAhead: Scenario = {
  name: 'validator-ahead',
  description: 'Two revisions; the validator is at the new one, which is to be rolled back, tag default at the old one',
  nodes: 2,
  steps: [...two('1-29-6'), pointValidator('1-30-3')],
};

/** The mirror image: tag default was moved by the chart's template, the validator was left behind. */
export const validatorBehind: Scenario = {
  name: 'validator-behind',
  description: 'Two revisions; tag default was moved to the new one, the validator was left at the old one',
  nodes: 2,
  steps: [
    {
      do: 'install',
      install: [
        { chart: 'base', version: '1.30.3', defaultRevision: '1-29-6' },
        { chart: 'istiod', version: '1.29.6', revision: '1-29-6' },
        { chart: 'istiod', version: '1.30.3', revision: '1-30-3', tags: ['default'] },
      ],
    },
    { do: 'settle' },
    shop,
    { do: 'settle' },
    pointValidator('1-29-6'),
  ],
};

/** The new revision was removed under the validator. */
export const validatorDangling: Scenario = {
  name: 'validator-dangling',
  description: 'The validator points to a revision that was removed: every write of Istio configuration is refused',
  nodes: 2,
  steps: [
    ...validatorAhead.steps,
    {
      do: 'delete',
      objects: [
        { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'istio-system', name: 'istiod-1-30-3' },
        { apiVersion: 'v1', kind: 'Service', namespace: 'istio-system', name: 'istiod-1-30-3' },
        {
          apiVersion: 'admissionregistration.k8s.io/v1',
          kind: 'MutatingWebhookConfiguration',
          name: 'istio-sidecar-injector-1-30-3',
        },
        {
          apiVersion: 'admissionregistration.k8s.io/v1',
          kind: 'ValidatingWebhookConfiguration',
          name: 'istio-validator-1-30-3-istio-system',
        },
      ],
    },
  ],
};
