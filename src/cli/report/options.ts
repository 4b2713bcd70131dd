import type { ClusterFlags } from '../flags.ts';

/** What the person asked of `meshlift report`. */
export interface ReportFlags extends ClusterFlags {
  readonly out?: string;
  readonly html?: string;
  readonly markdown?: string;
  readonly output: 'table' | 'json' | 'markdown';
}

/** What the person asked of `meshlift verify`. */
export interface VerifyFlags extends ClusterFlags {
  readonly report?: string;
  readonly output: 'table' | 'json';
}
