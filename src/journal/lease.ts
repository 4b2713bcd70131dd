/**
 * One run a mesh: a Lease, as controllers use it for leader election. A lease is taken over only after it was seen
 * unchanged for its whole duration on our own clock: clocks of two machines are never compared.
 */
import { Blocked, Conflict, NotFound, Transient } from '../errors.ts';
import type { KubeApi, KubeObject } from '../kube/api.ts';
import { leases } from './objects.ts';

/** Name of the Lease in the control plane's namespace. */
const leaseName = 'meshlift';

/** What a lease needs. */
export interface LeaseOptions {
  readonly api: KubeApi;
  readonly namespace: string;
  /** Who: 'user@host pid'. */
  readonly identity: string;
  /** Milliseconds; default 15,000. */
  readonly durationMs?: number;
  readonly now: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Told once while it waits for another holder to be gone. */
  readonly onWait?: (holder: string) => void;
}

/** A lease that is held. */
export interface Lease {
  /** Grows with every takeover. */
  readonly epoch: number;
  /** Whether it is certainly still ours. */
  isValid(): boolean;
  /** Renews until `release`; call once. `onLost` is told when another took it. Time-outs end `isValid` until it is renewed again. */
  keep(onLost: (why: string) => void): void;
  /** Gives it back, so that the next one needs not wait. */
  release(): Promise<void>;
}

interface Held {
  readonly holder: string;
  readonly transitions: number;
  /** Milliseconds for which its holder took it; 0 when the object does not say. */
  readonly durationMs: number;
  readonly version: string;
}

/**
 * Takes the lease, waiting for a holder that does not renew it any more. A server that fails is asked again for a minute.
 * @throws Blocked when somebody else renews it meanwhile, naming them; Transient when it cannot be read or written for a minute;
 * Aborted by the signal
 */
export async function takeLease(options: LeaseOptions, signal?: AbortSignal): Promise<Lease> {
  const { now, sleep, durationMs = 15_000, identity } = options;
  let seen: { held: Held; since: number } | null = null;
  let first: string | null = null;
  const failing = createPatience(now);
  for (;;) {
    const held = await readLease(options).catch((error: unknown) => failing.or(error));
    if (held === 'not read') {
      await sleep(restMs(durationMs), signal);
      continue;
    }
    if (held === null || isFree(held, identity) || hasExpired(seen, held, options)) {
      const began = now();
      const taken = await write(options, held).catch((error: unknown) => failing.or(error));
      if (taken !== null && taken !== 'not read') return new HeldLease(options, taken, began);
      // Not at once: a server that answers reads and no writes must not be asked without end.
      await sleep(restMs(durationMs), signal);
      continue;
    }
    failing.over();
    if (first === null) options.onWait?.(held.holder);
    if (seen === null || seen.held.version !== held.version) {
      if (first !== null && first !== held.version) throw busy(options, held.holder);
      first = held.version;
      seen = { held, since: now() };
    }
    await sleep(restMs(durationMs), signal);
  }
}

/** Milliseconds for which a server may fail that is asked for the lease. */
const patienceMs = 60_000;

/** Bears a server that fails, for a while. */
function createPatience(now: () => number): { readonly or: (error: unknown) => 'not read'; readonly over: () => void } {
  let since: number | null = null;
  return {
    or: (error) => {
      since ??= now();
      if (!(error instanceof Transient) || now() - since >= patienceMs) throw error;
      return 'not read';
    },
    over: () => (since = null),
  };
}

/** Milliseconds between two looks at a lease that somebody else holds. */
const restMs = (durationMs: number): number => Math.min(1000, durationMs / 5);

const isFree = ({ holder }: Held, identity: string): boolean => holder === '' || holder === identity;

/** Its holder may have asked for a longer time than we would. */
function hasExpired(
  seen: { held: Held; since: number } | null,
  held: Held,
  { now, durationMs = 15_000 }: LeaseOptions,
): boolean {
  if (seen === null || seen.held.version !== held.version) return false;
  return now() - seen.since >= Math.max(durationMs, held.durationMs);
}

function busy({ namespace }: LeaseOptions, holder: string): Blocked {
  return new Blocked(`${holder} is running on this mesh.`, {
    object: `Lease ${namespace}/${leaseName}`,
    remedy: 'Wait for it, or stop it: meshlift pause.',
  });
}

async function readLease({ api, namespace }: LeaseOptions): Promise<Held | null> {
  try {
    return heldOf(await api.get({ resource: leases, namespace, name: leaseName }));
  } catch (error) {
    if (error instanceof NotFound) return null;
    throw error;
  }
}

function heldOf(object: KubeObject): Held {
  const spec = { ...(object['spec'] as Readonly<Record<string, unknown>> | undefined) };
  return {
    holder: typeof spec['holderIdentity'] === 'string' ? spec['holderIdentity'] : '',
    transitions: typeof spec['leaseTransitions'] === 'number' ? spec['leaseTransitions'] : 0,
    durationMs: typeof spec['leaseDurationSeconds'] === 'number' ? spec['leaseDurationSeconds'] * 1000 : 0,
    version: object.metadata.resourceVersion ?? '',
  };
}

/** Null: somebody else was quicker. @throws Transient when nobody knows whether it took effect: the next look shows it */
async function write(options: LeaseOptions, held: Held | null): Promise<Held | null> {
  const { api, namespace, identity, now, durationMs = 15_000 } = options;
  const at = micro(now());
  const transitions = held === null ? 1 : held.transitions + 1;
  const spec = {
    holderIdentity: identity,
    leaseDurationSeconds: Math.max(1, Math.round(durationMs / 1000)),
    acquireTime: at,
    renewTime: at,
    leaseTransitions: transitions,
  };
  try {
    if (held === null) {
      const metadata = { name: leaseName, namespace, labels: { 'app.kubernetes.io/managed-by': 'meshlift' } };
      return heldOf(await api.create(leases, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec }));
    }
    const patch = { metadata: { resourceVersion: held.version }, spec };
    return heldOf(await api.patch({ resource: leases, namespace, name: leaseName }, 'merge', patch));
  } catch (error) {
    if (error instanceof Conflict) return null;
    throw error;
  }
}

/** MicroTime of Kubernetes. */
function micro(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}

class HeldLease implements Lease {
  readonly epoch: number;
  readonly #options: LeaseOptions;
  readonly #durationMs: number;
  readonly #ended = new AbortController();
  #version: string;
  #renewedAt: number;
  #lost = false;
  #renewals: Promise<void> = Promise.resolve();

  constructor(options: LeaseOptions, held: Held, renewedAt: number) {
    this.#options = options;
    this.#durationMs = options.durationMs ?? 15_000;
    this.epoch = held.transitions;
    this.#version = held.version;
    this.#renewedAt = renewedAt;
  }

  isValid(): boolean {
    // A fifth of the time is kept back for a write that is on its way.
    return !this.#lost && this.#options.now() < this.#renewedAt + this.#durationMs * 0.8;
  }

  keep(onLost: (why: string) => void): void {
    this.#renewals = this.#renewing(onLost);
  }

  async #renewing(onLost: (why: string) => void): Promise<void> {
    const { sleep } = this.#options;
    for (;;) {
      const rested = await sleep(this.#durationMs / 5, this.#ended.signal).then(
        () => true,
        () => false,
      );
      if (!rested || this.#ended.signal.aborted) return;
      const why = await this.#renew();
      if (why === null) continue;
      this.#lost = true;
      onLost(why);
      return;
    }
  }

  /** Null while it is ours, or while nobody can tell. */
  async #renew(): Promise<string | null> {
    const { api, namespace, now } = this.#options;
    const began = now();
    try {
      const patch = { metadata: { resourceVersion: this.#version }, spec: { renewTime: micro(began) } };
      const object = await api.patch({ resource: leases, namespace, name: leaseName }, 'merge', patch);
      this.#version = object.metadata.resourceVersion ?? '';
      this.#renewedAt = began;
      return null;
    } catch {
      return await this.#whoHoldsIt();
    }
  }

  async #whoHoldsIt(): Promise<string | null> {
    const held = await readLease(this.#options).catch(() => null);
    if (held === null) return null;
    if (held.holder !== this.#options.identity) return `${held.holder || 'somebody'} took the lease over`;
    // A renewal whose answer was lost: it is ours under a newer version.
    this.#version = held.version;
    return null;
  }

  async release(): Promise<void> {
    this.#ended.abort();
    // A renewal that is on its way changes the version that the release must name.
    await this.#renewals;
    this.#lost = true;
    const { api, namespace } = this.#options;
    const patch = { metadata: { resourceVersion: this.#version }, spec: { holderIdentity: '' } };
    await api.patch({ resource: leases, namespace, name: leaseName }, 'merge', patch).catch((error: unknown) => {
      // Another one holds it by now, or it expires by itself.
      if (error instanceof Conflict || error instanceof NotFound || error instanceof Transient) return;
      throw error;
    });
  }
}
