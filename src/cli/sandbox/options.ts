/** What a person may ask of `meshlift sandbox`. Apart from the flags, so that neither needs the other's code. */

/** What the person asked for. */
export interface StartFlags {
  /** Default bookinfo, unless there is a snapshot. */
  readonly scenario?: string;
  readonly snapshot?: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly kubeconfigOut?: string;
  readonly foreground?: boolean;
  /** Pods as real servers on loopback. */
  readonly live?: boolean;
}

/** What the person asked for with `status`. */
export interface StatusFlags {
  readonly output: 'table' | 'json';
}
