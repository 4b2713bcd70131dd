import type { KubeObject, ResourceType } from '../../src/kube/api.ts';
import { kindOfDefinition } from './crd.ts';
import { unknownResource } from './failure.ts';
import { builtInKinds } from './kinds.ts';
import type { KindInfo } from './types.ts';

const keyOf = (group: string, plural: string) => `${group}/${plural}`;

/** The kinds that a cluster serves: the built-in ones, and those of the CustomResourceDefinitions stored in it. */
export class Registry {
  readonly #kinds = new Map<string, KindInfo>();

  constructor() {
    for (const kind of builtInKinds()) this.#kinds.set(keyOf(kind.group, kind.plural), kind);
  }

  /** Every served kind; built-in ones first. */
  all(): Iterable<KindInfo> {
    return this.#kinds.values();
  }

  /** The kind behind a path, whatever the version. */
  find(group: string, plural: string): KindInfo | undefined {
    return this.#kinds.get(keyOf(group, plural));
  }

  /** The kind of a REST path. @throws ApiFailure 404 when it is not served in this version. */
  served(resource: Pick<ResourceType, 'group' | 'version' | 'plural'>): KindInfo {
    const kind = this.find(resource.group, resource.plural);
    if (!kind?.versions.includes(resource.version)) throw unknownResource();
    return kind;
  }

  /** The kind of an object by its apiVersion and kind. */
  ofObject(object: KubeObject): KindInfo | undefined {
    const [group, version] = splitApiVersion(object.apiVersion ?? '');
    for (const kind of this.#kinds.values()) {
      if (kind.kind === object.kind && kind.group === group && kind.versions.includes(version)) return kind;
    }
    return undefined;
  }

  /** Serves what a definition defines from now on. */
  define(definition: KubeObject): KindInfo | undefined {
    const kind = kindOfDefinition(definition);
    if (kind) this.#kinds.set(keyOf(kind.group, kind.plural), kind);
    return kind;
  }

  /** Serves it no longer. */
  forget(kind: KindInfo): void {
    this.#kinds.delete(keyOf(kind.group, kind.plural));
  }
}

/** 'apps/v1' → ['apps', 'v1'], 'v1' → ['', 'v1']. */
export function splitApiVersion(apiVersion: string): readonly [group: string, version: string] {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? ['', apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)];
}

/** ['apps', 'v1'] → 'apps/v1'. */
export function joinApiVersion(group: string, version: string): string {
  return group ? `${group}/${version}` : version;
}
