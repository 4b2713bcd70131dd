/** The table of all kinds of steps, and calls by the kind that a spec names. */
import { installControlPlane } from './install-control-plane.ts';
import { labelGateway } from './label-gateway.ts';
import { labelNamespace } from './label-namespace.ts';
import { moveDefault } from './move-default.ts';
import { moveTag } from './move-tag.ts';
import { proveControlPlane } from './prove-control-plane.ts';
import { removeControlPlane } from './remove-control-plane.ts';
import { renewWorkload } from './renew-workload.ts';
import { soak } from './soak.ts';
import type { StepKindName, StepSpec } from './spec.ts';
import type { StepKind } from './step.ts';
import { upgradeBase } from './upgrade-base.ts';

/** Every kind by its name. */
export const stepKinds: { readonly [K in StepKindName]: StepKind<Extract<StepSpec, { kind: K }>> } = {
  'upgrade-base': upgradeBase,
  'install-control-plane': installControlPlane,
  'prove-control-plane': proveControlPlane,
  'move-tag': moveTag,
  'label-namespace': labelNamespace,
  'label-gateway': labelGateway,
  'renew-workload': renewWorkload,
  'move-default': moveDefault,
  soak,
  'remove-control-plane': removeControlPlane,
};

/** The kind of a spec, to be called with that spec. */
export function stepKindOf<S extends StepSpec>(spec: S): StepKind<S> {
  // The table pairs each name with its own spec; TypeScript cannot follow that through a union.
  return stepKinds[spec.kind] as unknown as StepKind<S>;
}
