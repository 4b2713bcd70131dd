import type { KubeObject } from '../../../src/kube/api.ts';
import { objectsAt, textAt, type JsonObject } from '../../store/json.ts';

/** The container of this name, native sidecars included. */
export function containerNamed(pod: KubeObject, name: string): JsonObject | undefined {
  const all = [...objectsAt(pod, 'spec', 'containers'), ...objectsAt(pod, 'spec', 'initContainers')];
  return all.find((container) => container['name'] === name);
}

/** Since when a container runs, as its status says it; undefined when it does not run. */
export function runningSince(pod: KubeObject, name: string): string | undefined {
  for (const list of ['containerStatuses', 'initContainerStatuses']) {
    const status = objectsAt(pod, 'status', list).find((entry) => entry['name'] === name);
    if (status !== undefined) return textAt(status, 'state', 'running', 'startedAt');
  }
  return undefined;
}

/** Whether the pod's condition Ready is True. */
export function isReady(pod: KubeObject): boolean {
  const ready = objectsAt(pod, 'status', 'conditions').find((condition) => condition['type'] === 'Ready');
  return ready?.['status'] === 'True';
}

/** The value of a container's environment variable; undefined without one or when it comes from elsewhere. */
export function envOf(container: JsonObject | undefined, name: string): string | undefined {
  const found = objectsAt(container, 'env').find((entry) => entry['name'] === name);
  return textAt(found, 'value');
}

/** 'HUB/NAME:1.30.3-distroless' → hub and version '1.30.3'; the whole tag where it holds no version. */
export function imageParts(image: string): { readonly hub: string; readonly tag: string; readonly version: string } {
  const [, path = image, tag = 'latest'] = /^(.*?)(?::([^:/]+))?(?:@.*)?$/.exec(image) ?? [];
  const version = /^\d+\.\d+\.\d+(?:-(?:alpha|beta|rc)\.\d+)?/.exec(tag)?.[0] ?? tag;
  return { hub: path.slice(0, Math.max(0, path.lastIndexOf('/'))), tag, version };
}
