/** Moves or pins a Gateway API Gateway by its own label. */
import { Blocked, NotFound } from '../errors.ts';
import { resources } from '../kube/resources.ts';
import { revisionKey } from '../mesh/keys.ts';
import { compareVersions } from '../mesh/versions.ts';
import { changeIfThere, servedKind } from './change.ts';
import type { LabelGateway } from './spec.ts';
import type { StepContext, StepKind, Verdict, View } from './step.ts';
import { blocked, done, failed, passed, ready, unknown, verdictOf, waiting } from './verdicts.ts';

/** Istio release note 59959: the istiod that is left stops sending its configuration to the Gateway's running pods. */
const pushNote = 'istiods before 1.29.5 and 1.30.2 push an empty configuration to its running pods meanwhile';

/** Sets, changes or takes away label istio.io/rev of a Gateway; the istiod of the new revision then renders it. */
export const labelGateway: StepKind<LabelGateway> = {
  describe: (spec) => `${inWords(spec)}; its Deployment is rendered anew (${pushNote})`,
  writes: ({ namespace, name, revision }) => [
    {
      ...{ verb: 'patch', namespace, name, resource: 'gateways.gateway.networking.k8s.io' },
      what: revision === null ? `label ${revisionKey} removed` : `label ${revisionKey}=${revision}`,
    },
  ],
  observe: (view, spec) => {
    const gateway = gatewayOf(view, spec);
    if (gateway === undefined) {
      const { unread } = view.facts.gateways;
      // As with a namespace: one that was removed meanwhile must not hold up the others.
      return unread === null ? done : unknown(unread);
    }
    const label = gateway.meta.labels[revisionKey] ?? null;
    if (label === spec.revision) return done;
    return label === spec.before ? ready : blocked(strange(spec, label));
  },
  apply: async (context, spec) => {
    const resource = await servedKind(context, resources.gateways);
    if (resource === null) {
      throw new NotFound('The cluster does not serve Gateways of the Gateway API.', {
        ...{ object: `Gateway ${nameOf(spec)}`, remedy: 'Make a new plan.' },
      });
    }
    await sayWhatIsPushed(context, spec);
    await changeIfThere(context, { resource, namespace: spec.namespace, name: spec.name }, ({ metadata }) => {
      const label = metadata.labels?.[revisionKey] ?? null;
      if (label === spec.revision) return null;
      if (label !== spec.before) {
        const remedy = 'Put the label back, or make a new plan.';
        throw new Blocked(strange(spec, label), { object: `Gateway ${nameOf(spec)}`, remedy });
      }
      return { metadata: { labels: { [revisionKey]: spec.revision } } };
    });
  },
  verify: (view, spec) =>
    verdictOf(labelGateway.observe(view, spec), 'the label is not there', () => rolled(view, spec)),
  undo: (spec) => [{ ...spec, revision: spec.before, before: spec.revision }],
};

function rolled(view: View, spec: LabelGateway): Verdict {
  if (gatewayOf(view, spec) === undefined) return passed;
  const gateway = view.mesh.gateways.find(
    ({ namespace, name, form }) =>
      namespace === spec.namespace && name === spec.name && (form === 'gateway-api' || form === 'waypoint'),
  );
  if (gateway === undefined) return waiting(`Gateway ${nameOf(spec)} has no pods yet`);
  const { effectiveRevision, revisions, replicas, readyReplicas } = gateway;
  if (effectiveRevision === null) return failed(gateway.reason);
  const others = revisions.filter((revision) => revision !== effectiveRevision);
  if (others.length > 0) return waiting(`Gateway ${nameOf(spec)} still has pods of revision ${others.join(', ')}`);
  if (readyReplicas < replicas) {
    return waiting(`${String(readyReplicas)} of ${String(replicas)} pods of Gateway ${nameOf(spec)} are ready`);
  }
  return passed;
}

async function sayWhatIsPushed(context: StepContext, spec: LabelGateway): Promise<void> {
  const { mesh } = await context.look();
  const gateway = mesh.gateways.find(({ namespace, name }) => namespace === spec.namespace && name === spec.name);
  const leaving = mesh.controlPlanes.filter(({ revision }) => gateway?.revisions.includes(revision) === true);
  for (const { revision, version } of leaving) {
    if (version !== null && !pushesEmpty(version)) continue;
    const which = `revision ${revision} (${version ?? 'of unknown version'})`;
    context.note(`Gateway ${nameOf(spec)}: ${which} may push an empty configuration to its running pods`);
  }
}

/** Fixed in 1.29.5, 1.30.2 and 1.31 (release note 59959). */
function pushesEmpty(version: string): boolean {
  if (compareVersions(version, '1.30.0') >= 0) return compareVersions(version, '1.30.2') < 0;
  return compareVersions(version, '1.29.5') < 0;
}

function gatewayOf(view: View, { namespace, name }: LabelGateway) {
  return view.facts.gateways.items.find(({ meta }) => meta.namespace === namespace && meta.name === name);
}

function strange(spec: LabelGateway, label: string | null): string {
  const words = (value: string | null): string => value ?? 'absent';
  return `Label ${revisionKey} of Gateway ${nameOf(spec)} is ${words(label)}; it was ${words(spec.before)} when the plan was made.`;
}

function inWords(spec: LabelGateway): string {
  if (spec.revision === null) return `Remove label ${revisionKey} of Gateway ${nameOf(spec)}`;
  return `Label Gateway ${nameOf(spec)}: ${revisionKey}=${spec.revision}`;
}

function nameOf({ namespace, name }: Pick<LabelGateway, 'namespace' | 'name'>): string {
  return `${namespace}/${name}`;
}
