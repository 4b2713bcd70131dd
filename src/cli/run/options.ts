import type { ClusterFlags } from '../flags.ts';

/** Flags of all commands that run a plan. */
export interface RunFlags extends ClusterFlags {
  readonly yes?: boolean;
  readonly output: 'table' | 'json';
  readonly until?: string;
  /** Local file that gets every journal entry. */
  readonly journal?: string;
  /** Milliseconds that the lease lasts. */
  readonly lease: number;
  readonly removeNew?: boolean;
}

/** Flags of `meshlift upgrade`. */
export interface UpgradeFlags extends RunFlags {
  readonly to: string;
  readonly revision?: string;
  readonly file?: string;
  readonly out?: string;
  readonly knowledge?: string;
}
