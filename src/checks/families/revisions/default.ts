/** The default revision, and revisions of which only traces are left. */
import { revisionKey } from '../../../mesh/keys.ts';
import type { Check, CheckView, Finding } from '../../check.ts';

/** Gateways that rely on a default. */
function relyOnDefault({ facts, look }: CheckView): readonly string[] {
  const istio = new Set(
    facts.gatewayClasses.items
      .filter(({ controller }) => controller.startsWith('istio.io/'))
      .map(({ meta }) => meta.name),
  );
  return facts.gateways.items
    .filter(({ className, manual }) => istio.has(className) && className !== 'istio-remote' && !manual)
    .filter(({ meta }) => !meta.labels[revisionKey] && !look.namespace(meta.namespace)?.meta.labels[revisionKey])
    .map(({ meta }) => `${meta.namespace}/${meta.name}`)
    .sort();
}

function first(names: readonly string[]): { readonly namespace: string; readonly name: string } {
  const [namespace = '', name = ''] = (names[0] ?? '').split('/');
  return { namespace, name };
}

function listed(names: readonly string[]): string {
  const rest = names.length - 5;
  return `${names.slice(0, 5).join(', ')}${rest > 0 ? ` and ${String(rest)} more` : ''}`;
}

/** Unlabelled Gateways and nobody to serve them. */
export const defaultExists: Check = {
  id: 'ML-R004',
  title: 'Gateways without a revision label have a default revision to serve them',
  looksAt:
    'Label istio.io/rev of Gateway API Gateways and of their namespaces; tag default, injector and validator of the default revision.',
  why: 'A Gateway that names no revision belongs to the default one. Without any it is programmed by nobody after the next restart of istiod: its routes vanish with 404.',
  remedy: 'Set a default revision, or label the Gateways.',
  source: 'istio/istio issues 55372, 55897, 54458',
  severities: ['blocks'],
  needs: ['gateways', 'gatewayClasses', 'namespaces', 'mutatingWebhooks', 'validatingWebhooks'],
  pains: ['P21'],
  run: (view) => {
    const names = relyOnDefault(view);
    if (names.length === 0 || view.mesh.defaultRevision.revision !== null) return [];
    const revision = view.mesh.controlPlanes[0]?.revision ?? 'REVISION';
    return [
      {
        ...{ severity: 'blocks', object: { kind: 'Gateway', ...first(names) } },
        ...{ field: `metadata.labels[${revisionKey}]`, value: '' },
        message: `No default revision exists, but ${listed(names)} ${names.length === 1 ? 'names' : 'name'} no revision.`,
        why: 'No control plane owns such a Gateway: its routes vanish when istiod restarts or its pods are replaced.',
        remedy: `istioctl tag set default --revision ${revision}, or: kubectl -n ${first(names).namespace} label gateway.gateway.networking.k8s.io ${first(names).name} ${revisionKey}=${revision}`,
      },
    ];
  },
};

/** Several control planes and no tag that says which one writes status. */
export const defaultIsDeliberate: Check = {
  id: 'ML-R005',
  title: 'with several control planes, tag default says which one is the default',
  looksAt: 'The number of control planes, tag default, and Gateway API Gateways without a revision label.',
  why: 'Without the tag any control plane may hold the locks for status and for managed gateways: status flips between them, gateway pods are made again and again, and whoever waits for Programmed waits for ever.',
  remedy: 'Set tag default to the revision that serves now, before a second one is installed.',
  source: 'istio/istio issues 49808, 52105, 54280, 58350',
  severities: ['warns'],
  needs: ['deployments', 'mutatingWebhooks', 'gateways', 'gatewayClasses', 'namespaces'],
  pains: ['P21', 'P22'],
  run: (view) => {
    const names = relyOnDefault(view);
    const { controlPlanes, defaultRevision } = view.mesh;
    const planned = view.target?.strategy === 'revision' && view.target.hops.length > 0 ? 1 : 0;
    if (names.length === 0 || controlPlanes.length + planned < 2 || defaultRevision.byTag !== null) return [];
    if (defaultRevision.byInjector !== null && planned === 0) return [];
    const serving = defaultRevision.revision ?? controlPlanes[0]?.revision ?? 'REVISION';
    return [
      {
        ...{ severity: 'warns', object: { kind: 'Gateway', ...first(names) } },
        ...{ field: `metadata.labels[${revisionKey}]`, value: '' },
        message: `Nothing says which control plane owns ${listed(names)}: no label ${revisionKey}, and no tag default.`,
        why: 'Two control planes may both reconcile it: its pods are replaced again and again, and its status flips.',
        remedy: `istioctl tag set default --revision ${serving}`,
      },
    ];
  },
};

const fields: Readonly<Record<string, string>> = {
  IstioOperator: 'spec.revision',
  Service: `spec.selector[${revisionKey}]`,
};

/** What pretends to be a revision. */
export const noGhosts: Check = {
  id: 'ML-R006',
  title: 'no object stands for a revision that is gone',
  looksAt:
    'IstioOperator objects installed-state-REVISION, and Services, autoscalers and disruption budgets istiod-REVISION, against the Deployments of istiod.',
  why: 'istioctl and people take what is listed for installed: an upgrade then starts from, or is refused for, a revision that does not exist.',
  remedy: 'Delete what is left of it.',
  source: 'istio/istio issues 35591, 36364',
  severities: ['informs'],
  needs: ['deployments', 'services', 'autoscalers', 'budgets', 'installers'],
  pains: ['P64'],
  run: ({ facts, mesh }) => {
    const alive = new Set(mesh.controlPlanes.map(({ revision }) => revision));
    const states = facts.installers.items
      .filter(({ kind, meta }) => kind === 'IstioOperator' && meta.name.startsWith('installed-state'))
      .map(({ kind, meta, revision }) => ({ kind, meta, revision: revision || 'default' }));
    const services = facts.services.items
      .filter(({ meta }) => /^istiod-/.test(meta.name) && meta.labels['istio.io/tag'] === undefined)
      .flatMap(({ meta, selector }) => {
        const revision = selector[revisionKey];
        return revision === undefined ? [] : [{ kind: 'Service', meta, revision }];
      });
    const scalers = facts.autoscalers.items.map(({ meta }) => ({ kind: 'HorizontalPodAutoscaler', meta }));
    const budgets = facts.budgets.items.map(({ meta }) => ({ kind: 'PodDisruptionBudget', meta }));
    const beside = [...scalers, ...budgets].flatMap((one) => {
      const revision = one.meta.labels[revisionKey];
      return revision === undefined || !/^istiod(-|$)/.test(one.meta.name) ? [] : [{ ...one, revision }];
    });
    return [...states, ...services, ...beside]
      .filter(({ revision }) => !alive.has(revision))
      .map(({ kind, meta, revision }): Finding => ({
        ...{ severity: 'informs', object: { kind, namespace: meta.namespace, name: meta.name } },
        ...{ field: fields[kind] ?? `metadata.labels[${revisionKey}]`, value: revision },
        message: `It stands for revision ${revision}, which has no control plane.`,
        why: 'Tools that list revisions by it report one that does not exist.',
        remedy: `kubectl -n ${meta.namespace} delete ${kind.toLowerCase()} ${meta.name}`,
      }));
  },
};
