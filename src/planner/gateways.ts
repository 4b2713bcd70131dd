/**
 * Gateway API gateways: istiod renders their Deployments, so a tag that moves takes them along at once (P02). Each one
 * that would go is pinned to the old revision before, and let go in the gateways' stage.
 */
import { revisionKey } from '../mesh/keys.ts';
import type { Gateway, Mesh } from '../mesh/mesh.ts';
import type { Facts } from '../mesh/facts.ts';
import type { LabelGateway } from '../steps/spec.ts';
import type { Ends } from './input.ts';

/** Labels before anything moves, and labels in the gateways' stage. */
export interface GatewaySteps {
  readonly pins: readonly LabelGateway[];
  readonly moves: readonly LabelGateway[];
}

/** Steps for all Gateway API gateways that the old revision owns. */
export function gatewaySteps(mesh: Mesh, facts: Facts, ends: Ends): GatewaySteps {
  const mine = mesh.gateways.filter(
    ({ form, effectiveRevision }) =>
      (form === 'gateway-api' || form === 'waypoint') && effectiveRevision === ends.old.revision,
  );
  const labels = new Map(
    facts.gateways.items.map(({ meta }) => [`${meta.namespace}/${meta.name}`, meta.labels[revisionKey] ?? null]),
  );
  const both = mine.map((gateway) =>
    stepsOf(gateway, labels.get(`${gateway.namespace}/${gateway.name}`) ?? null, ends),
  );
  return { pins: both.flatMap(({ pin }) => (pin === null ? [] : [pin])), moves: both.map(({ move }) => move) };
}

function stepsOf({ namespace, name }: Gateway, label: string | null, { old, revision }: Ends) {
  const step = (to: string | null, before: string | null): LabelGateway => ({
    kind: 'label-gateway',
    namespace,
    name,
    revision: to,
    before,
  });
  // Named directly: nothing else moves it.
  if (label === old.revision) return { pin: null, move: step(revision, label) };
  // By a tag, its namespace or the default revision: it goes back to that in the end, which by then means the new one.
  return { pin: step(old.revision, label), move: step(label, old.revision) };
}
