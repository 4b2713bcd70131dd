import type { KubeObject } from '../../../src/kube/api.ts';
import { at, objectsAt } from '../../store/json.ts';
import { resources } from '../../store/resources.ts';
import type { Store } from '../../store/store.ts';

const revisionOf = (object: KubeObject | undefined): string | undefined => object?.metadata.labels?.['istio.io/rev'];
const tagOf = (object: KubeObject): string | undefined => object.metadata.labels?.['istio.io/tag'];

const isActive = (injector: KubeObject): boolean =>
  objectsAt(injector, 'webhooks').every(
    (webhook) => at(webhook, 'namespaceSelector', 'matchLabels', 'istio.io/deactivated') === undefined,
  );

/** Label of the revision that objects without label belong to; the tag wins over the injector and the validator. */
function defaultRevision(store: Store): string | undefined {
  const injectors = [...store.all(resources.mutatingWebhooks)];
  const named = (name: string): KubeObject | undefined => injectors.find(({ metadata }) => metadata.name === name);
  const plain = named('istio-sidecar-injector');
  const validators = [...store.all(resources.validatingWebhooks)];
  return (
    revisionOf(named('istio-revision-tag-default')) ??
    (plain !== undefined && isActive(plain) ? revisionOf(plain) : undefined) ??
    revisionOf(validators.find(({ metadata }) => metadata.name === 'istiod-default-validator'))
  );
}

/**
 * The revision ('' for the one without name) whose istiod takes care of a Gateway: label istio.io/rev of the Gateway,
 * else of its namespace, through tags; else the default revision (pkg/revisions/tag_watcher.go). Undefined when there is
 * none. The revision need not run.
 */
export function gatewayOwner(store: Store, gateway: KubeObject, namespace: KubeObject | undefined): string | undefined {
  const label = revisionOf(gateway) ?? revisionOf(namespace);
  const tag = [...store.all(resources.mutatingWebhooks)].find((one) => label !== undefined && tagOf(one) === label);
  const revision = label === undefined ? defaultRevision(store) : (revisionOf(tag) ?? label);
  return revision === 'default' ? '' : revision;
}
