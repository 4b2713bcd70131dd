import { describe, expect, it } from 'vitest';
import { configMapFact, crdFact, namespaceFact, webhookConfigFact } from '../../test/fact-defaults.ts';
import { facts, injected, meta, owned, owner, pod, read, template, workload } from '../../test/mesh-facts.ts';
import { ambient } from './ambient.ts';
import { components } from './components.ts';
import type { Facts, Labels, PodFact, WebhookConfigFact, WorkloadFact } from './facts.ts';
import { workloadIndex } from './workload-index.ts';

const made = (given: Partial<Facts>) => components(facts(given), workloadIndex(facts(given)));
const crd = (name: string, labels: Labels = {}) => crdFact(meta('', name, labels));

function validator(labels: Labels, annotations: Labels = {}): WebhookConfigFact {
  const own = meta('', 'istiod-default-validator', labels, annotations);
  return webhookConfigFact('ValidatingWebhookConfiguration', own);
}

describe('base', () => {
  const helm = { 'meta.helm.sh/release-name': 'istio-base', 'meta.helm.sh/release-namespace': 'istio-system' };
  const crds = read(
    crd('gateways.networking.istio.io', { 'helm.sh/chart': 'base-1.29.6' }),
    crd('wasmplugins.extensions.istio.io'),
    crd('istios.sailoperator.io'),
    crd('istiooperators.install.istio.io'),
    crd('gateways.gateway.networking.k8s.io'),
  );

  it('has the version of its chart, and counts the CRDs of Istio alone', () => {
    const labels = { 'helm.sh/chart': 'base-1.30.3', 'app.kubernetes.io/version': '1.30.3' };
    const { base } = made({ crds, validatingWebhooks: read(validator(labels, helm)) });
    expect(base).toMatchObject({
      version: '1.30.3',
      crds: 2,
      owner: { kind: 'helm', name: 'istio-system/istio-base' },
    });
  });

  it('is read from the CRDs when the default tag of istioctl made the validator', () => {
    const labels = {
      'helm.sh/chart': 'istiod-1.30.3',
      'app.kubernetes.io/version': '1.30.3',
      'istio.io/tag': 'default',
    };
    expect(made({ crds, validatingWebhooks: read(validator(labels)) }).base?.version).toBe('1.29.6');
    const plain = read(crd('gateways.networking.istio.io'));
    expect(made({ crds: plain, validatingWebhooks: read(validator(labels)) }).base?.version).toBe('1.30.3');
    expect(made({ crds: plain }).base).toMatchObject({ version: null, crds: 1 });
    expect(made({}).base).toBeNull();
  });
});

function daemonSet(name: string, labels: Labels, given: Partial<WorkloadFact>): WorkloadFact {
  return workload('DaemonSet', 'istio-system', name, { meta: meta('istio-system', name, labels), ...given });
}

describe('istio-cni', () => {
  const labels = (version: string) => ({ 'k8s-app': 'istio-cni-node', 'app.kubernetes.io/version': version });
  const set = (image: string) =>
    daemonSet('istio-cni-node', labels('1.30.3'), {
      template: template({ labels: labels('1.30.3'), images: { 'install-cni': image } }),
      replicas: 2,
      updatedReplicas: null,
    });
  // Its labels say 1.29.6 whatever runs: they are not read.
  const cniPod = (name: string, version: string) => ({
    ...owned(pod('istio-system', name), owner('DaemonSet', 'istio-cni-node'), labels('1.29.6')),
    cniImage: `istio/install-cni:${version}-distroless`,
  });

  it('has the version of the image, and of each pod', () => {
    const pods = read(cniPod('a', '1.29.6'), cniPod('b', '1.30.3'), cniPod('c', '1.30.3'));
    const { cni } = made({ daemonSets: read(set('istio/install-cni:1.30.3-distroless')), pods });
    expect(cni).toMatchObject({ version: '1.30.3', desired: 2, updated: null, versions: { '1.29.6': 1, '1.30.3': 2 } });
  });

  it('falls back on what its ConfigMap says', () => {
    const own = meta('istio-system', 'istio-cni-config');
    const configMaps = read(configMapFact(own, { cniVersion: '1.30.3-distroless' }));
    expect(made({ daemonSets: read(set('cni@sha256:00')), configMaps }).cni?.version).toBe('1.30.3');
    expect(made({ daemonSets: read(set('cni@sha256:00')) }).cni?.version).toBeNull();
  });
});

const ztunnelProxy = { image: 'istio/ztunnel:1.29.6', form: 'classic', role: 'ztunnel', dials: '' } as const;

describe('ztunnel', () => {
  it('has the version of its template beside those that run', () => {
    const proxy = { ...ztunnelProxy, image: 'istio/ztunnel:1.30.3' };
    const set = daemonSet(
      'mesh-ztunnel',
      {},
      { template: template({ labels: { app: 'ztunnel' }, proxy }), strategy: 'OnDelete' },
    );
    const old = (name: string, given: Partial<PodFact> = {}) =>
      owned(pod('istio-system', name, { proxy: ztunnelProxy, ...given }), owner('DaemonSet', 'mesh-ztunnel'));
    const strange = old('z', { proxy: { ...ztunnelProxy, image: 'ztunnel@sha256:00' } });
    const pods = read(old('x'), old('y', { phase: 'Pending' }), strange);
    expect(made({ daemonSets: read(set), pods }).ztunnel).toMatchObject({
      name: 'mesh-ztunnel',
      version: '1.30.3',
      strategy: 'OnDelete',
      versions: { '1.29.6': 1, unknown: 1 },
    });
    expect(made({}).ztunnel).toBeNull();
  });
});

describe('ambient', () => {
  const captured = (name: string, node: string, value = 'enabled') =>
    pod('shop', name, { meta: meta('shop', name, {}, { 'ambient.istio.io/redirection': value }), node });
  const agent = (node: string, ready = true) => pod('istio-system', `z-${node}`, { proxy: ztunnelProxy, node, ready });
  const cniAgent = (node: string, ready = true) =>
    pod('istio-system', `c-${node}`, {
      meta: meta('istio-system', `c-${node}`, { 'k8s-app': 'istio-cni-node' }),
      node,
      ready,
    });

  it('counts captured pods, and finds the nodes where an agent is missing or not ready', () => {
    const namespaces = read(
      namespaceFact(meta('', 'shop', { 'istio.io/dataplane-mode': 'ambient' })),
      namespaceFact(meta('', 'off', { 'istio.io/dataplane-mode': 'none' })),
    );
    const ended = { ...captured('done', 'n4'), phase: 'Succeeded' };
    const pods = [
      captured('a', 'n1'),
      captured('b', 'n2'),
      captured('c', 'n3', 'pending'),
      ended,
      injected('shop', 's', '1.29.6'),
    ];
    const agents = [agent('n1'), agent('n2', false), cniAgent('n1', false), cniAgent('n2'), cniAgent('n3')];
    expect(ambient(facts({ namespaces, pods: read(...pods, ...agents) }))).toEqual({
      namespaces: ['shop'],
      pods: 2,
      pending: ['shop/c'],
      nodesWithoutZtunnel: ['n2', 'n3'],
      nodesWithoutCni: ['n1'],
    });
  });
});
