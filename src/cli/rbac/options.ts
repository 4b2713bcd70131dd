/** What a person may ask of `meshlift rbac`. Apart from the flags, so that neither needs the other's code. */
import type { RoleName } from '../../rights/needs.ts';

/** What the person asked for. */
export interface RbacFlags {
  readonly role: RoleName;
  /** Namespace of the control planes. */
  readonly namespace: string;
  /** The new revision. */
  readonly revision?: string;
  readonly output: 'yaml' | 'json';
}
