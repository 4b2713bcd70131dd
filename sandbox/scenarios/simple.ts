import type { NamespaceSpec, Scenario } from './types.ts';

const enabled = { 'istio-injection': 'enabled' };

/** A shop in one namespace: 5 pods, all of them injected. */
const shop: NamespaceSpec = {
  name: 'shop',
  labels: enabled,
  workloads: [
    { name: 'web', replicas: 2, minAvailable: 1 },
    { name: 'cart', replicas: 2 },
    { kind: 'StatefulSet', name: 'orders' },
  ],
};

/** A namespace without a mesh. */
const plain: NamespaceSpec = { name: 'plain', workloads: [{ name: 'legacy' }] };

/** One control plane without revision from Helm, where the label istio-injection=enabled does it all. */
export const unrevisioned: Scenario = {
  name: 'unrevisioned',
  description: 'Istio 1.29.6 from Helm without a revision, namespaces with istio-injection=enabled',
  nodes: 2,
  steps: [
    {
      do: 'install',
      install: [
        { chart: 'base', version: '1.29.6', defaultRevision: 'default' },
        { chart: 'istiod', version: '1.29.6', revision: '' },
      ],
    },
    { do: 'settle' },
    { do: 'deploy', namespaces: [shop, plain] },
    { do: 'settle' },
  ],
};

/** What `istioctl install` without options leaves, with its ingress gateway. */
export const inPlace: Scenario = {
  name: 'in-place',
  description: 'Istio 1.29.6 from istioctl with the default profile: tag default and one ingress gateway',
  nodes: 2,
  steps: [
    { do: 'install', install: [{ istioctl: 'install', version: '1.29.6', revision: '', profile: 'default' }] },
    { do: 'settle' },
    { do: 'deploy', namespaces: [shop] },
    { do: 'settle' },
  ],
};
