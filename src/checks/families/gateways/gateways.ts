/** The gateways as the checks of this family go through them. */
import type { ControlPlane } from '../../../mesh/control-plane-model.ts';
import type { ServiceFact, WorkloadFact } from '../../../mesh/facts.ts';
import type { Gateway } from '../../../mesh/gateway-model.ts';
import type { CheckView, FoundObject } from '../../check.ts';
import { drainOf, type Drain } from '../fitness/drain.ts';

/** Whether istiod renders its Deployment (Gateway API), waypoints included. */
export function isManaged({ form }: Gateway): boolean {
  return form === 'gateway-api' || form === 'waypoint';
}

/** The Gateway, or the workload of one that is none of the Gateway API. */
export function objectOf(view: CheckView, gateway: Gateway): FoundObject {
  const { namespace, name } = gateway;
  if (isManaged(gateway)) return { kind: 'Gateway', namespace, name };
  return { kind: view.look.workloadOf(gateway)?.kind ?? 'Deployment', namespace, name };
}

/** The control plane that serves its running pods; else the one that its next pod would get. */
export function planeOf({ mesh }: CheckView, { revisions, effectiveRevision }: Gateway): ControlPlane | undefined {
  const wanted = revisions[0] ?? effectiveRevision;
  return mesh.controlPlanes.find(({ revision }) => revision === wanted);
}

/** A gateway with its workload and the Services in front of it. */
export interface Fronted {
  readonly gateway: Gateway;
  readonly fact: WorkloadFact;
  readonly services: readonly ServiceFact[];
}

/** Gateways that have a workload; waypoints are not among them, nobody outside calls them. */
export function fronted(view: CheckView): readonly Fronted[] {
  return view.mesh.gateways.flatMap((gateway): Fronted[] => {
    const fact = view.look.workloadOf(gateway);
    if (fact === undefined || gateway.form === 'waypoint' || fact.replicas === 0) return [];
    return [{ gateway, fact, services: view.look.servicesOf(fact) }];
  });
}

/** How long its pods go on after SIGTERM: until the grace period where it waits for its connections. Null: not known. */
export function drainSeconds(view: CheckView, { gateway, fact }: Fronted): number | null {
  const drain: Drain | null = drainOf(fact.template, planeOf(view, gateway));
  if (drain === null) return null;
  return drain.untilIdle ? fact.template.gracePeriodSeconds : drain.seconds;
}

/** The annotation that makes a gateway drain so long. */
export function drainRemedy({ gateway, fact }: Fronted, seconds: number): string {
  const annotation = `proxy.istio.io/config: '{"terminationDrainDuration":"${String(seconds)}s"}'`;
  const grace = `terminationGracePeriodSeconds: ${String(seconds + 15)}`;
  if (!isManaged(gateway)) {
    return `kubectl -n ${fact.meta.namespace} edit ${fact.kind.toLowerCase()} ${fact.meta.name}: template annotation ${annotation} and ${grace} (this restarts it once)`;
  }
  return `A ConfigMap named by spec.infrastructure.parametersRef of Gateway ${gateway.namespace}/${gateway.name}, key deployment: spec.template.metadata.annotations ${annotation}, spec.template.spec.${grace}`;
}
