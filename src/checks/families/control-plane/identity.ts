/** Whose control planes are, whether they are what their release says, and how they stand to each other. */
import { revisionKey } from '../../../mesh/keys.ts';
import type { ControlPlane } from '../../../mesh/control-plane-model.ts';
import type { Check, Finding } from '../../check.ts';
import { groupBy } from '../../../mesh/group.ts';
import { listed } from '../data-plane/words.ts';
import { kubectl, objectOf, runningPlanes } from './planes.ts';

/** Owner. */
export const ownerIsKnown: Check = {
  id: 'ML-P011',
  title: 'one tool, and a known one, owns every control plane',
  looksAt:
    'Labels, annotations and owner references that Helm, istioctl, Sail, Argo CD and Flux leave on the Deployment of istiod.',
  why: 'Two owners write over each other: the next run of either brings its version and its settings back. Without a known one nobody knows with which tool and which values it is upgraded.',
  remedy: 'Decide for one tool, hand the object over to it at the same version, then upgrade.',
  source: 'istio/istio issues 59630, 56294, 41675',
  severities: ['warns'],
  needs: ['deployments'],
  pains: ['P10'],
  run: (view) =>
    runningPlanes(view).flatMap(({ plane }): Finding[] => {
      const { owner } = plane;
      if (!['mixed', 'none', 'unknown'].includes(owner.kind)) return [];
      const mixed = owner.kind === 'mixed';
      return [
        {
          ...{ severity: 'warns', object: objectOf(plane), field: 'metadata.labels', value: owner.kind },
          message: mixed
            ? `Two tools claim it: ${owner.evidence}.`
            : `Nothing says who installed it: ${owner.evidence}.`,
          why: mixed
            ? 'The next run of either tool brings its version and settings back.'
            : 'It cannot be told with which tool and which values it has to be upgraded.',
          remedy: mixed
            ? `When Helm owns it: kubectl -n ${plane.namespace} label deployment ${plane.deployment} operator.istio.io/managed- operator.istio.io/version-; else: kubectl -n ${plane.namespace} annotate deployment ${plane.deployment} meta.helm.sh/release-name- meta.helm.sh/release-namespace-`
            : `Adopt it with Helm at the same version: helm upgrade --install istiod istio/istiod -n ${plane.namespace} --version ${plane.version ?? 'VERSION'} --take-ownership -f VALUES`,
        },
      ];
    }),
};

/** Version by the chart's labels; null where it says none. Source: zzz_profile.yaml of the charts from 1.24 on. */
function chartVersion(labels: Readonly<Record<string, string>>): string | null {
  return /^istiod-(\d+\.\d+\.\d+.*)$/.exec(labels['helm.sh/chart'] ?? '')?.[1] ?? null;
}

// Vendors add a word of their own to the tag, not to the chart: 1.29.6-acme is 1.29.6.
function isSame(a: string, b: string): boolean {
  return a.split('-')[0] === b.split('-')[0];
}

/** Image against release. */
export const imageIsThatOfRelease: Check = {
  id: 'ML-P012',
  title: 'every control plane runs the version of its release',
  looksAt: 'The image tag of container discovery against label helm.sh/chart, and against what its pods answer.',
  why: 'An image that was changed by hand is set back by the next helm upgrade, also by one that should only change a value: a downgrade that nobody ordered.',
  remedy: 'Bring release and image together: upgrade the release to the version that runs.',
  source: 'istio/istio issues 23443, 42550',
  severities: ['warns'],
  needs: ['deployments'],
  pains: ['P43'],
  run: (view) =>
    runningPlanes(view).flatMap(({ plane, fact }): Finding[] => {
      const chart = chartVersion(fact.meta.labels);
      const { imageVersion: image, runningVersions: running } = plane;
      if (image === null) return [];
      const wrongChart = chart !== null && !isSame(chart, image);
      // In the middle of a rollout both versions answer: ML-P001 tells of it.
      const wrongPods = running.length > 0 && !running.some((version) => isSame(version, image));
      const drift = wrongChart
        ? `Its image is ${image}, but its chart is ${chart}.`
        : wrongPods
          ? `Its image is ${image}, but its pods answer ${running.join(' and ')}.`
          : null;
      if (drift === null) return [];
      return [
        {
          ...{ severity: 'warns', object: objectOf(plane) },
          ...{ field: 'spec.template.spec.containers[discovery].image', value: image, message: drift },
          why: 'The next change by its owner brings the other version back.',
          remedy: wrongChart
            ? `helm upgrade ${plane.owner.name.split('/').at(-1) || plane.deployment} istio/istiod -n ${plane.namespace} --version ${image} --reset-then-reuse-values`
            : `${kubectl(plane, 'rollout status')}; when it has ended, the tag holds another version than it says`,
        },
      ];
    }),
};

/** Roots. */
export const rootsAgree: Check = {
  id: 'ML-P013',
  title: 'all control planes give out certificates of the same root',
  looksAt: 'The root certificate of every control plane: caBundle of its webhook, else ConfigMap istio-ca-root-cert.',
  why: 'Proxies of the one do not trust proxies of the other: as soon as the first workload has moved, its calls fail with CERTIFICATE_VERIFY_FAILED.',
  remedy:
    'Give both the same CA (Secret cacerts), or first give both a trust bundle with both roots. Never change CA and version together.',
  source: 'istio/istio issues 44932, 30947, 22993',
  severities: ['blocks'],
  needs: ['deployments', 'mutatingWebhooks'],
  pains: ['P24'],
  run: (view) => {
    const planes = runningPlanes(view).map(({ plane }) => plane);
    const known = planes.filter(({ caRootHash }) => caRootHash !== null);
    const [first] = known;
    const strange = known.find(({ caRootHash }) => caRootHash !== first?.caRootHash);
    if (first === undefined || strange === undefined) return [];
    const short = (plane: ControlPlane): string => (plane.caRootHash ?? '').slice(0, 12);
    return [
      {
        ...{
          severity: 'blocks',
          object: objectOf(strange),
          field: 'webhooks[].clientConfig.caBundle',
          value: short(strange),
        },
        message: `Its root certificate (${short(strange)}) is not that of revision ${first.revision} (${short(first)}).`,
        why: 'Proxies of the two revisions do not trust each other: calls between them fail as soon as one workload has moved.',
        remedy: `kubectl -n ${first.namespace} get secret cacerts istio-ca-secret --ignore-not-found; give both the same, then: ${kubectl(strange, 'rollout restart')}`,
      },
    ];
  },
};

/** Two of one revision. */
export const revisionIsServedOnce: Check = {
  id: 'ML-P015',
  title: 'every revision has one control plane',
  looksAt: `Label ${revisionKey} or env REVISION of all Deployments of istiod.`,
  why: 'Two control planes of one revision take turns at the same locks, webhooks and proxies: with two versions, proxies get now this, now that configuration.',
  remedy: 'Remove the one that nobody installed on purpose, or give it another revision.',
  source: 'istio/istio issues 54280, 58350; istio.io docs/setup/install/multiple-controlplanes',
  severities: ['blocks', 'warns'],
  needs: ['deployments'],
  pains: ['P21'],
  run: (view) =>
    [...groupBy(runningPlanes(view), ({ plane }) => plane.revision)].flatMap(([revision, all]): Finding[] => {
      const [first, second] = all.map(({ plane }) => plane);
      if (first === undefined || second === undefined) return [];
      // In namespaces of their own they may serve different parts of the cluster (discoverySelectors).
      const apart = new Set(all.map(({ plane }) => plane.namespace)).size === all.length;
      const names = all.map(
        ({ plane }) => `${plane.namespace}/${plane.deployment} (${plane.version ?? 'version unknown'})`,
      );
      return [
        {
          ...{ severity: apart ? 'warns' : 'blocks', object: objectOf(second) },
          ...{ field: `metadata.labels[${revisionKey}]`, value: revision },
          message: `Revision ${revision} has ${String(all.length)} control planes: ${listed(names)}.`,
          why: 'Which of them serves a proxy or writes a webhook is chance.',
          remedy: `kubectl -n ${second.namespace} get deployment ${second.deployment} -o yaml tells who made it; remove one: ${kubectl(second, 'scale')} --replicas=0, and look before it is deleted`,
        },
      ];
    }),
};
