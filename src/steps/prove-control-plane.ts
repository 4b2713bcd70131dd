/** Proof that a control plane can take over, before anything moves. */
import { Blocked } from '../errors.ts';
import { configWrites, invalidRefused, validTaken } from './config-check.ts';
import { istiodDeployment } from './istiod-names.ts';
import { isReadyPod, istiodMetrics, podsOf, wrongVersion } from './istiod-pods.ts';
import { proveInjection } from './proof-injection.ts';
import { isProved, proofMark, provedName } from './proof-memory.ts';
import { counter, taken } from './proof-metrics.ts';
import { plural } from './plural.ts';
import { shadowName } from './proof-pods.ts';
import { discoveryLabels, proofKey, proofNamespace } from './proof-names.ts';
import { closePlace, openPlace, placeWrites } from './proof-place.ts';
import { proveShadows } from './proof-shadows.ts';
import type { ProveControlPlane, Write } from './spec.ts';
import type { StepContext, StepKind, View } from './step.ts';
import { blocked, failed, passed, ready, unknown, waiting } from './verdicts.ts';
import { waitFor } from './wait.ts';

/**
 * Five proofs: all replicas are ready and answer with the version; it shares the root certificate; its injector makes pods of
 * the right revision and version for templates of every affected namespace; its validator judges; an old proxy of each role
 * and version becomes ready with its configuration. A real dry run in an affected namespace would be answered by the old
 * revision, because the namespace's labels decide. So everything happens in one short-lived namespace of meshlift's own,
 * labelled for the new revision. That the affected namespaces will lead there is the planner's question.
 * A run that is resumed makes only the first two again, as long as it sees just what it proved (`proofMark`).
 */
export const proveControlPlane: StepKind<ProveControlPlane> = {
  describe: ({ revision, version, namespaces, proxies }) =>
    `Prove control plane ${revision} (${version}): readiness, root certificate, injection for ` +
    `${plural(namespaces.length, 'namespace')}, validation, and ` +
    `${plural(proxies.length, 'shadow proxy', 'shadow proxies')} in namespace ${proofNamespace(revision)}`,
  writes: (spec) => [...placeWrites(spec), ...podWrites(spec), ...configWrites(proofNamespace(spec.revision))],
  observe: (view, spec) => {
    if (planeOf(view, spec) !== undefined) return ready;
    const { unread } = view.facts.deployments;
    return unread === null ? blocked(`Control plane ${spec.revision} does not exist.`) : unknown(unread);
  },
  apply: async (context, spec) => {
    const view = await context.look();
    proveRoot(view, spec);
    await proveReady(context, spec);
    const mark = await proofMark(context, view, spec);
    if (isProved(context, mark)) {
      context.note(
        `Control plane ${spec.revision} is the one that this run proved: only its readiness was looked at again`,
      );
      return;
    }
    await openPlace(context, spec.revision, discoveryLabels(planeOf(view, spec)?.meshConfig));
    try {
      await proveInjection(context, view, spec);
      await proveValidation(context, spec);
      await proveShadows(context, view, spec);
    } finally {
      await tidyUp(context, spec.revision);
    }
    context.evidence(provedName, mark);
  },
  verify: (view, spec) => {
    const plane = planeOf(view, spec);
    if (plane === undefined) {
      const { unread } = view.facts.deployments;
      return unread === null ? failed(`control plane ${spec.revision} does not exist`) : unknown(unread);
    }
    if (plane.readyReplicas < plane.replicas || plane.replicas === 0)
      return waiting(`${plane.deployment} is not ready`);
    const left = view.facts.pods.items.filter(({ meta }) => meta.labels[proofKey] === spec.revision);
    return left.length === 0 ? passed : waiting(`still ending: ${plural(left.length, 'pod')} of the proof`);
  },
  undo: () => [],
};

function planeOf({ mesh }: View, { revision, namespace }: ProveControlPlane) {
  return mesh.controlPlanes.find((plane) => plane.revision === revision && plane.namespace === namespace);
}

function podWrites({ revision, namespaces, proxies }: ProveControlPlane): Write[] {
  const place = { resource: 'pods', namespace: proofNamespace(revision) };
  const shadows = proxies.flatMap(({ role, version }): Write[] => {
    const pod = { ...place, name: shadowName({ role, version }) };
    const what = `${role} with proxy ${version}`;
    return [
      { ...pod, verb: 'dry-run', what },
      { ...pod, verb: 'create', what },
      { ...pod, verb: 'delete', what: 'when it has been seen in sync' },
    ];
  });
  const what = `pods like those of ${namespaces.join(', ')}`;
  return namespaces.length === 0
    ? shadows
    : [{ ...place, verb: 'dry-run', name: 'meshlift-proof-like-*', what }, ...shadows];
}

/** The cause counts, not the tidying after it: what stays is found by its label. */
async function tidyUp(context: StepContext, revision: string): Promise<void> {
  const object = `Namespace ${proofNamespace(revision)}`;
  const wait = { object, until: 'is removed', seconds: 30, remedy: 'Remove it.' };
  try {
    await waitFor(context, wait, () => closePlace(context, revision).then(() => null));
  } catch {
    context.note(
      `Namespace ${proofNamespace(revision)} could not be removed now; it carries label ${proofKey}=${revision}`,
    );
  }
}

function proveRoot(view: View, spec: ProveControlPlane): void {
  const object = `control plane ${spec.revision}`;
  const hash = planeOf(view, spec)?.caRootHash ?? null;
  if (spec.rootHash !== null && hash === spec.rootHash) return;
  const message =
    spec.rootHash === null || hash === null
      ? `Whether ${object} shares the root certificate could not be read.`
      : `${object} has another root certificate (SHA-256 ${hash.slice(0, 12)}…) than the mesh (${spec.rootHash.slice(0, 12)}…).`;
  const remedy =
    'Give both control planes the same Secret cacerts or istio-ca-secret: proxies of one refuse those of the other.';
  throw new Blocked(message, { object, remedy });
}

async function proveReady(context: StepContext, spec: ProveControlPlane): Promise<void> {
  const deployment = istiodDeployment(spec.namespace, spec.revision);
  const object = `Deployment ${spec.namespace}/${deployment.name}`;
  const remedy = `See \`kubectl -n ${spec.namespace} describe deployment ${deployment.name}\`.`;
  await waitFor(context, { object, until: `answers with ${spec.version}`, seconds: 60, remedy }, async () => {
    const pods = await podsOf(context, deployment);
    if (pods.length === 0) return 'it has no pods';
    const sick = pods.filter((pod) => !isReadyPod(pod));
    return sick.length > 0 ? `not ready: ${plural(sick.length, 'pod')}` : wrongVersion(context, pods, spec.version);
  });
}

async function proveValidation(context: StepContext, spec: ProveControlPlane): Promise<void> {
  const place = proofNamespace(spec.revision);
  const judged = async () => {
    const texts = await istiodMetrics(context, istiodDeployment(spec.namespace, spec.revision));
    return texts.reduce((total, text) => total + counter(text, taken), 0);
  };
  const object = `validation of revision ${spec.revision}`;
  const remedy = `See ValidatingWebhookConfiguration istio-validator-${spec.revision}-${spec.namespace} and the log of its istiod.`;
  await waitFor(context, { object, until: 'judges', seconds: 30, remedy }, async () => {
    // The default validator is asked too: only its own counter shows that this revision was. Refused dry runs are not counted.
    const before = await judged();
    const valid = await validTaken(context, place, spec.revision);
    if (valid !== null) return valid;
    const between = await judged();
    const invalid = await invalidRefused(context, place, spec.revision);
    if (invalid !== null) return invalid;
    if (between === before) return 'another revision judged';
    return (await judged()) === between ? null : 'it took the invalid one, or others ask it meanwhile';
  });
  context.evidence('validation', 'a valid VirtualService passed, an invalid one was refused');
}
