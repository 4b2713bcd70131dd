/** How the default revision moves, and what that means for Gateways that it leads. */
import type { MoveDefault } from '../steps/spec.ts';
import type { GatewayOrder } from './gateways.ts';
import type { Ends, PlanRequest } from './input.ts';
import { releaseOf } from './release.ts';
import { placeOf, tagStep } from './route.ts';

/** The step that moves it. Null when neither tag `default` nor the default validator names the old revision. */
export function moveDefault({ view: { mesh } }: Pick<PlanRequest, 'view'>, ends: Ends): MoveDefault | null {
  const { old, revision, to } = ends;
  const tag = mesh.tags.find((one) => one.name === 'default' && one.revision === old.revision);
  const webhook = mesh.webhooks.find(
    (one) => one.name === 'istiod-default-validator' && one.labelledRevision === old.revision,
  );
  if (tag === undefined && webhook === undefined) return null;
  const tagMove = tag === undefined ? null : tagStep(mesh, 'default', ends);
  const target = placeOf(webhook?.target ?? null);
  return {
    kind: 'move-default',
    from: old.revision,
    to: revision,
    version: to,
    tag:
      tagMove === null
        ? null
        : { tag: tagMove.tag, webhook: tagMove.webhook, service: tagMove.service, release: tagMove.release },
    validator:
      webhook === undefined || target === null
        ? null
        : {
            name: webhook.name,
            namespace: target.namespace,
            fromService: target.name,
            toService: `istiod-${revision}`,
            release: releaseOf(webhook.owner, old.namespace),
          },
  };
}

/** What Gateways have to reckon with. */
export function gatewayOrder(request: PlanRequest, ends: Ends): GatewayOrder {
  const { mesh } = request.view;
  const step = moveDefault(request, ends);
  // An injector without a revision keeps the default as long as it is there, whatever the validator says.
  const defaultMoves = step !== null && (step.tag !== null || mesh.defaultRevision.byInjector === null);
  return { defaultMoves, first: request.policy.waves.gateways === 'first' };
}
