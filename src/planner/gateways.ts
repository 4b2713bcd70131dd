/**
 * Gateway API gateways: istiod renders their Deployments, so a tag that moves takes them along at once (P02). Each one
 * that would go is pinned to the old revision before, and let go in the gateways' stage. The default revision moves last.
 */
import { revisionKey } from '../mesh/keys.ts';
import type { Gateway } from '../mesh/gateway-model.ts';
import type { Mesh } from '../mesh/mesh.ts';
import type { Facts } from '../mesh/facts.ts';
import type { LabelGateway } from '../steps/spec.ts';
import type { Ends } from './input.ts';

/** Labels before anything moves, in the gateways' stage, and behind the default revision. */
export interface GatewaySteps {
  readonly pins: readonly LabelGateway[];
  readonly moves: readonly LabelGateway[];
  /** For those that the default revision leads: it moves last, so they are labelled until it has. */
  readonly releases: readonly LabelGateway[];
}

/** What the rest of the plan does. */
export interface GatewayOrder {
  /** The default revision will be the new one. */
  readonly defaultMoves: boolean;
  /** Gateways move before the tags do. */
  readonly first: boolean;
}

/** What leads a Gateway. */
interface Leads extends GatewayOrder {
  /** Its own label. */
  readonly label: string | null;
  /** Neither it nor its namespace has a label. */
  readonly byDefault: boolean;
}

/** Steps for all Gateway API gateways that the old revision owns. */
export function gatewaySteps(mesh: Mesh, facts: Facts, ends: Ends, order: GatewayOrder): GatewaySteps {
  const mine = mesh.gateways.filter(
    ({ form, effectiveRevision }) =>
      (form === 'gateway-api' || form === 'waypoint') && effectiveRevision === ends.old.revision,
  );
  const labels = new Map(
    facts.gateways.items.map(({ meta }) => [`${meta.namespace}/${meta.name}`, meta.labels[revisionKey] ?? null]),
  );
  const labelled = new Set(
    mesh.namespaces.filter((one) => one.labels[revisionKey] !== undefined).map((one) => one.name),
  );
  const all = mine.map((gateway) => {
    const label = labels.get(`${gateway.namespace}/${gateway.name}`) ?? null;
    return stepsOf(gateway, { label, byDefault: label === null && !labelled.has(gateway.namespace), ...order }, ends);
  });
  return {
    pins: all.flatMap(({ pin }) => pin ?? []),
    moves: all.map(({ move }) => move),
    releases: all.flatMap(({ release }) => release ?? []),
  };
}

function stepsOf(
  { namespace, name }: Gateway,
  { label, byDefault, defaultMoves, first }: Leads,
  { old, revision }: Ends,
): { readonly pin?: LabelGateway; readonly move: LabelGateway; readonly release?: LabelGateway } {
  const step = (to: string | null, before: string | null): LabelGateway => ({
    kind: 'label-gateway',
    namespace,
    name,
    revision: to,
    before,
  });
  const move = step(revision, label);
  // Named directly: nothing else moves it.
  if (label === old.revision) return { move };
  // Only the default revision moves it, later; where that stays with the old one, the label has to stay too.
  if (byDefault) return defaultMoves ? { move, release: step(label, revision) } : { move };
  // Before the tags: it is led by its own label until they have moved.
  if (first) return { move, release: step(label, revision) };
  // By a tag or its namespace: it goes back to that in the end, which by then means the new revision.
  return { pin: step(old.revision, label), move: step(label, old.revision) };
}
