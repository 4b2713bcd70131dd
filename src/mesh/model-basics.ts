/** What the model is made of: owners, and what may not be known. */

/** Who manages an object; decides with which tool it may be changed. `mixed`: signals of two tools, so none is safe. */
export type OwnerKind = 'helm' | 'istioctl' | 'sail' | 'argocd' | 'flux' | 'none' | 'mixed' | 'unknown';

/** Owner with the evidence for it. */
export interface Owner {
  readonly kind: OwnerKind;
  /** Helm release, Sail resource, Argo CD application, Flux object: 'namespace/name' or 'name'; '' when there is none. */
  readonly name: string;
  /** The object field that says so, for a person. */
  readonly evidence: string;
}

/** True, false, or not known because something was not read. */
export type Known = boolean | null;
