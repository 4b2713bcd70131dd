import { MeshliftError } from '../../../../src/errors.ts';
import type { KubeApi, KubeObject, ResourceType } from '../../../../src/kube/api.ts';
import { patchedByIstiod } from '../../../../sandbox/istio/charts/webhooks.ts';
import { objectsAt, sameJson, textAt } from '../../../../sandbox/store/json.ts';

/** Whose configurations are patched, with what. */
export interface Patcher {
  readonly api: KubeApi;
  /** Value of label istio.io/rev: 'default' for the control plane without a revision. */
  readonly revision: string;
  /** base64 of the root's PEM. */
  readonly caBundle: string;
  readonly warn: (text: string) => void;
}

/**
 * Puts the CA bundle into the revision's webhook configurations, its tags included, and failurePolicy Fail into its
 * validators. A conflict is left to the next change: the watch tells of it.
 */
export async function patchWebhooks(
  patcher: Patcher,
  resource: ResourceType,
  configurations: readonly KubeObject[],
): Promise<void> {
  for (const configuration of configurations.filter((one) => isOwn(one, patcher.revision))) {
    const patched = patchedByIstiod({ ...configuration, kind: resource.kind }, patcher.caBundle);
    if (sameJson(patched['webhooks'], configuration['webhooks'])) continue;
    const { name, resourceVersion } = configuration.metadata;
    const patch = { metadata: { resourceVersion }, webhooks: patched['webhooks'] };
    await patcher.api.patch({ resource, name }, 'merge', patch).catch((error: unknown) => {
      if (!(error instanceof MeshliftError)) throw error;
      patcher.warn(`${resource.kind} ${name} was not patched: ${error.message}`);
    });
  }
}

function isOwn(configuration: KubeObject, revision: string): boolean {
  if (configuration.metadata.labels?.['istio.io/rev'] !== revision) return false;
  return objectsAt(configuration, 'webhooks').some((one) => textAt(one, 'name')?.endsWith('.istio.io') === true);
}
