/** A view out of facts: what the checks look at. */
import type { Knowledge } from '../knowledge/model.ts';
import { buildMesh } from '../mesh/build.ts';
import type { Facts } from '../mesh/facts.ts';
import type { CheckView } from './check.ts';
import { createLookup } from './lookup.ts';
import { resolveTarget, type TargetRequest, type TargetResult } from './target.ts';

/** View and target. */
export interface ViewOf {
  readonly view: CheckView;
  /** Null: none was asked for. */
  readonly target: (TargetResult & { readonly strategy: TargetRequest['strategy'] }) | null;
}

/** The view over facts, with the target that was asked for; `today` is YYYY-MM-DD. */
export function viewOf(facts: Facts, knowledge: Knowledge, today: string, request: TargetRequest | null): ViewOf {
  const mesh = buildMesh(facts);
  const look = createLookup(facts, mesh);
  const result = request === null ? null : resolveTarget(request, mesh, knowledge);
  const target = result?.outcome === 'known' ? result.target : null;
  return {
    view: { facts, mesh, target, knowledge, today, look },
    target: result === null || request === null ? null : { ...result, strategy: request.strategy },
  };
}
