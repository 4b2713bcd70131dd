/** G4, G7 and G8: gateways that change hands, the bundle of the Gateway API, and a gateway under pressure. */
import { gateways } from '../../sandbox/scenarios/gateways.ts';
import { bundle15, policySkew, routeSkew } from '../../sandbox/scenarios/golden/route-skew.ts';
import type { Step } from '../../sandbox/scenarios/types.ts';
import { cases, labelled, patched, removed, to, type GoldenCase } from './case.ts';

/** The fix is in the revision that is left. */
const patchedInPlace: readonly Step[] = [
  {
    do: 'install',
    install: [
      { chart: 'base', version: '1.29.6', defaultRevision: '1-28-6' },
      { chart: 'istiod', version: '1.29.6', revision: '1-28-6', ambient: true, tags: ['default', 'stable'] },
    ],
  },
];

const withoutDefault: readonly Step[] = removed(
  ['MutatingWebhookConfiguration', 'istio-revision-tag-default'],
  ['Service', 'istio-system/istiod-revision-tag-default'],
  ['ValidatingWebhookConfiguration', 'istiod-default-validator'],
);
const tagDefault: readonly Step[] = [
  { do: 'install', install: [{ istioctl: 'tag', version: '1.28.6', tag: 'default', revision: '1-28-6' }] },
];

const g4: readonly GoldenCase[] = [
  ...cases(
    'G4',
    { scenario: gateways, target: to('1.30.3') },
    ['predicts "flip = outage" of the unlabelled one', 'blocks ML-G001 Gateway ingress/public', patchedInPlace],
    ['predicts "flip = outage" of the one on a tag', 'blocks ML-G001 Gateway shop/waypoint', patchedInPlace],
    [
      'at most one new ReplicaSet: a waypoint of one pod',
      'warns ML-G011 Gateway shop/waypoint',
      patched('Deployment', 'shop/waypoint', { spec: { replicas: 2 } }),
    ],
  ),
  ...cases('G4', { scenario: gateways, more: withoutDefault, target: to('1.30.3') }, [
    'tag absent',
    'blocks ML-R004 Gateway ingress/public',
    tagDefault,
  ]),
  ...cases(
    'G4',
    {
      ...{ scenario: gateways, target: to('1.30.3') },
      more: removed(['Service', 'istio-system/istiod-1-28-6']),
    },
    [
      'tag pointing at a missing revision',
      'blocks ML-R001 MutatingWebhookConfiguration istio-revision-tag-default',
      [
        {
          do: 'install',
          install: [
            { chart: 'istiod', version: '1.28.6', revision: '1-28-6', ambient: true, tags: ['default', 'stable'] },
          ],
        },
      ],
    ],
  ),
  ...cases(
    'G4',
    {
      ...{ scenario: gateways, target: to('1.30.3') },
      more: [
        ...withoutDefault,
        { do: 'install', install: [{ chart: 'istiod', version: '1.29.6', revision: '1-29-6' }] },
        { do: 'settle' },
      ],
    },
    ['two revisions and no tag', 'warns ML-R005 Gateway ingress/public', tagDefault],
  ),
];

const crd = 'CustomResourceDefinition';

const g7: readonly GoldenCase[] = [
  ...cases(
    'G7',
    { scenario: routeSkew, target: to('1.30.3') },
    [
      'attachedRoutes never drops to 0: the target does not read TLSRoutes of 1.4.1',
      `blocks ML-X006 ${crd} tlsroutes.gateway.networking.k8s.io`,
      [bundle15],
    ],
    [
      'attachedRoutes never drops to 0: the target reads grants as v1',
      `warns ML-X011 ${crd} referencegrants.gateway.networking.k8s.io`,
      patched(crd, 'referencegrants.gateway.networking.k8s.io', [
        { op: 'add', path: '/spec/versions/-', value: { name: 'v1', served: true, storage: false } },
      ]),
    ],
    ['passthrough probe never fails: what opens with 1.30', 'warns ML-V009 Gateway ingress/edge', to('1.29.6')],
  ),
  ...cases('G7', { scenario: routeSkew, more: [bundle15], target: to('1.30.3') }, [
    'variant A: bundle 1.5 under an istiod that cannot read it',
    `warns ML-X008 ${crd} tlsroutes.gateway.networking.k8s.io`,
    patched(crd, 'tlsroutes.gateway.networking.k8s.io', {
      metadata: { annotations: { 'gateway.networking.k8s.io/bundle-version': 'v1.4.1' } },
    }),
  ]),
  ...cases('G7', { scenario: routeSkew, target: to('1.21.6') }, [
    'downgrade is refused because of storedVersions',
    `blocks ML-X005 ${crd} destinationrules.networking.istio.io`,
    to('1.28.6'),
  ]),
  ...cases(
    'G7',
    { scenario: policySkew, target: to('1.28.10') },
    [
      'variant B: a BackendTLSPolicy of v1alpha3',
      'warns ML-V009 BackendTLSPolicy bank/bank',
      removed(['BackendTLSPolicy', 'bank/bank']),
    ],
    [
      'variant B: its bundle is too old for the target',
      `blocks ML-X006 ${crd} backendtlspolicies.gateway.networking.k8s.io`,
      patched(crd, 'backendtlspolicies.gateway.networking.k8s.io', {
        metadata: { annotations: { 'gateway.networking.k8s.io/bundle-version': 'v1.4.1' } },
      }),
    ],
  ),
];

const pods = (revision: string | null): object => ({
  spec: { template: { metadata: { labels: { 'istio.io/rev': revision } } } },
});

const g8: readonly GoldenCase[] = [
  ...cases(
    'G8',
    { scenario: gateways, target: to('1.30.3') },
    [
      'never fewer than 4 Ready: the budget lets no pod go',
      'warns ML-G005 PodDisruptionBudget ingress/istio-ingress',
      patched('PodDisruptionBudget', 'ingress/istio-ingress', { spec: { minAvailable: 3 } }),
    ],
    [
      'zero loss: the Service selects the old revision only',
      'blocks ML-G006 Service ingress/istio-ingress',
      patched('Service', 'ingress/istio-ingress', { spec: { selector: { 'istio.io/rev': null } } }),
    ],
    [
      'zero loss: externalTrafficPolicy Local and a drain of 5 s',
      'warns ML-G003 Service ingress/istio-ingress',
      patched('Service', 'ingress/istio-ingress', { spec: { externalTrafficPolicy: 'Cluster' } }),
    ],
  ),
  ...cases(
    'G8',
    {
      ...{ scenario: gateways, target: to('1.30.3') },
      more: [
        { ...patchOf('Deployment', { spec: { replicas: 3 } }), by: 'helm' },
        { ...patchOf('Deployment', { spec: { replicas: 4 } }), by: 'helm' },
      ],
    },
    [
      'never fewer than 4 Ready: the installer owns spec.replicas beside the autoscaler',
      'warns ML-G004 Deployment ingress/istio-ingress',
      patched('HorizontalPodAutoscaler', 'ingress/istio-ingress', { spec: { minReplicas: 4 } }),
    ],
  ),
  ...cases(
    'G8',
    {
      scenario: gateways,
      more: patched('Deployment', 'ingress/istio-ingress', { ...pods(null) }),
      target: to('1.30.3'),
    },
    [
      'no image: auto pod ever created',
      'blocks ML-I009 Deployment ingress/istio-ingress',
      labelled('Namespace', 'ingress', { 'istio.io/rev': 'stable' }),
    ],
  ),
];

function patchOf(kind: string, patch: object): Extract<Step, { do: 'patch' }> {
  return {
    do: 'patch',
    object: { apiVersion: 'apps/v1', kind, namespace: 'ingress', name: 'istio-ingress' },
    patch: { ...patch },
  };
}

/** All of them. */
export const gatewayCases: readonly GoldenCase[] = [...g4, ...g7, ...g8];
