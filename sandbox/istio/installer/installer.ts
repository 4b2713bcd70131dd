import type { Store } from '../../store/store.ts';
import { baseChart, type BaseOptions } from '../charts/base.ts';
import { cniChart, type CniOptions } from '../charts/cni.ts';
import { gatewayChart, type GatewayOptions } from '../charts/gateway.ts';
import type { IstioctlOptions } from '../charts/istioctl.ts';
import type { IstiodOptions } from '../charts/istiod-options.ts';
import { istiodChart } from '../charts/istiod.ts';
import { ztunnelChart, type ZtunnelOptions } from '../charts/ztunnel.ts';
import { helmUninstall, helmUpgrade } from './helm.ts';
import { installByIstioctl, removeTag, setTag, type TagRequest } from './istioctl.ts';

/**
 * Stands for helm and istioctl. Every call changes objects and returns at once, as without `--wait`: what follows from it
 * happens when time passes. `base`, `istiod`, `gateway`, `cni` and ztunnel are `helm upgrade --install`.
 * Errors: InvalidInput for what is no Istio version, Conflict and NotFound where the real tools refuse, ApiFailure of
 * the API server.
 */
export interface Installer {
  base(options: BaseOptions): void;
  istiod(options: IstiodOptions): void;
  gateway(options: GatewayOptions): void;
  cni(options: CniOptions): void;
  ztunnel(options: ZtunnelOptions): void;
  /** `helm uninstall`. */
  uninstall(release: { readonly name: string; readonly namespace: string }): void;
  /** `istioctl tag set`. */
  setTag(request: TagRequest): void;
  /** `istioctl tag remove`. */
  removeTag(tag: string): void;
  /** `istioctl install` and `istioctl upgrade`, which are the same. */
  istioctlInstall(options: IstioctlOptions): void;
}

/** An installer that works on a store. */
export function createInstaller(store: Store): Installer {
  const release = <T extends { readonly release: string; readonly namespace: string; readonly version: string }>(
    chart: 'base' | 'istiod' | 'gateway' | 'cni' | 'ztunnel',
    options: T,
  ) => ({ name: options.release, namespace: options.namespace, version: options.version, chart });
  return {
    base: (options) => helmUpgrade(store, release('base', options), baseChart(options)),
    istiod: (options) => helmUpgrade(store, release('istiod', options), istiodChart(options)),
    gateway: (options) => helmUpgrade(store, release('gateway', options), gatewayChart(options)),
    cni: (options) => helmUpgrade(store, release('cni', options), cniChart(options)),
    ztunnel: (options) => helmUpgrade(store, release('ztunnel', options), ztunnelChart(options)),
    uninstall: (which) => helmUninstall(store, which),
    setTag: (request) => setTag(store, request),
    removeTag: (tag) => removeTag(store, tag),
    istioctlInstall: (options) => installByIstioctl(store, options),
  };
}
