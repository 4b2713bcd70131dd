/** Others who act on the same objects: charts that take things away, restarters, holders of tags, releases in the middle of something. */
import { compareVersions } from '../../../mesh/versions.ts';
import { tagMover } from '../../../steps/tag-owner.ts';
import { revisionName } from '../../../planner/ends.ts';
import { placeOf } from '../../../planner/route.ts';
import { releaseOf } from '../../../planner/release.ts';
import type { WorkloadFact } from '../../../mesh/facts.ts';
import type { Check, Finding } from '../../check.ts';
import { parts } from './parts.ts';

const sharedAccount = 'istiod-service-account';

/** An account that the base chart takes away. */
export const accountSurvives: Check = {
  id: 'ML-O006',
  title: 'no control plane uses the ServiceAccount that the base chart removes',
  looksAt: `spec.template.spec.serviceAccountName ${sharedAccount} of istiod, and who holds the base chart.`,
  why: `Base charts from 1.19 on, and at last 1.29, no longer have ${sharedAccount} and its roles. Helm deletes them at the upgrade of base: an istiod that uses them gets 401 and 403, signs no certificates, and sees no changes.`,
  remedy:
    'Keep the account until that istiod is gone, or bring that istiod to a chart with an account of its own first.',
  source: 'istio/istio issues 30441, 29382, 29364, 31992; announcing 1.29, upgrade notes',
  severities: ['blocks', 'warns'],
  needs: ['deployments', 'target'],
  pains: ['P20'],
  run: ({ mesh, look, target }) => {
    if (target === null || compareVersions(target.version, '1.19.0') < 0) return [];
    const byHelm = mesh.components.base?.owner.kind === 'helm';
    return mesh.controlPlanes.flatMap((plane): Finding[] => {
      const account = look.deploymentOf(plane)?.template.fitness.serviceAccount;
      if (account !== sharedAccount || plane.version === target.version) return [];
      const { namespace, deployment } = plane;
      const roles = `clusterrole,clusterrolebinding istiod-${namespace}`;
      return [
        {
          ...{ severity: byHelm ? 'blocks' : 'warns', object: { kind: 'Deployment', namespace, name: deployment } },
          ...{ field: 'spec.template.spec.serviceAccountName', value: account },
          message: `It runs as ${account}, which belongs to the base chart and is gone in that of ${target.version}.`,
          why: 'When base is upgraded it loses its rights: no certificates, no changes, while its proxies still depend on it.',
          remedy: `kubectl -n ${namespace} annotate serviceaccount ${account} helm.sh/resource-policy=keep && kubectl annotate ${roles} helm.sh/resource-policy=keep, before base is upgraded; delete them when ${deployment} is gone`,
        },
      ];
    });
  },
};

/** Programs that restart workloads when Istio changes, by a part of their image. */
const restarters: readonly (readonly [image: RegExp, name: string])[] = [
  [/(^|\/)fortsa(:|@|$)/, 'fortsa'],
  [/kyma-project\/.*istio-manager(:|@|$)|(^|\/)istio-manager(:|@|$)/, 'the Istio module of Kyma'],
  [/(^|\/)istio-upgrade-worker(:|@|$)/, 'istio-upgrade-worker'],
];

function restarterOf({ template, meta }: WorkloadFact): string | null {
  const images = Object.values(template.images);
  const found = restarters.find(([image]) => images.some((one) => image.test(one)));
  if (found !== undefined) return found[1];
  return meta.namespace === 'd8-istio' && meta.name === 'operator' ? 'module istio of Deckhouse' : null;
}

/** Somebody else restarts the same workloads. */
export const nobodyElseRestarts: Check = {
  id: 'ML-O007',
  title: 'no other program restarts workloads when Istio changes',
  looksAt: 'Images of running Deployments: fortsa, the Istio module of Kyma, Deckhouse, istio-upgrade-worker.',
  why: 'It sees the tag move, or a new injector, and restarts everything that is outdated: all at once, without waiting for readiness, waves or gates, in the middle of a run that restarts one after the other.',
  remedy: 'Scale it to 0 for the upgrade.',
  source: 'istio-ecosystem/fortsa; kyma-project/istio; deckhouse/deckhouse issue 20817',
  severities: ['warns'],
  needs: ['deployments'],
  pains: ['P53'],
  run: ({ facts }) =>
    facts.deployments.items.flatMap((fact): Finding[] => {
      const name = restarterOf(fact);
      if (name === null || fact.replicas === 0) return [];
      const { namespace } = fact.meta;
      return [
        {
          ...{ severity: 'warns', object: { kind: 'Deployment', namespace, name: fact.meta.name } },
          ...{ field: 'spec.template.spec.containers[].image', value: Object.values(fact.template.images)[0] ?? '' },
          message: `It is ${name}, which restarts workloads by itself when their proxies are outdated.`,
          why: 'It restarts them all as soon as a tag or an injector changes, whatever the plan says.',
          remedy: `kubectl -n ${namespace} scale deployment ${fact.meta.name} --replicas 0 for the upgrade, and --replicas ${String(fact.replicas)} afterwards`,
        },
      ];
    }),
};

/** A tag that only another release could move. */
export const tagsCanBeMoved: Check = {
  id: 'ML-O008',
  title: 'every tag that the upgrade moves can be moved by patching it',
  looksAt: 'Helm annotations of the webhook configurations of tags that point to the revision that is left.',
  why: 'A tag in value revisionTags of a release always names the revision of that release. It cannot be moved: the old release would have to give it up, which deletes it, and pods would start without a sidecar meanwhile.',
  remedy: 'Take it out of the release without deleting it (helm.sh/resource-policy: keep), then make a new plan.',
  source: 'istiod chart, revision-tags-mwc.yaml; istio/istio issues 47423, 58447',
  severities: ['blocks'],
  needs: ['mutatingWebhooks', 'services', 'deployments', 'target'],
  pains: ['P19'],
  run: ({ mesh, target }) => {
    const [hop] = target?.hops ?? [];
    if (target?.strategy !== 'revision' || hop === undefined) return [];
    const present = mesh.controlPlanes.find(
      ({ version, revision }) => version === hop.to && revision !== target.fromRevision,
    );
    const to = present?.revision ?? revisionName(hop.to);
    return mesh.tags.flatMap((tag): Finding[] => {
      if (tag.webhook === null || tag.owner.kind !== 'helm' || tag.revision !== target.fromRevision) return [];
      const release = releaseOf(tag.owner, 'istio-system');
      const service = placeOf(tag.service);
      const mover = tagMover(mesh, { tag: tag.name, from: tag.revision, to, webhook: tag.webhook, service, release });
      if (mover.by !== 'nobody') return [];
      return [
        {
          ...{ severity: 'blocks', object: { kind: 'MutatingWebhookConfiguration', namespace: '', name: tag.webhook } },
          ...{ field: 'metadata.annotations[meta.helm.sh/release-name]', value: tag.owner.name },
          message: `Helm release ${tag.owner.name} holds tag ${tag.name} and cannot point it to revision ${to}.`,
          why: mover.why,
          remedy: mover.remedy,
        },
      ];
    });
  },
};

/** Helm in the middle of something. */
export const releasesAreSettled: Check = {
  id: 'ML-O012',
  title: 'no Helm release of Istio is pending or failed',
  looksAt: 'Label status of the newest record of every Helm release that holds a part of Istio.',
  why: 'A release that was interrupted stays pending, and Helm refuses everything: another operation is in progress. After a failed one it is not known which half was applied.',
  remedy: 'helm rollback to the last deployed revision, or helm upgrade again at the same version.',
  source: 'istio/istio issue 59367; Helm documentation, helm rollback',
  severities: ['blocks', 'warns'],
  needs: ['helmReleases', 'deployments'],
  pains: ['P08'],
  run: (view) => {
    const used = new Set(parts(view).flatMap(({ owner }) => (owner.kind === 'helm' ? [owner.name] : [])));
    const { base } = view.mesh.components;
    if (base?.owner.kind === 'helm') used.add(base.owner.name);
    return [...used].flatMap((full): Finding[] => {
      const records = view.facts.helmReleases.items.filter(({ namespace, name }) => `${namespace}/${name}` === full);
      const last = records.toSorted((a, b) => b.version - a.version)[0];
      if (last === undefined || (last.status !== 'failed' && !last.status.startsWith('pending-'))) return [];
      const good = records.find(({ status }) => status === 'deployed' || status === 'superseded')?.version ?? 1;
      const { namespace, name, status } = last;
      return [
        {
          ...{ severity: status === 'failed' ? 'warns' : 'blocks', object: { kind: 'HelmRelease', namespace, name } },
          ...{ field: 'status', value: status },
          message: `Its newest record ${String(last.version)} is ${status}.`,
          why:
            status === 'failed'
              ? 'What of its last upgrade was applied is not known.'
              : 'Helm refuses every upgrade of it: another operation is in progress.',
          remedy: `helm history ${name} -n ${namespace}, then helm rollback ${name} ${String(good)} -n ${namespace}`,
        },
      ];
    });
  },
};
