import type { KubeObject, ResourceType } from '../../../src/kube/api.ts';
import type { Scheduler } from '../../clock/scheduler.ts';
import { WorkQueue } from '../../clock/work-queue.ts';
import { Informer, keyOf, splitKey } from '../../controllers/base/informer.ts';
import { ApiFailure } from '../../store/failure.ts';
import { objectsAt, sameJson, textAt } from '../../store/json.ts';
import { resources } from '../../store/resources.ts';
import type { Store } from '../../store/store.ts';
import { gatewayClasses, renderedGateway } from '../charts/gateway-api.ts';
import { gatewayOwner } from './gateway-owner.ts';
import { gatewayStatus, timedConditions } from './gateway-status.ts';
import type { Istiod, Istiods } from './istiods.ts';
import { lookup } from './lookup.ts';
import type { ServiceNetwork } from './network.ts';
import { configNames, injectorSettings } from './settings.ts';

const group = 'gateway.networking.k8s.io';
const gateways: ResourceType = { group, version: 'v1', plural: 'gateways', kind: 'Gateway', namespaced: true };
const classes: ResourceType = {
  group,
  version: 'v1',
  plural: 'gatewayclasses',
  kind: 'GatewayClass',
  namespaced: false,
};
const targets: Readonly<Record<string, ResourceType>> = {
  ServiceAccount: resources.serviceAccounts,
  Deployment: resources.deployments,
  Service: resources.services,
};
const ownClasses = ['istio', 'istio-waypoint'];

/** What the controller of Gateway API objects needs. */
export interface GatewaysOptions {
  readonly store: Store;
  readonly scheduler: Scheduler;
  readonly istiods: Istiods;
  readonly network: ServiceNetwork;
}

const isGateways = (name: string): boolean => name === `gateways.${group}`;

/**
 * The Deployments, Services and statuses that istiods make for Gateways of the Gateway API. Everything follows the
 * istiod that owns the Gateway: when that becomes a newer one, the Deployment changes and rolls by itself.
 */
export class Gateways {
  readonly #options: GatewaysOptions;
  readonly #queue: WorkQueue;
  readonly #gateways = new Informer(gateways);
  readonly #namespaces = new Informer(resources.namespaces);
  readonly #stops: (() => void)[] = [];

  constructor(options: GatewaysOptions) {
    this.#options = options;
    const retries = (error: unknown): boolean => error instanceof ApiFailure;
    this.#queue = new WorkQueue(options.scheduler, (key) => this.#sync(key), { delayMs: 100, retries });
    this.#gateways.onChange(({ now }) => now && this.#queue.add(keyOf(now)));
    this.#namespaces.onChange(({ old, now }) => {
      if (old?.metadata.labels !== now?.metadata.labels) this.lookAgain();
    });
    options.network.services.onChange(({ now }) => {
      const name = now?.metadata.labels?.[`${group}/gateway-name`];
      if (name !== undefined) this.#queue.add(`${now?.metadata.namespace ?? ''}/${name}`);
    });
  }

  /** Starts to follow the store; Gateways as soon as their definition is there. */
  follow(): void {
    const { store } = this.#options;
    const definitions = new Informer(resources.definitions);
    definitions.onChange(({ old, now }) => {
      if (old !== undefined || now === undefined || !isGateways(now.metadata.name)) return;
      this.#stops.push(this.#gateways.follow(store));
      this.lookAgain();
    });
    const injectors = new Informer(resources.mutatingWebhooks);
    injectors.onChange(() => this.lookAgain());
    this.#stops.push(this.#namespaces.follow(store), injectors.follow(store), definitions.follow(store));
  }

  /** An istiod came up, or a tag moved: every Gateway is looked at. */
  lookAgain(): void {
    this.#queue.add('classes');
    for (const gateway of this.#gateways.all()) this.#queue.add(keyOf(gateway));
  }

  /** Stops following. */
  stop(): void {
    this.#queue.stop();
    for (const stop of this.#stops) stop();
  }

  #sync(key: string): void {
    if (key === 'classes') return this.#syncClasses();
    const gateway = this.#gateways.get(key);
    if (gateway === undefined || !ownClasses.includes(textAt(gateway, 'spec', 'gatewayClassName') ?? '')) return;
    const { store, istiods } = this.#options;
    const revision = gatewayOwner(store, gateway, this.#namespaces.get(splitKey(key).namespace));
    const istiod = revision === undefined ? undefined : istiods.of(revision)[0];
    if (istiod === undefined) return;
    const deployment = this.#render(gateway, istiod);
    const service = this.#options.network.services.get(`${splitKey(key).namespace}/${deployment}`);
    const status = gatewayStatus(gateway, service, deployment, store.now());
    if (sameJson(status, gateway['status'])) return;
    store.update(gateways, { ...gateway, status }, { subresource: 'status', fieldManager: 'pilot-discovery' });
  }

  /** Returns the name of the Deployment. */
  #render(gateway: KubeObject, istiod: Istiod): string {
    const { store } = this.#options;
    const { namespace, revision, ambient } = istiod.facts;
    const names = configNames(revision);
    const read = (name: string) => lookup(store, { resource: resources.configMaps, namespace, name });
    const plane = injectorSettings(istiod.facts, { mesh: read(names.mesh), injector: read(names.injector) });
    const objects = renderedGateway(gateway, { plane, ambient });
    for (const object of objects) {
      const resource = targets[object.kind ?? ''];
      if (resource === undefined) continue;
      const { name, namespace: place = '' } = object.metadata;
      const ref = { resource, namespace: place, name };
      store.patch(ref, 'apply', object, { fieldManager: 'istio.io/gateway-controller', force: true });
    }
    return objects.find(({ kind }) => kind === 'Deployment')?.metadata.name ?? gateway.metadata.name;
  }

  #syncClasses(): void {
    const { store, istiods } = this.#options;
    const [istiod] = istiods.all();
    const served = lookup(store, { resource: resources.definitions, name: `gatewayclasses.${group}` });
    if (istiod === undefined || served === undefined) return;
    for (const wanted of gatewayClasses(istiods.all().some(({ facts }) => facts.ambient))) {
      const ref = { resource: classes, name: wanted.metadata.name };
      const present = lookup(store, ref) ?? store.create(classes, wanted);
      if (objectsAt(present, 'status', 'conditions').some((one) => one['reason'] === 'Accepted')) continue;
      const accepted = {
        type: 'Accepted',
        status: 'True',
        reason: 'Accepted',
        message: 'Handled by Istio controller',
      } as const;
      const conditions = timedConditions([accepted], [], present.metadata.generation ?? 1, store.now());
      store.update(classes, { ...present, status: { conditions } }, { subresource: 'status' });
    }
  }
}
