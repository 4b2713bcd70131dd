import type { KubeObject } from '../../../src/kube/api.ts';
import { keyOf, type Informer, type ObjectChange } from '../../controllers/base/informer.ts';
import { AdmissionRate, streamsPerSecond } from './admission-rate.ts';
import type { Push } from './config-changes.ts';
import { Counters } from './counters.ts';
import { isReady, runningSince } from './pod-state.ts';
import type { ProxyFacts } from './proxy.ts';
import { istiodFacts, type IstiodFacts } from './settings.ts';

/** A proxy's stream at an istiod. */
export interface XdsConnection {
  /** POD.NAMESPACE-NUMBER. */
  readonly id: string;
  /** POD.NAMESPACE. */
  readonly proxy: string;
  readonly facts: ProxyFacts;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** Address and port of the proxy. */
  readonly address: string;
  /** When the proxy refuses the listeners: the last ones that it took on this stream, 'none' when it took none. */
  readonly refuses?: Push | 'none';
}

/** A running istiod: a process, not a Deployment. What it counts is gone with it. */
export interface Istiod {
  readonly facts: IstiodFacts;
  /** "namespace/name" of its pod. */
  readonly key: string;
  readonly name: string;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly rate: AdmissionRate;
  readonly counters: Counters;
  /** By the uid of the proxy's pod. */
  readonly connections: Map<string, XdsConnection>;
  /** Its pod as it is now. */
  pod: KubeObject;
  /** Streams that it ever had. */
  streams: number;
}

/** Who wants to know of istiods. Called while the store tells of a change. */
export interface IstiodListener {
  /** Its process answers, or its pod became ready or not ready. */
  readonly changed: (istiod: Istiod) => void;
  /** Its process has ended, or is told to. */
  readonly down: (istiod: Istiod) => void;
}

/** The istiods that run now. */
export class Istiods {
  readonly #running = new Map<string, Istiod>();
  readonly #listener: IstiodListener;

  constructor(pods: Informer, listener: IstiodListener) {
    this.#listener = listener;
    pods.onChange((change) => this.#take(change));
  }

  /** In the order in which they came up. */
  all(): readonly Istiod[] {
    return [...this.#running.values()];
  }

  /** By "namespace/name" of the pod. */
  at(key: string): Istiod | undefined {
    return this.#running.get(key);
  }

  /** Those of a revision ('' for the one without name) in the order in which they came up. */
  of(revision: string): readonly Istiod[] {
    return this.all().filter((istiod) => istiod.facts.revision === revision);
  }

  #take({ old, now }: ObjectChange): void {
    const pod = now ?? old;
    // Most pods are no istiods: the label is cheaper than the containers.
    if (pod?.metadata.labels?.['app'] !== 'istiod') return;
    const key = keyOf(pod);
    const present = this.#running.get(key);
    const since = now === undefined || now.metadata.deletionTimestamp ? undefined : runningSince(now, 'discovery');
    if (present && (since !== present.startedAt || now?.metadata.uid !== present.pod.metadata.uid)) this.#end(present);
    if (now === undefined || since === undefined) return;
    const known = this.#running.get(key);
    if (known === undefined) this.#begin(now, since);
    else {
      const turned = isReady(known.pod) !== isReady(now);
      known.pod = now;
      if (turned) this.#listener.changed(known);
    }
  }

  #begin(pod: KubeObject, startedAt: string): void {
    const facts = istiodFacts(pod);
    if (facts === undefined) return;
    const istiod: Istiod = {
      facts,
      key: keyOf(pod),
      name: pod.metadata.name,
      startedAt,
      rate: new AdmissionRate(streamsPerSecond(facts.cpus)),
      counters: new Counters(),
      connections: new Map(),
      pod,
      streams: 0,
    };
    this.#running.set(istiod.key, istiod);
    this.#listener.changed(istiod);
  }

  #end(istiod: Istiod): void {
    this.#running.delete(istiod.key);
    this.#listener.down(istiod);
  }
}
