/** Control planes as the checks of this family go through them. */
import type { ControlPlane } from '../../../mesh/control-plane-model.ts';
import type { WorkloadFact } from '../../../mesh/facts.ts';
import type { CheckView, FoundObject } from '../../check.ts';

/** The Deployment of a control plane as the object of a finding. */
export function objectOf({ namespace, deployment }: ControlPlane): FoundObject {
  return { kind: 'Deployment', namespace, name: deployment };
}

/** 'kubectl -n NAMESPACE VERB deployment NAME'. */
export function kubectl({ namespace, deployment }: ControlPlane, verb: string): string {
  return `kubectl -n ${namespace} ${verb} deployment ${deployment}`;
}

/** Control planes that are wanted to run, each with its Deployment. */
export function runningPlanes({
  mesh,
  look,
}: CheckView): readonly { readonly plane: ControlPlane; readonly fact: WorkloadFact }[] {
  return mesh.controlPlanes.flatMap((plane) => {
    const fact = look.deploymentOf(plane);
    return fact === undefined || plane.replicas === 0 ? [] : [{ plane, fact }];
  });
}

/** How its owner changes a value, named as the charts name it: the command or the change. */
export function setValue({ owner, namespace, deployment }: ControlPlane, values: string): string {
  if (owner.kind === 'helm') {
    const release = owner.name.split('/').at(-1) ?? deployment;
    return `helm upgrade ${release} istio/istiod -n ${namespace} --reset-then-reuse-values --set ${values}`;
  }
  if (owner.kind === 'istioctl')
    return `Set values.pilot ${values} in the IstioOperator file, and run istioctl install -f with it`;
  return `Set ${values} in what deploys ${namespace}/${deployment}${owner.name === '' ? '' : ` (${owner.name})`}`;
}
