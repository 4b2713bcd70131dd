/** What a person may ask of `meshlift knowledge`. Apart from the flags, so that neither needs the other's code. */

/** Parts that can be shown alone. */
export const sections = ['releases', 'changes', 'flags', 'pairs'] as const;

/** One of them. */
export type Section = (typeof sections)[number];

/** What the person asked for. */
export interface KnowledgeFlags {
  readonly from?: string;
  readonly to?: string;
  readonly output: 'table' | 'json' | 'yaml';
  /** File that adds to what is built in. */
  readonly knowledge?: string;
}
