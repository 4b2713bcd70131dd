/** Small meshes for tests, made by hand. */
import type { ControlPlane, Webhook } from './control-plane-model.ts';
import type { Proxy, Workload } from './data-plane-model.ts';
import type { InjectionDecision } from './injection-model.ts';
import type { Mesh, MeshNamespace } from './mesh.ts';
import type { Owner } from './model-basics.ts';

/** An object that helm manages. */
export const helm: Owner = {
  kind: 'helm',
  name: 'istio-system/istiod',
  evidence: 'label app.kubernetes.io/managed-by',
};

/** What new pods get of `revision`. */
export function injected(revision: string): InjectionDecision {
  const reason = `Namespace label istio.io/rev=${revision} goes to revision ${revision}.`;
  return {
    outcome: 'injected',
    revision,
    tag: null,
    code: 'namespace-revision',
    reason,
    matched: [`istio-${revision}/x`],
  };
}

/** Outside the mesh. */
export const outside: InjectionDecision = {
  ...{ outcome: 'none', revision: null, tag: null, code: 'not-labelled', matched: [] },
  reason: 'Neither the namespace nor the pod asks for a sidecar.',
};

/** An istiod with one ready pod that answers. */
export function plane(revision: string, version: string, more: Partial<ControlPlane> = {}): ControlPlane {
  const deployment = revision === 'default' ? 'istiod' : `istiod-${revision}`;
  return {
    ...{ revision, namespace: 'istio-system', deployment, version, imageVersion: version, runningVersions: [version] },
    ...{ replicas: 1, readyReplicas: 1, owner: helm, service: deployment, autoscaler: null, budget: null },
    ...{ meshConfig: null, meshConfigHash: '', caRootHash: null },
    pods: [{ name: `${deployment}-0`, ready: true, answered: true, error: '' }],
    ...more,
  };
}

/** A connected sidecar of shop. */
export function sidecar(pod: string, revision: string, version: string, more: Partial<Proxy> = {}): Proxy {
  return {
    ...{ namespace: 'shop', pod, node: 'node-1', role: 'sidecar', form: 'native', version, revision },
    ...{ running: true, ready: true, deleting: false, connected: true, stale: [], workload: 0 },
    connectedTo: { pod: `istiod-${revision}-0`, revision },
    ...more,
  };
}

/** A Deployment of shop whose pods would come back as they are. */
export function workload(name: string, revision: string, version: string, more: Partial<Workload> = {}): Workload {
  return {
    ...{ namespace: 'shop', kind: 'Deployment', name, ownerKind: 'Deployment', proxies: 1, pods: 1 },
    ...{ versions: [version], revisions: [revision], role: 'sidecar', injection: injected(revision), pending: null },
    ...more,
  };
}

/** A healthy injector of a revision. */
export function injector(revision: string, more: Partial<Webhook> = {}): Webhook {
  return {
    ...{ name: `istio-sidecar-injector-${revision}`, kind: 'MutatingWebhookConfiguration', tag: null },
    ...{ webhooks: ['rev.namespace.sidecar-injector.istio.io'], target: `istio-system/istiod-${revision}`, revision },
    ...{ labelledRevision: revision, deactivated: false, failurePolicy: 'Fail', readyEndpoints: 1, healthy: true },
    ...{ problem: null, owner: helm },
    ...more,
  };
}

/** A namespace that is no part of the ambient mesh. */
export function namespace(name: string, injection: InjectionDecision, workloads = 1): MeshNamespace {
  return { name, labels: {}, injection, ambient: false, workloads };
}

/** A cluster without Istio, and what is given. */
export function mesh(parts: Partial<Mesh> = {}): Mesh {
  return {
    source: { type: 'cluster', context: 'prod', server: 'https://10.0.0.1' },
    kubernetesVersion: 'v1.34.4',
    ...{ controlPlanes: [], tags: [], webhooks: [], namespaces: [], workloads: [], proxies: [], gateways: [] },
    defaultRevision: { revision: null, byTag: null, byInjector: null, byValidator: null, injects: false },
    components: { base: null, cni: null, ztunnel: null },
    ambient: { namespaces: [], pods: 0, pending: [], nodesWithoutZtunnel: [], nodesWithoutCni: [] },
    incomplete: [],
    ...parts,
  };
}

/** A canary of which a part has moved: web and one of two api pods are on 1-30-3, billing is held by its own label. */
export function halfMoved(): Mesh {
  const pending = { revision: '1-30-3', version: '1.30.3', reason: '1 of 2 proxies made by revision 1-29-6.' };
  const moving = { injection: { ...injected('1-30-3'), tag: 'prod' }, pending };
  return mesh({
    controlPlanes: [plane('1-29-6', '1.29.6'), plane('1-30-3', '1.30.3')],
    tags: [
      {
        name: 'prod',
        revision: '1-30-3',
        webhook: 'istio-revision-tag-prod',
        service: null,
        owner: helm,
        problem: null,
      },
    ],
    defaultRevision: { revision: '1-29-6', byTag: null, byInjector: null, byValidator: '1-29-6', injects: false },
    webhooks: [injector('1-29-6'), injector('1-30-3')],
    namespaces: [
      namespace('billing', injected('1-29-6')),
      namespace('plain', outside),
      namespace('shop', injected('1-30-3'), 2),
    ],
    workloads: [
      workload('billing', '1-29-6', '1.29.6', { namespace: 'billing' }),
      workload('alone', '', '', {
        namespace: 'plain',
        injection: outside,
        proxies: 0,
        versions: [],
        revisions: [],
        role: null,
      }),
      workload('api', '1-29-6', '1.29.6', {
        ...moving,
        proxies: 2,
        pods: 2,
        versions: ['1.29.6', '1.30.3'],
        revisions: ['1-29-6', '1-30-3'],
      }),
      workload('web', '1-30-3', '1.30.3'),
    ],
    proxies: [
      sidecar('api-1', '1-29-6', '1.29.6', { workload: 2 }),
      sidecar('api-2', '1-30-3', '1.30.3', { workload: 2 }),
      sidecar('billing-1', '1-29-6', '1.29.6', { namespace: 'billing', workload: 0 }),
      sidecar('web-1', '1-30-3', '1.30.3', { workload: 3 }),
    ],
  });
}
