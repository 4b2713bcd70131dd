import type { KubeObject } from '../../../src/kube/api.ts';
import { isObject, objectAt } from '../../store/json.ts';
import { compileLabelSelector, type LabelMatch } from '../../store/selectors.ts';
import type { Informer } from './informer.ts';

/** Values of the index that finds objects by any of their labels within a namespace. */
export function labelIndex(object: KubeObject): readonly string[] {
  const namespace = object.metadata.namespace ?? '';
  return Object.entries(object.metadata.labels ?? {}).map(([key, value]) => `${namespace}/${key}=${value}`);
}

/** Values of the index that finds objects by the label selector that `read` gives, as `selecting` looks it up. */
export function selectorIndex(read: (object: KubeObject) => unknown): (object: KubeObject) => readonly string[] {
  return (object) => {
    const namespace = object.metadata.namespace ?? '';
    const first = Object.entries(objectAt(read(object), 'matchLabels') ?? {})[0];
    return [first ? `${namespace}/${first[0]}=${String(first[1])}` : `${namespace}/*`];
  };
}

/** Label selectors, each compiled once as long as its object lives. */
export class Selectors {
  readonly #compiled = new WeakMap<object, LabelMatch>();
  readonly #maps = new WeakMap<object, object>();

  /** Whether a LabelSelector matches the labels of an object. A missing one matches nothing. */
  matches(selector: unknown, object: KubeObject): boolean {
    return this.#compile(selector)(object.metadata.labels ?? {});
  }

  /** The LabelSelector that equals a plain map of labels, as Services have it. Undefined for an empty or missing map. */
  ofMap(map: unknown): object | undefined {
    if (!isObject(map) || Object.keys(map).length === 0) return undefined;
    let selector = this.#maps.get(map);
    if (!selector) {
      selector = { matchLabels: map };
      this.#maps.set(map, selector);
    }
    return selector;
  }

  /** Objects of a namespace that a selector matches. The informer has `labelIndex` as 'label' and namespaces as 'namespace'. */
  select(informer: Informer, namespace: string, selector: unknown): readonly KubeObject[] {
    const pairs = Object.entries(objectAt(selector, 'matchLabels') ?? {}).map(
      ([k, v]) => `${namespace}/${k}=${String(v)}`,
    );
    const rarest = pairs.sort((a, b) => informer.count('label', a) - informer.count('label', b))[0];
    const candidates = rarest === undefined ? informer.by('namespace', namespace) : informer.by('label', rarest);
    return candidates.filter((object) => this.matches(selector, object));
  }

  /** Objects whose selector, given by `read`, matches an object. The informer has `selectorIndex` as 'selector'. */
  selecting(informer: Informer, object: KubeObject, read: (selecting: KubeObject) => unknown): readonly KubeObject[] {
    const values = [...labelIndex(object), `${object.metadata.namespace ?? ''}/*`];
    const candidates = values.flatMap((value) => informer.by('selector', value));
    return candidates.filter((candidate) => this.matches(read(candidate), object));
  }

  #compile(selector: unknown): LabelMatch {
    if (!isObject(selector)) return () => false;
    let match = this.#compiled.get(selector);
    if (!match) {
      match = compileLabelSelector(selector);
      this.#compiled.set(selector, match);
    }
    return match;
  }
}
