/** What was asked of the server; the answer to GET /__counts. */
export interface ServerCounts {
  /** Every request but those to /__…, WebSocket upgrades included. */
  requests: number;
  /** Of these, upgrades to a port-forward. */
  portForwards: number;
  /** Answers of lists that needed more than one page. */
  pages: number;
  /** Pages of 500 that these lists need at least. */
  pagesNeeded: number;
  /** Paths of lists asked for without a limit or with one above 1000. */
  unpaged: string[];
  /** Answered lists by path and selector, with the number of answers. */
  lists: Record<string, number>;
  /** Paths answered with 404 or 405. */
  refused: string[];
  /** Bytes of the bodies. */
  bytes: number;
  /** Milliseconds from the first port-forward to the end of the last istiod's answer, 0 without one. */
  askingMs: number;
  /** The longest that one istiod's port-forward took from its opening to its answer, in milliseconds. */
  slowestIstiodMs: number;
  /** CPU seconds of this process since the last reset. */
  cpuSeconds: number;
}

/** Counts all at zero. */
export function noCounts(): ServerCounts {
  return {
    requests: 0,
    portForwards: 0,
    pages: 0,
    pagesNeeded: 0,
    unpaged: [],
    lists: {},
    refused: [],
    bytes: 0,
    askingMs: 0,
    slowestIstiodMs: 0,
    cpuSeconds: 0,
  };
}
