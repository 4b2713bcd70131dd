/** What a person may ask of `meshlift snapshot save`. Apart from the flags, so that neither needs the other's code. */
import type { ClusterFlags } from '../flags.ts';

/** What the person asked for. */
export interface SaveFlags extends ClusterFlags {
  readonly force?: boolean;
}
