import type { PortCaller } from '../api/ports.ts';
import type { Store } from '../store/store.ts';

/** What the answers of the HTTP server are made from. */
export interface Door {
  readonly store: Store;
  /** Default: every port refuses. */
  readonly ports: PortCaller;
  /** Version that /version tells, for example 'v1.34.4'. */
  readonly gitVersion: string;
  /** Milliseconds between the bookmarks of a watch that asked for them. */
  readonly bookmarkMs: number;
}
