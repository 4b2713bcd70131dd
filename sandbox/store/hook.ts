import type { KubeObject } from '../../src/kube/api.ts';
import type { JsonObject } from './json.ts';
import type { LabelMatch } from './selectors.ts';
import type { WebhookTarget } from './types.ts';

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
  readonly forms: readonly KubeObject[];
  readonly hooks: readonly Hook[];
}
