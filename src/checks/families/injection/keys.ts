/** Keys that users set on pods and namespaces to choose injection. */

/** Annotation: the image of the proxy, whatever the version of the injector; a name without a slash is none. */
export const proxyImageKey = 'sidecar.istio.io/proxyImage';

/** Label (and, without effect on what is called, annotation): 'true' or 'false'. */
export const injectKey = 'sidecar.istio.io/inject';
