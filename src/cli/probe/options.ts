/** What a person may ask of `meshlift probe`. Apart from the flags, so that neither needs the other's code. */
/** What the person asked for; durations in milliseconds. */
export interface ProbeFlags {
  readonly rate: number;
  readonly duration: number;
  readonly protocol?: string;
  readonly connections: number;
  readonly hold: number;
  readonly header: readonly string[];
  readonly host?: string;
  readonly sni?: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly expectStatus: number;
  readonly method: 'GET' | 'POST';
  readonly bodyContains?: string;
  readonly timeout: number;
  readonly maxFailed: number;
  readonly out?: string;
  readonly html?: string;
  readonly output: 'table' | 'json';
  readonly yesReally?: boolean;
}
