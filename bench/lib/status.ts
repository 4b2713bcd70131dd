/** What the benchmarks read of `meshlift status -o json`. */
export interface StatusSummary {
  readonly dataPlane: {
    readonly proxies: number;
    readonly notConnected: number;
    readonly connectionUnknown: number;
  };
  readonly incomplete: readonly { readonly what: string; readonly why: string }[];
}

/** Reads the document. Throws Error when it is no MeshStatus. */
export function readStatus(stdout: string): StatusSummary {
  const document = JSON.parse(stdout) as StatusSummary & { kind?: string };
  if (document.kind !== 'MeshStatus') throw new Error(`no MeshStatus but ${document.kind}`);
  return document;
}
