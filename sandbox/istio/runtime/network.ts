import type { KubeObject } from '../../../src/kube/api.ts';
import { Informer, keyOf } from '../../controllers/base/informer.ts';
import { at, numberAt, objectsAt, textAt, type JsonObject } from '../../store/json.ts';
import type { Random } from '../../store/random.ts';
import { resources } from '../../store/resources.ts';
import type { Store } from '../../store/store.ts';

/** What came of opening a connection to a Service. `failed` carries the text of Go's or the API server's error. */
export type Dialled =
  { readonly kind: 'connected'; readonly pod: KubeObject } | { readonly kind: 'failed'; readonly error: string };

/** A port of a Service. */
export interface ServicePort {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
}

const failed = (error: string): Dialled => ({ kind: 'failed', error });

const serviceOfSlice = (slice: KubeObject): string[] => {
  const name = slice.metadata.labels?.['kubernetes.io/service-name'];
  return name === undefined ? [] : [`${slice.metadata.namespace ?? ''}/${name}`];
};

/**
 * Who answers behind a Service, as kube-proxy in iptables mode has it: a ready endpoint by chance, and without one the
 * connection is refused at once.
 */
export class ServiceNetwork {
  readonly pods: Informer;
  readonly slices = new Informer(resources.endpointSlices, { service: serviceOfSlice });
  readonly services = new Informer(resources.services);
  readonly #random: Random;
  /** Keys of the pods behind ready endpoints, by slice and the name of its port: asked at every connection. */
  readonly #ready = new WeakMap<KubeObject, Map<unknown, readonly string[]>>();

  constructor(pods: Informer, random: Random) {
    this.pods = pods;
    this.#random = random;
  }

  /** Starts to follow the Services and EndpointSlices of a store. */
  follow(store: Store): () => void {
    const stops = [this.services.follow(store), this.slices.follow(store)];
    return () => stops.forEach((stop) => stop());
  }

  /** Opens a connection. */
  dial(to: ServicePort): Dialled {
    const service = this.services.get(`${to.namespace}/${to.name}`);
    if (service === undefined) return failed(`service "${to.name}" not found`);
    const port = objectsAt(service, 'spec', 'ports').find((entry) => entry['port'] === to.port);
    if (port === undefined) return failed(`no service port ${to.port} found for service "${to.name}"`);
    const ready = this.#readyPods(service, port);
    const chosen = ready[Math.floor(this.#random() * ready.length)];
    if (chosen !== undefined) return { kind: 'connected', pod: chosen };
    return failed(`dial tcp ${textAt(service, 'spec', 'clusterIP') ?? ''}:${to.port}: connect: connection refused`);
  }

  #readyPods(service: KubeObject, port: JsonObject): KubeObject[] {
    return this.slices.by('service', keyOf(service)).flatMap((slice) =>
      this.#readyIn(slice, port['name'] ?? '')
        .map((key) => this.pods.get(key))
        .filter((pod) => pod !== undefined),
    );
  }

  #readyIn(slice: KubeObject, port: unknown): readonly string[] {
    const known = this.#ready.get(slice) ?? new Map<unknown, readonly string[]>();
    this.#ready.set(slice, known);
    const found = known.get(port) ?? readyIn(slice, port);
    known.set(port, found);
    return found;
  }
}

function readyIn(slice: KubeObject, port: unknown): readonly string[] {
  const served = objectsAt(slice, 'ports').some(
    (entry) => (entry['name'] ?? '') === port && numberAt(entry, 'port') !== undefined,
  );
  if (!served) return [];
  return objectsAt(slice, 'endpoints')
    .filter((endpoint) => at(endpoint, 'conditions', 'ready') !== false)
    .map((endpoint) => {
      const namespace = textAt(endpoint, 'targetRef', 'namespace') ?? slice.metadata.namespace ?? '';
      return `${namespace}/${textAt(endpoint, 'targetRef', 'name') ?? ''}`;
    });
}
