/** What a person may ask of `meshlift status`. Apart from the flags, so that neither needs the other's code. */
import type { ClusterFlags } from '../flags.ts';

/** What the person asked for. */
export interface StatusFlags extends ClusterFlags {
  readonly snapshot?: string;
  readonly namespace?: string;
  readonly output: 'table' | 'wide' | 'json' | 'yaml';
  readonly wide?: boolean;
  readonly watch?: boolean;
  /** Milliseconds. */
  readonly interval: number;
}
