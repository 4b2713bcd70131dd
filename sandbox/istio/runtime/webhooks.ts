import type { KubeObject } from '../../../src/kube/api.ts';
import { keyOf } from '../../controllers/base/informer.ts';
import { resources } from '../../store/resources.ts';
import type { Store } from '../../store/store.ts';
import type { AdmissionRequest, WebhookAnswer, WebhookCaller, WebhookTarget } from '../../store/types.ts';
import type { InjectorSettings } from '../inject/settings.ts';
import type { Istiod, Istiods } from './istiods.ts';
import { lookup } from './lookup.ts';
import type { ServiceNetwork } from './network.ts';
import { configNames, injectorSettings, type IstiodConfig } from './settings.ts';
import { Injections } from './injections.ts';
import { configRefusal } from './validate-config.ts';

/** What answering webhooks needs. */
export interface WebhooksOptions {
  readonly store: Store;
  readonly network: ServiceNetwork;
  readonly istiods: Pick<Istiods, 'at'>;
}

interface CachedSettings {
  readonly config: IstiodConfig;
  readonly settings: InjectorSettings;
}

/** The webhooks of every istiod that a Service leads to. */
export class IstioWebhooks implements WebhookCaller {
  readonly #options: WebhooksOptions;
  readonly #settings = new Map<string, CachedSettings>();
  readonly #injections = new Injections();

  constructor(options: WebhooksOptions) {
    this.#options = options;
  }

  /** See `WebhookCaller`: the API server resolves the Service itself and dials its cluster address. */
  call(target: WebhookTarget, request: AdmissionRequest): WebhookAnswer {
    const { service, url = '' } = target;
    if (service === undefined) {
      const host = /^https?:\/\/([^/:]+)/.exec(url)?.[1] ?? url;
      return { kind: 'unreachable', error: `dial tcp: lookup ${host}: no such host` };
    }
    const dialled = this.#options.network.dial(service);
    if (dialled.kind === 'failed') return { kind: 'unreachable', error: dialled.error };
    const istiod = this.#options.istiods.at(keyOf(dialled.pod));
    if (istiod === undefined) return { kind: 'unreachable', error: 'connect: connection refused' };
    if (service.path.startsWith('/inject')) return this.#inject(istiod, request);
    if (service.path.startsWith('/validate')) return validateConfig(istiod, request);
    return denied('404 page not found');
  }

  #inject(istiod: Istiod, request: AdmissionRequest): WebhookAnswer {
    const { counters } = istiod;
    counters.add('sidecar_injection_requests_total');
    const pod = request.object;
    if (pod === null) return denied('no object to inject');
    const result = this.#injections.of(pod, request.namespace ?? '', this.#settingsOf(istiod));
    if (result.kind === 'failed') {
      counters.add('sidecar_injection_failure_total');
      return denied(result.message);
    }
    if (result.kind === 'skipped') {
      counters.add('sidecar_injection_skip_total');
      return { kind: 'answered', allowed: true };
    }
    counters.add('sidecar_injection_success_total');
    return { kind: 'answered', allowed: true, patch: result.patch };
  }

  #settingsOf(istiod: Istiod): InjectorSettings {
    const { store } = this.#options;
    const { namespace, revision } = istiod.facts;
    const names = configNames(revision);
    const read = (name: string): KubeObject | undefined =>
      lookup(store, { resource: resources.configMaps, namespace, name });
    const config = { mesh: read(names.mesh), injector: read(names.injector) };
    const cached = this.#settings.get(istiod.key);
    if (cached && cached.config.mesh === config.mesh && cached.config.injector === config.injector)
      return cached.settings;
    const settings = injectorSettings(istiod.facts, config);
    this.#settings.set(istiod.key, { config, settings });
    return settings;
  }
}

function denied(message: string): WebhookAnswer {
  return { kind: 'answered', allowed: false, status: { message } };
}

function validateConfig(istiod: Istiod, request: AdmissionRequest): WebhookAnswer {
  const refusal = request.object === null ? undefined : configRefusal(request.object);
  const { group, version, resource } = request.resource;
  const labels = `{group="${group}",resource="${resource}",version="${version}"}`;
  // A refused dry run is not counted (pkg/webhooks/validation/server/monitoring.go), a taken one is.
  if (refusal === undefined) istiod.counters.add(`galley_validation_passed${labels}`);
  else if (!request.dryRun) istiod.counters.add(`galley_validation_failed${labels}`);
  return refusal === undefined ? { kind: 'answered', allowed: true } : denied(refusal);
}
