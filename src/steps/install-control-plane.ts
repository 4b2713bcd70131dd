/** A second control plane beside the first. */
import { NotFound } from '../errors.ts';
import { count, record } from '../inventory/json.ts';
import type { KubeObject } from '../kube/api.ts';
import { ownConfig, targetOf } from './injector.ts';
import { find } from './change.ts';
import { istiodDeployment, istiodName } from './istiod-names.ts';
import { isReadyPod, podsOf, whyNotRunning, wrongVersion } from './istiod-pods.ts';
import type { InstallControlPlane } from './spec.ts';
import type { StepContext, StepKind, View } from './step.ts';
import { blocked, done, ready, unknown, verdictOf } from './verdicts.ts';
import { waitFor } from './wait.ts';

/** Installs it with the settings of the old one by the owner's own tool, and waits until it could serve. */
export const installControlPlane: StepKind<InstallControlPlane> = {
  describe: ({ revision, version, like }) =>
    `Install control plane ${revision} (${version}) with the settings of ${like.revision} (${like.version})`,
  writes: ({ revision, version, release }) => [
    {
      ...{ verb: 'tool', resource: release.owner, namespace: release.namespace },
      name: release.name === '' ? revision : release.name,
      what: `control plane ${revision}, ${version}: ${istiodName(revision)} with its webhooks and configuration`,
    },
  ],
  observe: (view, spec) => {
    const mine = planesOf(view, spec);
    if (mine.length === 0) {
      const { unread } = view.facts.deployments;
      return unread === null ? ready : unknown(unread);
    }
    const [plane] = mine;
    if (mine.length > 1 || plane === undefined)
      return blocked(`Several control planes are of revision ${spec.revision}.`);
    if (plane.imageVersion !== null && plane.imageVersion !== spec.version) {
      return blocked(
        `Revision ${spec.revision} is there already with version ${plane.imageVersion}, not ${spec.version}.`,
      );
    }
    return isServing(view, spec) ? done : ready;
  },
  apply: async (context, spec) => {
    const { release, version, revision, like } = spec;
    const present = await find(context, istiodDeployment(release.namespace, revision));
    const view = await context.look();
    if (present === null || !isServing(view, spec)) {
      const request = { chart: 'istiod', release, version, revision, tags: null, like: like.release } as const;
      await context.installer.install(request, context.signal);
    }
    await untilServing(context, spec);
  },
  verify: (view, spec) =>
    verdictOf(installControlPlane.observe(view, spec), `control plane ${spec.revision} is not ready`),
  undo: ({ revision, version, release }) => [
    { kind: 'remove-control-plane', revision, version, namespace: release.namespace, release },
  ],
};

function planesOf({ mesh }: View, { revision }: InstallControlPlane) {
  return mesh.controlPlanes.filter((plane) => plane.revision === revision);
}

/** All replicas are ready and answer with the version, and the webhook has its bundle. */
function isServing(view: View, spec: InstallControlPlane): boolean {
  const [plane] = planesOf(view, spec);
  if (plane === undefined || plane.replicas === 0 || plane.readyReplicas < plane.replicas) return false;
  const answers = plane.runningVersions.length === 1 && plane.runningVersions[0] === spec.version;
  const config = ownConfig(view.facts, spec.revision);
  return answers && config !== null && config.webhooks.every(({ hasCaBundle }) => hasCaBundle);
}

async function untilServing(context: StepContext, spec: InstallControlPlane): Promise<void> {
  const { release, revision, version } = spec;
  const deployment = istiodDeployment(release.namespace, revision);
  const object = `Deployment ${release.namespace}/${deployment.name}`;
  const remedy = `See \`kubectl -n ${release.namespace} describe deployment ${deployment.name}\`; nothing uses it yet.`;
  await waitFor(context, { object, until: 'serves', seconds: context.limitSeconds, remedy }, async () => {
    const now = await find(context, deployment);
    if (now === null) return 'it does not exist';
    const pods = await podsOf(context, deployment).catch(noPods);
    const short = notAvailable(now);
    if (short !== null) return `${short}; ${await whyNotRunning(context, pods)}`;
    const wrong = await wrongVersion(context, pods.filter(isReadyPod), version);
    if (wrong !== null) return wrong;
    await targetOf(context, revision);
    return null;
  });
}

function noPods(error: unknown): KubeObject[] {
  if (error instanceof NotFound) return [];
  throw error;
}

/** Null when the whole of the newest template is available. */
function notAvailable(deployment: KubeObject): string | null {
  const [spec, status] = [record(deployment['spec']), record(deployment['status'])];
  const wanted = count(spec['replicas'], 1);
  if (count(status['observedGeneration']) < (deployment.metadata.generation ?? 0)) return 'its change was not seen yet';
  const [updated, available] = [count(status['updatedReplicas']), count(status['availableReplicas'])];
  if (wanted > 0 && updated >= wanted && available >= wanted && count(status['replicas']) === updated) return null;
  return `${String(Math.min(updated, available))} of ${String(wanted)} replicas are available`;
}
