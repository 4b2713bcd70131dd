import type { Bucket } from './bucket.ts';
import type { JsonObject } from './json.ts';
import type { LabelMatch } from './selectors.ts';
import type { KindInfo, WebhookTarget } from './types.ts';

/** One webhook of a stored configuration, ready to be matched and called. */
export interface Hook {
  readonly name: string;
  readonly target: WebhookTarget;
  /** Called again when a later webhook changed the object. */
  readonly reinvoke: boolean;
  readonly ignoreFailure: boolean;
  /** Has no side effects when asked for a dry run. */
  readonly dryRunSafe: boolean;
  readonly namespaces: LabelMatch;
  readonly objects: LabelMatch;
  readonly rules: readonly JsonObject[];
}

/** Which of the two rounds of webhooks. */
export type HookRound = 'mutating' | 'validating';

/** Compiled webhooks and what they were compiled from; good until one of the configurations changes. */
export interface CompiledHooks {
  readonly bucket: Bucket;
  /** Of the bucket when they were compiled. */
  readonly revision: number;
  readonly hooks: readonly Hook[];
  /** Those with a rule for an operation and subresource of a kind, as far as anybody asked. */
  readonly byKind: WeakMap<KindInfo, Map<string, readonly Hook[]>>;
}
