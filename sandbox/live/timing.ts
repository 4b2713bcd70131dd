/** Times of live mode in milliseconds. */
export interface LiveTiming {
  /** From a change of endpoints until the Services' balancers know of it, as kube-proxy does. Default 200. */
  readonly serviceDelayMs: number;
  /** From a change until istiod has told the proxies (debounce of 100 ms and the push). Default 150. */
  readonly pushDelayMs: number;
  /** After which a connection to an address that is nobody's is given up (meshConfig.connectTimeout). Default 10,000. */
  readonly connectTimeoutMs: number;
  /** From the start of a proxy until it is ready. Default 100. */
  readonly proxyStartMs: number;
  /** From the application's end to that of its native sidecar: the drain is over by then. Default 800. */
  readonly sidecarLingerMs: number;
  /** From the end of the last container until the pod's address is nobody's and the pod is gone. Default 800. */
  readonly teardownMs: number;
  /** From a crash of the application to its next start, besides `startMs`. Default 500. */
  readonly restartMs: number;
}

/** See `LiveTiming`. A pod whose application ends at once is gone after 1.6 s, as measured. */
export const defaultLiveTiming: LiveTiming = {
  serviceDelayMs: 200,
  pushDelayMs: 150,
  connectTimeoutMs: 10_000,
  proxyStartMs: 100,
  sidecarLingerMs: 800,
  teardownMs: 800,
  restartMs: 500,
};
