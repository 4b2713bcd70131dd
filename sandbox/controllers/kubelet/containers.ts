import type { KubeObject } from '../../../src/kube/api.ts';
import { objectsAt, textAt, type JsonObject } from '../../store/json.ts';

/** What a container is for: run once before the others, beside them from their start to their end, or the pod's purpose. */
export type ContainerRole = 'init' | 'sidecar' | 'main';

/** A container of a pod spec with what it is for. */
export interface ContainerSpec {
  readonly name: string;
  readonly image: string;
  readonly role: ContainerRole;
  readonly spec: JsonObject;
}

/** All containers of a pod: init containers and native sidecars (init containers with restartPolicy Always) first. */
export function containersOf(pod: KubeObject): readonly ContainerSpec[] {
  const spec = (container: JsonObject, role: ContainerRole): ContainerSpec => ({
    name: textAt(container, 'name') ?? '',
    image: textAt(container, 'image') ?? '',
    role,
    spec: container,
  });
  const first = objectsAt(pod, 'spec', 'initContainers').map((container) =>
    spec(container, container['restartPolicy'] === 'Always' ? 'sidecar' : 'init'),
  );
  return [...first, ...objectsAt(pod, 'spec', 'containers').map((container) => spec(container, 'main'))];
}

/** The pod's restartPolicy; default Always. */
export function restartPolicyOf(pod: KubeObject): string {
  return textAt(pod, 'spec', 'restartPolicy') ?? 'Always';
}
