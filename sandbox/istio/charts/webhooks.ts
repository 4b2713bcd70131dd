import type { KubeObject } from '../../../src/kube/api.ts';
import { objectAt, objectsAt, type JsonObject } from '../../store/json.ts';
import { revisioned } from './control-plane.ts';
import type { Labels } from './labels.ts';

/** The istiod Service that answers. */
export interface WebhookService {
  readonly name: string;
  readonly namespace: string;
}

type Condition = readonly [key: string, operator: 'In' | 'NotIn' | 'DoesNotExist', value?: string];

function matching(...conditions: readonly Condition[]): JsonObject {
  const matchExpressions = conditions.map(([key, operator, value]) => ({
    key,
    operator,
    ...(value === undefined ? {} : { values: [value] }),
  }));
  return { matchExpressions };
}

const revisionIs = (value: string): Condition => ['istio.io/rev', 'In', value];
const noRevision: Condition = ['istio.io/rev', 'DoesNotExist'];
const noInjectionLabel: Condition = ['istio-injection', 'DoesNotExist'];
const notRefused: Condition = ['sidecar.istio.io/inject', 'NotIn', 'false'];

interface Selection {
  readonly name: string;
  readonly namespaces: JsonObject;
  readonly objects: JsonObject;
}

/** Selected by label istio.io/rev: on every revision and tag (charts, mutatingwebhook.yaml). */
function byRevision(value: string): Selection[] {
  return [
    { name: 'rev.namespace', namespaces: matching(revisionIs(value), noInjectionLabel), objects: matching(notRefused) },
    {
      name: 'rev.object',
      namespaces: matching(noRevision, noInjectionLabel),
      objects: matching(notRefused, revisionIs(value)),
    },
  ];
}

/** Selected by the old labels: on the control plane without revision and on the tag 'default'. */
function byInjectionLabel(): Selection[] {
  return [
    {
      name: 'namespace',
      namespaces: matching(['istio-injection', 'In', 'enabled']),
      objects: matching(notRefused),
    },
    {
      name: 'object',
      namespaces: matching(noInjectionLabel, noRevision),
      objects: matching(['sidecar.istio.io/inject', 'In', 'true'], noRevision),
    },
  ];
}

function injectionWebhook(selection: Selection, service: WebhookService): JsonObject {
  return {
    name: `${selection.name}.sidecar-injector.istio.io`,
    clientConfig: { service: { ...service, path: '/inject', port: 443 } },
    sideEffects: 'None',
    rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }],
    failurePolicy: 'Fail',
    reinvocationPolicy: 'Never',
    admissionReviewVersions: ['v1'],
    namespaceSelector: selection.namespaces,
    objectSelector: selection.objects,
  };
}

/**
 * A MutatingWebhookConfiguration that has pods injected by `service`. `value` is what label istio.io/rev must say: the
 * revision or the tag; 'default' also serves the label istio-injection. Without CA bundle: istiod puts that in.
 */
export function injectorConfiguration(
  name: string,
  labels: Labels,
  value: string,
  service: WebhookService,
): KubeObject {
  const selections = [...byRevision(value), ...(value === 'default' ? byInjectionLabel() : [])];
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name, labels },
    webhooks: selections.map((selection) => injectionWebhook(selection, service)),
  };
}

/** Which Istio objects a validator is asked about. */
export type ValidatorScope = 'revision' | 'unlabelled' | 'all';

const scopes: Readonly<Record<ValidatorScope, (revision: string) => JsonObject>> = {
  revision: (revision) => ({ objectSelector: matching(revisionIs(revision)) }),
  unlabelled: () => ({ objectSelector: matching(noRevision) }),
  all: () => ({}),
};

/**
 * A ValidatingWebhookConfiguration for Istio objects. Rendered with failurePolicy Ignore and without CA bundle: the
 * istiod of the revision in label istio.io/rev makes it Fail when it is ready (charts, validatingwebhook*.yaml).
 */
export function validatorConfiguration(
  name: string,
  labels: Labels & { readonly 'istio.io/rev': string },
  scope: ValidatorScope,
  service: WebhookService,
): KubeObject {
  const webhook = {
    name: scope === 'revision' ? 'rev.validation.istio.io' : 'validation.istio.io',
    clientConfig: { service: { ...service, path: '/validate' } },
    rules: [
      {
        operations: ['CREATE', 'UPDATE'],
        apiGroups: ['security.istio.io', 'networking.istio.io', 'telemetry.istio.io', 'extensions.istio.io'],
        apiVersions: ['*'],
        resources: ['*'],
      },
    ],
    failurePolicy: 'Ignore',
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    ...scopes[scope](labels['istio.io/rev']),
  };
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name, labels },
    webhooks: [webhook],
  };
}

/** Name of the injector configuration of a revision. Outside istio-system it names the namespace too. */
export function injectorName(stem: string, revision: string, namespace: string): string {
  const name = revisioned(stem, revision);
  return namespace === 'istio-system' ? name : `${name}-${namespace}`;
}

/**
 * A webhook configuration after the istiod that its label istio.io/rev names has patched it: CA bundle in every
 * webhook, and failurePolicy Fail in validators (pkg/webhooks/webhookpatch.go, validation/controller).
 */
export function patchedByIstiod(configuration: KubeObject, caBundle: string): KubeObject {
  const fail = configuration.kind === 'ValidatingWebhookConfiguration' ? { failurePolicy: 'Fail' } : {};
  const webhooks = objectsAt(configuration, 'webhooks').map((webhook) => ({
    ...webhook,
    ...fail,
    clientConfig: { ...objectAt(webhook, 'clientConfig'), caBundle },
  }));
  return { ...configuration, webhooks };
}

/** An injector configuration that istioctl has switched off: it stays, and matches nothing (istioctl/pkg/tag). */
export function deactivated(configuration: KubeObject): KubeObject {
  const never = { matchLabels: { 'istio.io/deactivated': 'never-match' } };
  const webhooks = objectsAt(configuration, 'webhooks').map((webhook) => ({
    ...webhook,
    namespaceSelector: never,
    objectSelector: never,
  }));
  return { ...configuration, webhooks };
}
