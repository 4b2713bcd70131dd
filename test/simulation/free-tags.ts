/** What the plan's refusal says to do where a Helm release holds revision tags: they are taken out of it without being deleted. */
import type { KubeObject } from '../../src/kube/api.ts';
import { resources } from '../../sandbox/store/resources.ts';
import { labelsOf } from './oracle/mirror.ts';
import type { Stage } from '../upgrade/world.ts';

/** A release that holds tags. */
export interface Holder {
  readonly release: string;
  readonly version: string;
  readonly revision: string;
  readonly ambient: boolean;
}

/** Frees all tags of a release. */
export function freeTags({ cluster }: Pick<Stage, 'cluster'>, holder: Holder): void {
  const { store, installer } = cluster;
  const kinds = [resources.mutatingWebhooks, resources.services];
  const isTag = (object: KubeObject): boolean =>
    labelsOf(object)['istio.io/tag'] !== undefined &&
    object.metadata.annotations?.['meta.helm.sh/release-name'] === holder.release;
  const annotate = (annotations: Readonly<Record<string, string | null>>): void => {
    for (const resource of kinds) {
      for (const object of [...store.all(resource)].filter(isTag)) {
        const { name, namespace } = object.metadata;
        const ref = { resource, name, ...(namespace !== undefined && { namespace }) };
        store.patch(ref, 'merge', { metadata: { annotations } });
      }
    }
  };
  annotate({ 'helm.sh/resource-policy': 'keep' });
  installer.istiod({ ...holder, namespace: 'istio-system', hub: 'docker.io/istio', tags: [] });
  annotate({ 'meta.helm.sh/release-name': null, 'meta.helm.sh/release-namespace': null });
}
