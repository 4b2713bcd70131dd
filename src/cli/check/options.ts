/** What a person may ask of `meshlift check`. Apart from the flags, so that neither needs the other's code. */
import type { ClusterFlags } from '../flags.ts';

/** Formats of the answer. */
export const formats = ['table', 'json', 'yaml', 'sarif', 'junit'] as const;

/** What the person asked for. */
export interface CheckFlags extends ClusterFlags {
  readonly to?: string;
  readonly strategy: 'revision' | 'in-place';
  readonly family?: readonly string[];
  readonly id?: readonly string[];
  /** 'ID', or 'ID=Kind namespace/name' for one object. */
  readonly ignore?: readonly string[];
  readonly reason?: readonly string[];
  /** Policy file whose ignores hold. */
  readonly file?: string;
  readonly snapshot?: string;
  readonly knowledge?: string;
  readonly explain?: string;
  readonly list?: boolean;
  readonly wide?: boolean;
  readonly output: (typeof formats)[number];
}
