import type { KubeObject, ResourceType } from '../../../src/kube/api.ts';
import type { Scheduler } from '../../clock/scheduler.ts';
import { WorkQueue } from '../../clock/work-queue.ts';
import { Informer } from '../../controllers/base/informer.ts';
import { ApiFailure } from '../../store/failure.ts';
import { objectsAt, sameJson, textAt } from '../../store/json.ts';
import { resources } from '../../store/resources.ts';
import type { Store } from '../../store/store.ts';
import { patchedByIstiod } from '../charts/webhooks.ts';
import type { Istiod, Istiods } from './istiods.ts';
import { isReady } from './pod-state.ts';

/** What the patcher needs. */
export interface PatcherOptions {
  readonly store: Store;
  readonly scheduler: Scheduler;
  readonly istiods: Istiods;
  /** base64 of the root's PEM. */
  readonly caBundle: string;
}

/** Milliseconds from a change to istiod's patch of it. */
const delayMs = 100;

/**
 * Puts the CA bundle into webhook configurations, and failurePolicy Fail into validators: each configuration by the
 * istiod of the revision in its label istio.io/rev, and by no other (pkg/webhooks/webhookpatch.go).
 */
export class WebhookPatcher {
  readonly #options: PatcherOptions;
  readonly #informers = new Map<ResourceType, Informer>();
  readonly #queue: WorkQueue;
  readonly #stops: (() => void)[] = [];

  constructor(options: PatcherOptions) {
    this.#options = options;
    const retries = (error: unknown): boolean => error instanceof ApiFailure;
    this.#queue = new WorkQueue(options.scheduler, (key) => this.#patch(key), { delayMs, retries });
    for (const resource of [resources.mutatingWebhooks, resources.validatingWebhooks]) {
      const informer = new Informer(resource);
      informer.onChange(({ now }) => now && this.#queue.add(`${resource.plural}/${now.metadata.name}`));
      this.#informers.set(resource, informer);
    }
  }

  /** Starts to follow the configurations of the store. */
  follow(): void {
    for (const informer of this.#informers.values()) this.#stops.push(informer.follow(this.#options.store));
  }

  /** An istiod came up or became ready: it looks at all configurations. */
  lookAgain(): void {
    for (const [resource, informer] of this.#informers) {
      for (const { metadata } of informer.all()) this.#queue.add(`${resource.plural}/${metadata.name}`);
    }
  }

  /** Stops following. */
  stop(): void {
    this.#queue.stop();
    for (const stop of this.#stops) stop();
  }

  #patch(key: string): void {
    const [plural, name = ''] = key.split('/');
    const [resource, informer] = [...this.#informers].find(([one]) => one.plural === plural) ?? [];
    const configuration = informer?.get(name);
    if (resource === undefined || configuration === undefined) return;
    const istiod = this.#patcherOf(configuration);
    if (istiod === undefined) return;
    const patched = patchedByIstiod(configuration, this.#options.caBundle);
    if (sameJson(patched['webhooks'], configuration['webhooks'])) return;
    const { counters } = istiod;
    if (resource === resources.mutatingWebhooks) counters.add(`webhook_patch_attempts_total{name="${name}"}`);
    else counters.add('galley_validation_config_updates');
    this.#options.store.update(resource, patched, { fieldManager: 'pilot-discovery' });
  }

  /** A validator is touched only once its own endpoint is known to answer, which takes a ready istiod. */
  #patcherOf(configuration: KubeObject): Istiod | undefined {
    const label = configuration.metadata.labels?.['istio.io/rev'];
    if (label === undefined || !isIstios(configuration)) return undefined;
    const candidates = this.#options.istiods.of(label === 'default' ? '' : label);
    if (configuration.kind !== 'ValidatingWebhookConfiguration') return candidates[0];
    return candidates.find((istiod) => isReady(istiod.pod));
  }
}

/** Label istio.io/rev alone is no sign of Istio: the webhooks must be its own. */
function isIstios(configuration: KubeObject): boolean {
  return objectsAt(configuration, 'webhooks').some(
    (webhook) => textAt(webhook, 'name')?.endsWith('.istio.io') === true,
  );
}
