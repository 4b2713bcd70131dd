import type { ClusterFlags } from '../flags.ts';

/** What the person asked of `meshlift plan`. */
export interface PlanFlags extends ClusterFlags {
  readonly to: string;
  readonly revision?: string;
  readonly file?: string;
  readonly out?: string;
  readonly knowledge?: string;
  readonly snapshot?: string;
  readonly output: 'table' | 'json' | 'yaml';
}
