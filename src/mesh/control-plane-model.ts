/** Control planes and what leads to them: tags, the default revision, webhooks resolved to the pods behind them. */
import type { Known, Owner } from './model-basics.ts';

/** One istiod Deployment of one revision. */
export interface ControlPlane {
  readonly revision: string;
  readonly namespace: string;
  readonly deployment: string;
  /** Best known version: what the pods answer to /version, else the image tag without variant; null when neither is known. */
  readonly version: string | null;
  /** Version from the image tag of the pod template; null for a digest or an unparsable tag. */
  readonly imageVersion: string | null;
  /** Distinct versions that its pods answered; empty when none answered. */
  readonly runningVersions: readonly string[];
  readonly replicas: number;
  readonly readyReplicas: number;
  readonly owner: Owner;
  /** Name of the Service in front of it; null when there is none. */
  readonly service: string | null;
  readonly autoscaler: { readonly min: number; readonly max: number; readonly current: number } | null;
  readonly budget: { readonly name: string; readonly disruptionsAllowed: number } | null;
  /** Parsed mesh config; null when unread. */
  readonly meshConfig: Readonly<Record<string, unknown>> | null;
  readonly meshConfigHash: string;
  /** SHA-256 of its root certificate (from its webhook's caBundle, else istio-ca-root-cert); null when unreadable. */
  readonly caRootHash: string | null;
  /** Its pods and whether they answered; `error` is '' when they did. */
  readonly pods: readonly {
    readonly name: string;
    readonly ready: boolean;
    readonly answered: boolean;
    readonly error: string;
  }[];
}

/** A revision tag. */
export interface RevisionTag {
  readonly name: string;
  /** Revision it points to (label istio.io/rev of its webhook configuration, else of its Service). */
  readonly revision: string;
  /** Name of its MutatingWebhookConfiguration; null when only the Service exists. */
  readonly webhook: string | null;
  /** 'namespace/name' of its Service (Istio 1.28 and later); null when there is none. */
  readonly service: string | null;
  readonly owner: Owner;
  /** Says when Service and webhook disagree, or the revision does not exist; null when all is well. */
  readonly problem: string | null;
}

/** Who serves what is not labelled for a revision. */
export interface DefaultRevision {
  /** The default revision by Istio's own priority: default tag, un-revisioned injector, validator. Null when nobody is. */
  readonly revision: string | null;
  /** Target of tag `default`; null when there is no such tag. */
  readonly byTag: string | null;
  /** 'default' when an un-revisioned injector's selectors are live; null otherwise. */
  readonly byInjector: string | null;
  /** Label istio.io/rev of istiod-default-validator; null when it does not exist. */
  readonly byValidator: string | null;
  /** Whether istio-injection=enabled and unlabelled pods asking for injection would be served at all. */
  readonly injects: boolean;
}

/** One target of one webhook configuration. */
export interface Webhook {
  /** Name of the configuration. */
  readonly name: string;
  readonly kind: 'MutatingWebhookConfiguration' | 'ValidatingWebhookConfiguration';
  /** Names of its webhooks that go to this target. */
  readonly webhooks: readonly string[];
  /** 'namespace/service', or the URL. */
  readonly target: string;
  /** Revision of the ready pods behind the target; else what the configuration's label says. Null when neither is known. */
  readonly revision: string | null;
  /** Label istio.io/rev of the configuration; null when unset. */
  readonly labelledRevision: string | null;
  /** Tag that it stands for (label istio.io/tag); null otherwise. */
  readonly tag: string | null;
  /** Its selectors never match (istioctl switches webhooks off this way). */
  readonly deactivated: boolean;
  /** 'Fail' when any of its webhooks has it: the stricter one decides what happens when the target is dead. */
  readonly failurePolicy: string;
  readonly readyEndpoints: number;
  /** Null when its Service or endpoints were not read. */
  readonly healthy: Known;
  /** One sentence; null when healthy. */
  readonly problem: string | null;
  readonly owner: Owner;
}
