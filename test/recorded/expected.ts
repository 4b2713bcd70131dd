/**
 * What is true at each recorded moment, read off the recorded objects by a person (README of the recordings, the objects'
 * labels, annotations, images and the control planes' own answers), never off our output.
 */

/** What a moment's status must say. */
export interface Expected {
  readonly controlPlanes: readonly { revision: string; version: string; ready: string; owner: string }[];
  readonly tags: Readonly<Record<string, string>>;
  readonly defaultRevision: string | null;
  /** Proxies of running pods: sidecars, gateways, waypoints. */
  readonly proxies: number;
  readonly byVersion: Readonly<Record<string, number>>;
  readonly byRevision: Readonly<Record<string, number>>;
  readonly notConnected: number;
  /** 'namespace/name' → revision after a restart, for every workload that a restart would change. */
  readonly pending: Readonly<Record<string, string | null>>;
  /** Revision that a pod without labels gets in each namespace; null: no proxy. */
  readonly injection: Readonly<Record<string, string | null>>;
  /** Names of webhook configurations whose target is not healthy. */
  readonly sick: readonly string[];
  readonly cni: string | null;
  readonly ztunnel: string | null;
}

const outside = {
  default: null,
  'kube-system': null,
  'kube-public': null,
  'kube-node-lease': null,
  plain: null,
  'istio-system': null,
};
const old = { revision: '1-29-6', version: '1.29.6', ready: '1/1', owner: 'helm' };
const fresh = { revision: '1-30-3', version: '1.30.3', ready: '1/1', owner: 'helm' };
const unrevisioned = (version: string, owner: string): Expected['controlPlanes'][number] => ({
  revision: 'default',
  version,
  ready: '1/1',
  owner,
});
const healthy = { notConnected: 0, sick: [], cni: null, ztunnel: null };
const ambientInjection = { ...outside, probe: null, shop: null, way: null };

/** By moment. */
export const expected: Readonly<Record<string, Expected>> = {
  'canary/00-before': {
    ...healthy,
    controlPlanes: [old],
    tags: { prod: '1-29-6' },
    defaultRevision: '1-29-6',
    proxies: 13,
    byVersion: { '1.29.6': 13 },
    byRevision: { '1-29-6': 13 },
    pending: {},
    injection: { ...outside, billing: '1-29-6', 'istio-ingress': '1-29-6', shop: '1-29-6' },
  },
  'canary/10-canary-installed': {
    ...healthy,
    controlPlanes: [old, fresh],
    tags: { prod: '1-29-6' },
    defaultRevision: '1-29-6',
    proxies: 13,
    byVersion: { '1.29.6': 13 },
    byRevision: { '1-29-6': 13 },
    pending: {},
    injection: { ...outside, billing: '1-29-6', 'istio-ingress': '1-29-6', shop: '1-29-6' },
  },
  'canary/20-tag-moved': {
    ...healthy,
    controlPlanes: [old, fresh],
    tags: { prod: '1-30-3' },
    defaultRevision: '1-29-6',
    proxies: 13,
    byVersion: { '1.29.6': 13 },
    byRevision: { '1-29-6': 13 },
    pending: {
      'istio-ingress/istio-ingressgateway': '1-30-3',
      'shop/api': '1-30-3',
      'shop/loadgen': '1-30-3',
      'shop/raw': '1-30-3',
      'shop/store': '1-30-3',
      'shop/web': '1-30-3',
    },
    injection: { ...outside, billing: '1-29-6', 'istio-ingress': '1-30-3', shop: '1-30-3' },
  },
  'canary/30-restarted-half': {
    ...healthy,
    controlPlanes: [old, fresh],
    tags: { prod: '1-30-3' },
    defaultRevision: '1-29-6',
    proxies: 13,
    byVersion: { '1.29.6': 8, '1.30.3': 5 },
    byRevision: { '1-29-6': 8, '1-30-3': 5 },
    pending: {
      'istio-ingress/istio-ingressgateway': '1-30-3',
      'shop/loadgen': '1-30-3',
      'shop/store': '1-30-3',
      'shop/web': '1-30-3',
    },
    injection: { ...outside, billing: '1-29-6', 'istio-ingress': '1-30-3', shop: '1-30-3' },
  },
  'canary/40-all-moved': {
    ...healthy,
    controlPlanes: [old, fresh],
    tags: { prod: '1-30-3' },
    defaultRevision: '1-29-6',
    proxies: 13,
    byVersion: { '1.30.3': 13 },
    byRevision: { '1-30-3': 13 },
    pending: {},
    injection: { ...outside, billing: '1-30-3', 'istio-ingress': '1-30-3', shop: '1-30-3' },
  },
  'canary/50-old-removed': {
    ...healthy,
    controlPlanes: [fresh],
    tags: { prod: '1-30-3' },
    defaultRevision: '1-30-3',
    proxies: 13,
    byVersion: { '1.30.3': 13 },
    byRevision: { '1-30-3': 13 },
    pending: {},
    injection: { ...outside, billing: '1-30-3', 'istio-ingress': '1-30-3', shop: '1-30-3' },
  },
  'inplace/00-before': {
    ...healthy,
    controlPlanes: [unrevisioned('1.29.6', 'istioctl')],
    tags: { default: 'default' },
    defaultRevision: 'default',
    proxies: 11,
    byVersion: { '1.29.6': 11 },
    byRevision: { default: 11 },
    pending: {},
    injection: { ...outside, shop: 'default' },
  },
  // The control plane is gone: 12 proxies run (the pod of Job once has Succeeded) and no istiod is left to be connected to.
  'broken/control-plane-removed-in-use': {
    controlPlanes: [],
    tags: { prod: '1-30-3' },
    defaultRevision: '1-30-3',
    proxies: 12,
    byVersion: { '1.30.3': 12 },
    byRevision: { '1-30-3': 12 },
    notConnected: 12,
    // billing is labelled for revision 1-30-3 directly, whose own webhook went with it: its pods come back without a sidecar.
    // istio-ingress and shop are labelled for tag prod, whose webhook is left and points nowhere: their pods are refused.
    pending: {
      'billing/billing': null,
      'istio-ingress/istio-ingressgateway': null,
      'shop/api': null,
      'shop/loadgen': null,
      'shop/raw': null,
      'shop/store': null,
      'shop/web': null,
    },
    injection: { ...outside, billing: null, 'istio-ingress': null, shop: null },
    sick: ['istio-revision-tag-prod', 'istiod-default-validator'],
    cni: null,
    ztunnel: null,
  },
  // The waypoint's two pods crash for ever (a stock Envoy cannot be a waypoint): Running, and connected to nobody.
  'ambient/00-before': {
    controlPlanes: [unrevisioned('1.29.6', 'helm')],
    tags: {},
    defaultRevision: 'default',
    proxies: 2,
    byVersion: { '1.29.6': 2 },
    byRevision: { default: 2 },
    notConnected: 2,
    pending: {},
    injection: ambientInjection,
    sick: [],
    cni: '1.29.6',
    ztunnel: '1.29.6',
  },
  'ambient/10-istiod-upgraded': {
    controlPlanes: [unrevisioned('1.30.3', 'helm')],
    tags: {},
    defaultRevision: 'default',
    proxies: 2,
    byVersion: { '1.29.6': 1, '1.30.3': 1 },
    byRevision: { default: 2 },
    notConnected: 2,
    pending: {},
    injection: ambientInjection,
    sick: [],
    cni: '1.29.6',
    ztunnel: '1.29.6',
  },
  'ambient/40-after': {
    controlPlanes: [unrevisioned('1.30.3', 'helm')],
    tags: {},
    defaultRevision: 'default',
    proxies: 2,
    byVersion: { '1.29.6': 1, '1.30.3': 1 },
    byRevision: { default: 2 },
    notConnected: 2,
    pending: {},
    injection: ambientInjection,
    sick: [],
    cni: '1.30.3',
    ztunnel: '1.30.3',
  },
};
