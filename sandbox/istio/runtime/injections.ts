import type { KubeObject } from '../../../src/kube/api.ts';
import { controllerOf } from '../../controllers/base/owners.ts';
import { frozen, sameJson } from '../../store/json.ts';
import { inject } from '../inject.ts';
import { patchBetween, type PatchOperation } from '../inject/patch.ts';
import type { InjectionResult, InjectorSettings } from '../inject/settings.ts';

/** As `InjectionResult`, with the patch from the pod to the injected one in the latter's place. Frozen. */
export type Injection =
  | Exclude<InjectionResult, { kind: 'injected' }>
  | { readonly kind: 'injected'; readonly patch: readonly PatchOperation[] };

interface Known {
  readonly subject: KubeObject;
  readonly namespace: string;
  readonly settings: InjectorSettings;
  readonly injection: Injection;
}

/** Owners that are remembered; the one that came first is forgotten first. */
const kept = 5000;

/** Injects pods, those of one owner that are alike once for all: they then share containers and volumes too. */
export class Injections {
  /** By the uid of the owner: its last pod, and what came of it. */
  readonly #known = new Map<string, Known>();

  /** See `inject`. */
  of(pod: KubeObject, namespace: string, settings: InjectorSettings): Injection {
    const subject = subjectOf(pod);
    const owner = controllerOf(pod)?.uid ?? '';
    const known = this.#known.get(owner);
    if (known?.namespace === namespace && sameJson(known.settings, settings) && sameJson(known.subject, subject))
      return known.injection;
    const injection = injectionOf(subject, namespace, settings);
    this.#remember(owner, { subject, namespace, settings, injection });
    return injection;
  }

  #remember(owner: string, known: Known): void {
    if (owner === '') return;
    this.#known.set(owner, known);
    const [first] = this.#known.keys();
    if (this.#known.size > kept && first !== undefined) this.#known.delete(first);
  }
}

/** All of a pod that the injector gets to see here, so that nothing else can make a difference. */
function subjectOf({ metadata, spec }: KubeObject): KubeObject {
  const { name, generateName, labels, annotations, ownerReferences } = metadata;
  return {
    metadata: {
      name,
      ...(generateName !== undefined && { generateName }),
      ...(labels && { labels }),
      ...(annotations && { annotations }),
      ...(ownerReferences && { ownerReferences }),
    },
    spec,
  };
}

function injectionOf(subject: KubeObject, namespace: string, settings: InjectorSettings): Injection {
  const result = inject(subject, namespace, settings);
  if (result.kind !== 'injected') return result;
  return { kind: 'injected', patch: frozen(patchBetween(subject, result.pod)) };
}
