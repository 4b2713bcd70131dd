/** Which istiod owns a Gateway API Gateway (pkg/revisions/tag_watcher.go). */
import type { ControlPlane, DefaultRevision, RevisionTag } from './control-plane-model.ts';
import type { Facts, GatewayFact } from './facts.ts';
import type { Gateway } from './gateway-model.ts';
import { fullName, revisionKey } from './keys.ts';

/** What a label value may name. */
export interface Revisions {
  readonly planes: readonly ControlPlane[];
  readonly tags: readonly RevisionTag[];
  readonly defaultRevision: DefaultRevision;
}

/** Revision of a gateway's next pod, and why. */
export type Effective = Pick<Gateway, 'effectiveRevision' | 'reason'>;

/**
 * Label istio.io/rev of the Gateway, else of its namespace, else the default revision. istio-injection on the namespace
 * plays no part. A label that nothing serves orphans the Gateway without an error anywhere: null.
 */
export function gatewayRevision(facts: Facts, { meta }: GatewayFact, revisions: Revisions): Effective {
  const own = meta.labels[revisionKey];
  if (own) return named(facts, own, `Gateway ${fullName(meta)}`, revisions);
  const namespace = facts.namespaces.items.find((one) => one.meta.name === meta.namespace);
  if (!namespace) {
    return { effectiveRevision: null, reason: `The labels of namespace ${meta.namespace} were not read.` };
  }
  const inherited = namespace.meta.labels[revisionKey];
  if (inherited) return named(facts, inherited, `namespace ${meta.namespace}`, revisions);
  const { revision } = revisions.defaultRevision;
  if (revision === null) {
    const reason = `Neither the Gateway nor its namespace has label ${revisionKey}, and there is no default revision.`;
    return { effectiveRevision: null, reason };
  }
  return { effectiveRevision: revision, reason: `No label ${revisionKey}: the default revision ${revision}.` };
}

function named(facts: Facts, value: string, on: string, { planes, tags }: Revisions): Effective {
  const label = `Label ${revisionKey}=${value} on ${on}`;
  const tag = tags.find((candidate) => candidate.name === value);
  const revision = tag?.revision ?? value;
  const words = tag ? `${label}: tag ${value}, which points to revision ${revision}` : `${label}: revision ${revision}`;
  if (planes.some((plane) => plane.revision === revision)) return { effectiveRevision: revision, reason: `${words}.` };
  const { unread } = facts.deployments;
  if (unread !== null) {
    return { effectiveRevision: null, reason: `${words}; whether it exists could not be read: ${unread}.` };
  }
  return { effectiveRevision: null, reason: `${words}, which no control plane serves.` };
}
