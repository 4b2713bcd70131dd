/** Versions of Kubernetes: of the API server for every hop of the way and for what runs, and of the kubelets. */
import { planHops } from '../../../knowledge/hops.ts';
import type { Knowledge, Release } from '../../../knowledge/model.ts';
import { minorOf, minorsBetween } from '../../../knowledge/versions.ts';
import type { Check, CheckView, Finding, FoundObject, Target, Unseen } from '../../check.ts';
import { groupBy } from '../../../mesh/group.ts';
import { plural } from '../../../report/words.ts';
import { listed } from '../data-plane/words.ts';

const apiServer: FoundObject = { kind: 'Cluster', namespace: '', name: 'kubernetes' };

function releaseOf(version: string, { releases }: Knowledge): Release | undefined {
  return releases.find(({ minor }) => minor === minorOf(version));
}

/** Below, in or above the range of a release; null when one of the versions can't be read. */
function placeOf({ kubernetes: { value } }: Release, kubernetes: string): 'below' | 'in' | 'above' | null {
  const [low, high] = [minorsBetween(value.from, kubernetes), minorsBetween(kubernetes, value.to)];
  if (low === null || high === null) return null;
  return low < 0 ? 'below' : high < 0 ? 'above' : 'in';
}

function rangeOf({ minor, kubernetes: { value } }: Release): string {
  return `Istio ${minor} supports ${value.from} to ${value.to}`;
}

/** Releases that the way leads over, as if Kubernetes did not matter. */
function releasesOnWay(target: Target, { knowledge }: CheckView): readonly Release[] {
  const { from, version: to, strategy, way } = target;
  if (way?.outcome === 'hops') return releasesFor(way.hops, knowledge);
  if (from === null) return releasesFor([{ to }], knowledge);
  const free = planHops({ from, to, strategy, kubernetes: null, knowledge });
  return free.outcome === 'hops' ? releasesFor(free.hops, knowledge) : [];
}

function releasesFor(hops: readonly { readonly to: string }[], knowledge: Knowledge): readonly Release[] {
  return hops.map(({ to }) => releaseOf(to, knowledge)).filter((release) => release !== undefined);
}

/** The API server against the target and everything between. */
export const everyHopIsSupported: Check = {
  id: 'ML-C001',
  title: 'every hop of the upgrade supports the version of Kubernetes',
  looksAt: 'The version of the API server, against the range of Kubernetes of every release on the way to the target.',
  why: 'Istio is tested with a handful of Kubernetes minors; below them it uses APIs that are missing, and istioctl refuses. The upgrade would stop half-way, with two control planes.',
  remedy: 'Upgrade Kubernetes first, or choose a target that supports it.',
  source: 'istio.io docs/releases/supported-releases; istioctl/pkg/install/k8sversion in istio/istio',
  severities: ['blocks'],
  needs: ['kubernetesVersion', 'target'],
  pains: [],
  run: (view) => {
    const { target, facts } = view;
    const kubernetes = facts.kubernetesVersion;
    if (target === null || kubernetes === null) return [];
    if (minorOf(kubernetes) === null) return [{ object: apiServer, unseen: `"${kubernetes}" is no version.` }];
    const wrong = releasesOnWay(target, view).filter((release) => placeOf(release, kubernetes) !== 'in');
    const [first] = wrong;
    if (first === undefined) return [];
    const older = placeOf(first, kubernetes) === 'below';
    return [
      {
        ...{ severity: 'blocks', object: apiServer, field: 'gitVersion', value: kubernetes },
        message: `Kubernetes is ${kubernetes}, but ${wrong.map(rangeOf).join(', and ')}.`,
        why: 'A control plane of that release is not tested here and may not start: the upgrade would stop half-way.',
        remedy: older
          ? `Upgrade Kubernetes to ${first.kubernetes.value.from} or newer before going to Istio ${first.minor}`
          : `Choose a target whose releases on the way support Kubernetes ${minorOf(kubernetes) ?? kubernetes}; see: meshlift knowledge`,
      },
    ];
  },
};

/** The API server against what runs now. */
export const runningIsSupported: Check = {
  id: 'ML-C002',
  title: 'the control planes that run support the version of Kubernetes',
  looksAt: 'The version of the API server, against the range of Kubernetes of the release of every control plane.',
  why: 'Kubernetes was upgraded past what the running Istio was tested with: what is seen of it now, also its health, is no sound base for an upgrade or for a way back.',
  remedy:
    'Upgrade Istio to a release that supports this Kubernetes, in the hops that the plan names, and do not upgrade Kubernetes meanwhile.',
  source: 'istio.io docs/releases/supported-releases',
  severities: ['warns'],
  needs: ['kubernetesVersion', 'deployments'],
  pains: [],
  run: ({ mesh, facts, knowledge }) =>
    mesh.controlPlanes.flatMap(({ namespace, deployment, version, replicas }): (Finding | Unseen)[] => {
      const kubernetes = facts.kubernetesVersion ?? '';
      if (replicas === 0 || version === null) return [];
      const object = { kind: 'Deployment', namespace, name: deployment };
      const release = releaseOf(version, knowledge);
      if (release === undefined) return [{ object, unseen: `Nothing is known of Istio ${version}.` }];
      const place = placeOf(release, kubernetes);
      if (place === null) return [{ object, unseen: `"${kubernetes}" is no version of Kubernetes.` }];
      if (place === 'in') return [];
      return [
        {
          ...{ severity: 'warns', object, field: 'spec.template.spec.containers[discovery].image', value: version },
          message: `It is Istio ${version} on Kubernetes ${kubernetes}, but ${rangeOf(release)}.`,
          why: 'This pair is not tested; a way back would lead to it again.',
          remedy:
            place === 'above'
              ? `Upgrade Istio to a release that supports Kubernetes ${minorOf(kubernetes) ?? kubernetes}; see: meshlift knowledge`
              : `Upgrade Kubernetes to ${release.kubernetes.value.from} or newer`,
        },
      ];
    }),
};

/** Minors that a kubelet may be behind the API server (kubernetes.io releases/version-skew-policy). */
const kubeletMinorsBehind = 3;

/** Kubelets against the API server. */
export const kubeletsAreNear: Check = {
  id: 'ML-C003',
  title: 'every kubelet is at most three minors behind the API server, and none is ahead',
  looksAt: 'status.nodeInfo.kubeletVersion of every node, against the version of the API server.',
  why: 'Outside of the supported skew a node may refuse or misread new pods. Every pod that the upgrade restarts is a new pod.',
  remedy: 'Upgrade these nodes, or drain them and take them out.',
  source: 'kubernetes.io releases/version-skew-policy',
  severities: ['warns'],
  needs: ['nodes', 'kubernetesVersion'],
  pains: [],
  run: ({ facts }) =>
    [...groupBy(facts.nodes.items, ({ kubeletVersion }) => kubeletVersion)].flatMap(
      ([version, nodes]): (Finding | Unseen)[] => {
        const api = facts.kubernetesVersion ?? '';
        const names = nodes.map(({ meta }) => meta.name);
        const object = { kind: 'Node', namespace: '', name: names[0] ?? '' };
        const behind = minorsBetween(version, api);
        if (behind === null) return [{ object, unseen: `The kubelet version "${version}" can't be compared.` }];
        if (behind >= 0 && behind <= kubeletMinorsBehind) return [];
        const distance = `${plural(Math.abs(behind), 'minor')} ${behind > 0 ? 'behind' : 'ahead of'}`;
        return [
          {
            ...{ severity: 'warns', object, field: 'status.nodeInfo.kubeletVersion', value: version },
            message: `The kubelet of ${listed(names)} is ${version}, ${distance} the API server (${api}).`,
            why: 'Kubernetes does not support that skew: restarted pods may not start on these nodes.',
            remedy: `Upgrade ${names.length === 1 ? 'the node' : `these ${String(names.length)} nodes`}, or: kubectl drain ${names[0] ?? ''} --ignore-daemonsets`,
          },
        ];
      },
    ),
};
