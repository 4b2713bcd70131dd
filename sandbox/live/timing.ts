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
  /**
   * From the deletion of a pod until its containers get their SIGTERM: kubelet and container runtime. Default 120, with which
   * a restart under 60 requests/s of 300 ms loses about what was measured, most of it in flight.
   */
  readonly termDelayMs: number;
  /** From the application's end to that of its native sidecar: the drain is over by then. Default 800. */
  readonly sidecarLingerMs: number;
  /** From the end of the last container until the pod's address is nobody's and the pod is gone. Default 800. */
  readonly teardownMs: number;
  /** From a crash of the application to its next start, besides `startMs`. Default 500. */
  readonly restartMs: number;
}

/** See `LiveTiming`. A pod whose application ends at once is gone after 1.7 s (measured: 1.6 to 1.8 s), a gateway after 5.9 s (5.9 to 6.1 s). */
export const defaultLiveTiming: LiveTiming = {
  serviceDelayMs: 200,
  pushDelayMs: 150,
  connectTimeoutMs: 10_000,
  proxyStartMs: 100,
  termDelayMs: 120,
  sidecarLingerMs: 800,
  teardownMs: 800,
  restartMs: 500,
};
