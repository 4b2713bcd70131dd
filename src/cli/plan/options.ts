import type { ClusterFlags } from '../flags.ts';

/** What the person asked of `meshlift plan`. */
export interface PlanFlags extends ClusterFlags {
  readonly to: string;
  readonly revision?: string;
  readonly file?: string;
  readonly out?: string;
  readonly knowledge?: string;
  readonly snapshot?: string;
  /** False by --no-preview. */
  readonly preview: boolean;
  readonly output: 'table' | 'json' | 'yaml';
}
