import type { KubeObject } from '../../../src/kube/api.ts';
import type { Cancel, Scheduler } from '../../clock/scheduler.ts';
import { Informer, keyOf } from '../../controllers/base/informer.ts';
import { objectsAt, textAt } from '../../store/json.ts';
import { resources } from '../../store/resources.ts';
import type { Store } from '../../store/store.ts';
import type { StopWatch } from '../../store/types.ts';
import type { ServiceNetwork } from './network.ts';

/** Configuration as it was pushed at a moment. */
export interface Push {
  /** Number of the push; every istiod counts from its own start. */
  readonly count: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** istiod waits for quiet before it pushes, but not for ever (PILOT_DEBOUNCE_AFTER, PILOT_DEBOUNCE_MAX). */
const debounce = { quietMs: 100, longestMs: 10_000 };

const istioGroup = /(^|\.)(istio\.io|gateway\.networking\.k8s\.io)$/;

/** When configuration last changed, after the debouncing that every istiod does. */
export class ConfigChanges {
  readonly #scheduler: Scheduler;
  readonly #onPush: (what: 'full' | 'endpoints') => void;
  #full: Push;
  #endpoints: Push;
  #waiting: { readonly since: number; readonly cancel: Cancel; readonly full: boolean } | undefined;
  readonly #stops: StopWatch[] = [];
  readonly #watched = new Map<string, StopWatch>();

  constructor(scheduler: Scheduler, onPush: (what: 'full' | 'endpoints') => void) {
    this.#scheduler = scheduler;
    this.#onPush = onPush;
    this.#full = { count: 1, at: scheduler.now() };
    this.#endpoints = this.#full;
  }

  /** The last push of everything. */
  get full(): Push {
    return this.#full;
  }

  /** The last push of endpoints, alone or with everything. */
  get endpoints(): Push {
    return this.#endpoints;
  }

  /** Starts to follow a store. */
  follow(store: Store, network: ServiceNetwork): void {
    network.services.onChange(() => this.touch('full'));
    network.slices.onChange(() => this.touch('endpoints'));
    const definitions = new Informer(resources.definitions);
    definitions.onChange(({ now }) => now && this.#watch(store, now));
    this.#stops.push(definitions.follow(store));
  }

  /** Something changed that istiod pushes. */
  touch(what: 'full' | 'endpoints'): void {
    const now = this.#scheduler.now();
    const { since = now, full = false, cancel } = this.#waiting ?? {};
    const wait = Math.min(debounce.quietMs, Math.max(0, since + debounce.longestMs - now));
    cancel?.();
    this.#waiting = { since, full: full || what === 'full', cancel: this.#scheduler.after(wait, () => this.#push()) };
  }

  /** Stops following. */
  stop(): void {
    this.#waiting?.cancel();
    for (const stop of [...this.#stops, ...this.#watched.values()]) stop();
  }

  #push(): void {
    const push = { count: Math.max(this.#full.count, this.#endpoints.count) + 1, at: this.#scheduler.now() };
    this.#endpoints = push;
    const full = this.#waiting?.full === true;
    if (full) this.#full = push;
    this.#waiting = undefined;
    this.#onPush(full ? 'full' : 'endpoints');
  }

  /** Custom kinds can be watched only once their definition is there. */
  #watch(store: Store, definition: KubeObject): void {
    const group = textAt(definition, 'spec', 'group') ?? '';
    const stored = objectsAt(definition, 'spec', 'versions').find((version) => version['storage'] === true);
    if (!istioGroup.test(group) || stored === undefined || this.#watched.has(keyOf(definition))) return;
    const resource = {
      group,
      version: String(stored['name']),
      plural: textAt(definition, 'spec', 'names', 'plural') ?? '',
      kind: textAt(definition, 'spec', 'names', 'kind') ?? '',
      namespaced: textAt(definition, 'spec', 'scope') === 'Namespaced',
    };
    this.#watched.set(
      keyOf(definition),
      store.watch(resource, {}, () => this.touch('full')),
    );
  }
}
