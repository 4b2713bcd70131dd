/** Gateways in their four forms, each with what must move or be kept together with it. */
import { autoscalerOf, budgetOf, includesLabels, servicesOf } from './attachments.ts';
import type { Workload } from './data-plane-model.ts';
import type { Facts, GatewayFact, Labels, ServiceFact, WorkloadFact } from './facts.ts';
import type { Gateway, GatewayForm } from './gateway-model.ts';
import { gatewayRevision, type Effective, type Revisions } from './gateway-revision.ts';
import { autoImage, fullName, managedKey, revisionKey } from './keys.ts';
import { ownerOf } from './owner.ts';
import { dialledRevision, isGatewayTemplate } from './proxies.ts';
import { compareText, type WorkloadIndex } from './workload-index.ts';

/** Controllers of Istio's GatewayClasses (pilot/pkg/config/kube/gatewaycommon). Null: nothing is deployed for the class. */
const CONTROLLERS: Readonly<Record<string, GatewayForm | null>> = {
  'istio.io/gateway-controller': 'gateway-api',
  'istio.io/eastwest-controller': 'gateway-api',
  'istio.io/mesh-controller': 'waypoint',
  'istio.io/unmanaged-gateway': null,
};

/** Names of the same classes, for when the classes were not read. */
const CLASSES: Readonly<Record<string, GatewayForm>> = {
  istio: 'gateway-api',
  'istio-east-west': 'gateway-api',
  'istio-waypoint': 'waypoint',
};

const GATEWAY_NAME_LABELS = ['gateway.networking.k8s.io/gateway-name', 'istio.io/gateway-name'];

/** What gateways are made of besides facts. */
export interface GatewayContext {
  readonly index: WorkloadIndex;
  /** By position of the index. */
  readonly workloads: readonly Workload[];
  readonly revisions: Revisions;
}

/**
 * Gateways, sorted by namespace and name. Left out: Gateways of other controllers, of class istio-remote (nothing is
 * deployed for it here) and manual ones (their proxies are those of another gateway).
 */
export function gateways(facts: Facts, context: GatewayContext): Gateway[] {
  const byTemplate = context.index.entries.flatMap(({ fact }) => {
    const form = fact ? templateForm(fact) : null;
    return fact && form ? [ofWorkload(facts, context, fact, form)] : [];
  });
  const deployed = deployments(facts);
  const byApi = facts.gateways.items.flatMap((gateway) => {
    const form = gateway.manual ? null : apiForm(facts, gateway);
    return form ? [ofApi(facts, context, gateway, { form, fact: deployed.get(fullName(gateway.meta)) ?? null })] : [];
  });
  return [...byTemplate, ...byApi].sort((a, b) => compareText(a.namespace, b.namespace) || compareText(a.name, b.name));
}

function templateForm({ meta, template }: WorkloadFact): GatewayForm | null {
  if (meta.labels[managedKey] !== undefined || !template.proxy) return null;
  if (template.proxy.image === autoImage) return isGatewayTemplate(template.annotations) ? 'injected' : null;
  return template.proxy.role === 'router' ? 'legacy' : null;
}

function apiForm(facts: Facts, { className }: GatewayFact): GatewayForm | null {
  const found = facts.gatewayClasses.items.find(({ meta }) => meta.name === className);
  if (found) return formOf(found.controller);
  return facts.gatewayClasses.unread === null ? null : (CLASSES[className] ?? null);
}

function formOf(controller: string): GatewayForm | null {
  const known = CONTROLLERS[controller];
  if (known !== undefined) return known;
  return controller.startsWith('istio.io/') ? 'gateway-api' : null;
}

// By label: the owner reference that istiod writes does not say `controller`.
function deployments(facts: Facts): ReadonlyMap<string, WorkloadFact> {
  const managed = facts.deployments.items.filter(({ meta }) => meta.labels[managedKey] !== undefined);
  return new Map(
    managed.flatMap((fact) => {
      const key = GATEWAY_NAME_LABELS.find((label) => fact.meta.labels[label] !== undefined);
      return key ? [[`${fact.meta.namespace}/${fact.meta.labels[key] ?? ''}`, fact] as const] : [];
    }),
  );
}

function ofWorkload(facts: Facts, context: GatewayContext, fact: WorkloadFact, form: GatewayForm): Gateway {
  const workload = context.workloads[context.index.position(fact)];
  const effective = form === 'legacy' ? writtenRevision(fact) : injectedRevision(workload);
  return {
    namespace: fact.meta.namespace,
    name: fact.meta.name,
    form,
    ...effective,
    ...surroundings(facts, context, fact),
    owner: ownerOf(fact.meta, facts.helmReleases),
  };
}

interface Deployed {
  readonly form: GatewayForm;
  readonly fact: WorkloadFact | null;
}

function ofApi(facts: Facts, context: GatewayContext, gateway: GatewayFact, { form, fact }: Deployed): Gateway {
  return {
    namespace: gateway.meta.namespace,
    name: gateway.meta.name,
    form,
    ...gatewayRevision(facts, gateway, context.revisions),
    ...surroundings(facts, context, fact),
    owner: ownerOf(gateway.meta, facts.helmReleases),
  };
}

function injectedRevision(workload: Workload | undefined): Effective {
  const injection = workload?.injection;
  const effectiveRevision = injection?.outcome === 'injected' ? injection.revision : null;
  return { effectiveRevision, reason: injection?.reason ?? 'Its pods were not read.' };
}

function writtenRevision({ template }: WorkloadFact): Effective {
  const written = template.annotations[revisionKey] ?? template.labels[revisionKey];
  const effectiveRevision = written ?? dialledRevision(template.proxy?.dials ?? '');
  const image = template.proxy?.image ?? '';
  return { effectiveRevision, reason: `The installer wrote the proxy into the template (image ${image}).` };
}

type Surroundings = Omit<Gateway, 'namespace' | 'name' | 'form' | 'effectiveRevision' | 'reason' | 'owner'>;

const NOTHING: Surroundings = {
  workload: -1,
  versions: [],
  revisions: [],
  replicas: 0,
  readyReplicas: 0,
  service: null,
  autoscaler: null,
  budget: null,
  istioGateways: [],
};

function surroundings(facts: Facts, { index, workloads }: GatewayContext, fact: WorkloadFact | null): Surroundings {
  if (!fact) return NOTHING;
  const workload = index.position(fact);
  return {
    workload,
    versions: workloads[workload]?.versions ?? [],
    revisions: workloads[workload]?.revisions ?? [],
    replicas: fact.replicas,
    readyReplicas: fact.readyReplicas,
    service: serviceOf(facts, fact),
    autoscaler: autoscalerOf(facts, fact),
    budget: budgetOf(facts, fact),
    istioGateways: configuring(facts, fact.template.labels),
  };
}

/** The Service that traffic comes through: of type LoadBalancer first, then NodePort, then by the workload's own name. */
function serviceOf(facts: Facts, fact: WorkloadFact): Gateway['service'] {
  const rank = (service: ServiceFact): number => {
    const byType = ['LoadBalancer', 'NodePort'].indexOf(service.type);
    return (byType < 0 ? 2 : byType) * 2 + (service.meta.name === fact.meta.name ? 0 : 1);
  };
  const [first] = [...servicesOf(facts, fact)].sort(
    (a, b) => rank(a) - rank(b) || compareText(a.meta.name, b.meta.name),
  );
  if (!first) return null;
  const { meta, type, addresses, selector, externalTrafficPolicy } = first;
  return { name: meta.name, type, addresses, selector, externalTrafficPolicy };
}

// Selectors reach over namespaces, and an empty one means every gateway (networking.istio.io Gateway).
function configuring(facts: Facts, labels: Labels): readonly string[] {
  return facts.istioGateways.items
    .filter(({ selector }) => includesLabels(labels, selector))
    .map(({ meta }) => fullName(meta))
    .sort(compareText);
}
