/** The way from one version to another in steps that Istio supports, and what may run together meanwhile. */
import { compareVersions } from '../mesh/versions.ts';
import type { Knowledge, Release } from './model.ts';
import { pairsBetween } from './pairs.ts';
import { shortestWay } from './route.ts';
import { minorOf, minorsBetween, parseVersion } from './versions.ts';

/** revision: a new control plane beside the old one. in-place: the control plane is replaced. */
export type Strategy = 'revision' | 'in-place';

/** One supported change of version. */
export interface Hop {
  readonly from: string;
  readonly to: string;
  /** patch: upward inside a minor. minor: to a higher one. downgrade: to anything lower. */
  readonly kind: 'patch' | 'minor' | 'downgrade';
  /** What a person should know of this hop; sentences. */
  readonly notes: readonly string[];
}

/** refused: it is known not to be supported. unknown: too little is known to say. */
export type HopResult =
  | { readonly outcome: 'hops'; readonly hops: readonly Hop[] }
  | { readonly outcome: 'refused' | 'unknown'; readonly refused: string; readonly remedy: string };

/** What is asked for. */
export interface HopRequest {
  /** Version of the control plane that runs, with its patch. */
  readonly from: string;
  /** Version that is wanted; a minor alone means its newest known patch. */
  readonly to: string;
  readonly strategy: Strategy;
  /** Version of the API server; null: not read. Then every hop says which versions it needs. */
  readonly kubernetes: string | null;
  readonly knowledge: Knowledge;
  /** Allows a target below `from`. Default false. */
  readonly downgrade?: boolean;
}

/**
 * Minors that one hop may cross. In place one (istio.io docs/setup/upgrade/in-place), by revision two (docs/setup/upgrade/canary);
 * downward the same.
 */
export const minorsPerHop: Readonly<Record<Strategy, number>> = { 'in-place': 1, revision: 2 };

/** Plans the hops; no hop when the version is the same. */
export function planHops(request: HopRequest): HopResult {
  const { knowledge, strategy } = request;
  const from = knownVersion(request.from, 'installed', knowledge);
  if ('outcome' in from) return from;
  const to = knownVersion(request.to, 'wanted', knowledge);
  if ('outcome' in to) return to;
  const order = compareVersions(to.version, from.version);
  if (order === 0) return { outcome: 'hops', hops: [] };
  if (order < 0 && request.downgrade !== true) return refuseDowngrade(from.version, to.version);
  const refused = refuseKubernetes(request.kubernetes, to.release, to.version);
  if (refused !== null) return refused;
  const way = shortestWay({
    from: from.release.minor,
    to: to.release.minor,
    step: minorsPerHop[strategy],
    allowed: (minor) => admits(knowledge, minor, request.kubernetes),
  });
  if (way === null) return refuseWay(request, from.release.minor, to);
  return { outcome: 'hops', hops: hopsAlong(way, { ...request, from: from.version, to: to.version }) };
}

interface Known {
  readonly version: string;
  readonly release: Release;
}

function knownVersion(text: string, role: 'installed' | 'wanted', { releases }: Knowledge): Known | HopResult {
  const parsed = parseVersion(text);
  const release = releases.find(({ minor }) => minor === minorOf(text));
  if (parsed === null || (parsed.patch === null && role === 'installed')) {
    return unknown(`The ${role} version "${text}" is no version like 1.30.3.`, 'Give major, minor and patch.');
  }
  if (release === undefined) {
    const known = `${releases[0]?.minor ?? 'none'} to ${releases.at(-1)?.minor ?? 'none'}`;
    return unknown(
      `Nothing is known of Istio ${minorOf(text) ?? text}, the minor of the ${role} version; known are ${known}.`,
      'Add the release with --knowledge FILE, or use a newer meshlift.',
    );
  }
  return { version: parsed.patch === null ? release.latest.value : text.replace(/^v/, ''), release };
}

function unknown(refused: string, remedy: string): HopResult {
  return { outcome: 'unknown', refused, remedy };
}

function refuseDowngrade(from: string, to: string): HopResult {
  return {
    outcome: 'refused',
    refused: `${to} is older than the installed ${from}.`,
    remedy:
      'Choose a newer target: this program takes no mesh to an older version, but for the way back of its own run.',
  };
}

function refuseKubernetes(kubernetes: string | null, release: Release, version: string): HopResult | null {
  if (kubernetes === null || runsOn(release, kubernetes) === true) return null;
  if (minorOf(kubernetes) === null) {
    return unknown(`The Kubernetes version "${kubernetes}" is no version.`, 'Look at "kubectl version".');
  }
  const { from, to } = release.kubernetes.value;
  const tooOld = (minorsBetween(from, kubernetes) ?? 0) < 0;
  const remedy = tooOld
    ? `Upgrade Kubernetes to ${from} at least first.`
    : `Choose a version of Istio that supports Kubernetes ${minorOf(kubernetes) ?? kubernetes}.`;
  return {
    outcome: 'refused',
    refused: `Istio ${version} supports Kubernetes ${from} to ${to}; this cluster is ${kubernetes}.`,
    remedy: `${remedy}${codeNote(release, kubernetes)}`,
  };
}

// Documentation and code differ for some minors: said, not decided.
function codeNote({ minor, codeMinimum }: Release, kubernetes: string): string {
  if (codeMinimum === null || (minorsBetween(codeMinimum.value, kubernetes) ?? -1) < 0) return '';
  return ` istioctl ${minor} itself accepts ${codeMinimum.value} and newer.`;
}

function runsOn({ kubernetes: { value } }: Release, kubernetes: string): boolean | null {
  const [above, below] = [minorsBetween(value.from, kubernetes), minorsBetween(kubernetes, value.to)];
  return above === null || below === null ? null : above >= 0 && below >= 0;
}

function admits({ releases }: Knowledge, minor: string, kubernetes: string | null): boolean {
  const release = releases.find((one) => one.minor === minor);
  return release !== undefined && (kubernetes === null || runsOn(release, kubernetes) === true);
}

function refuseWay({ strategy, kubernetes, knowledge }: HopRequest, from: string, to: Known): HopResult {
  const step = minorsPerHop[strategy];
  const withoutKubernetes = shortestWay({
    ...{ from, to: to.release.minor, step },
    allowed: (minor) => admits(knowledge, minor, null),
  });
  if (withoutKubernetes === null || kubernetes === null) {
    return unknown(
      `No way from ${from} to ${to.version} in steps of ${step === 1 ? 'one minor' : 'two minors'}: a minor between is not known.`,
      'Add it with --knowledge FILE.',
    );
  }
  const between = withoutKubernetes.slice(0, -1).filter((minor) => !admits(knowledge, minor, kubernetes));
  const ranges = knowledge.releases.flatMap(({ minor, kubernetes: { value } }) =>
    between.includes(minor) ? [`${minor} supports Kubernetes ${value.from} to ${value.to}`] : [],
  );
  const remedy = strategy === 'in-place' ? 'Upgrade by revision, which may leave out a minor, or ' : '';
  return {
    outcome: 'refused',
    refused: `The way from ${from} to ${to.version} leads over versions that do not support Kubernetes ${kubernetes}: ${ranges.join(', ')}.`,
    remedy: capital(`${remedy}change the version of Kubernetes between the hops.`),
  };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function hopsAlong(minors: readonly string[], request: HopRequest): readonly Hop[] {
  const { releases } = request.knowledge;
  const latest = (minor: string): string => releases.find((one) => one.minor === minor)?.latest.value ?? minor;
  const stops = minors.slice(0, -1).map(latest);
  const froms = [request.from, ...stops];
  return [...stops, request.to].map((to, index) => hop(froms[index] ?? request.from, to, request));
}

function hop(from: string, to: string, request: HopRequest): Hop {
  const down = compareVersions(to, from) < 0;
  const kind = down ? 'downgrade' : minorOf(from) === minorOf(to) ? 'patch' : 'minor';
  return { from, to, kind, notes: notesOn(from, to, request) };
}

function notesOn(from: string, to: string, { kubernetes, knowledge, strategy }: HopRequest): readonly string[] {
  const release = knowledge.releases.find(({ minor }) => minor === minorOf(to));
  const range = release?.kubernetes.value;
  const distance = Math.abs(minorsBetween(from, to) ?? 0);
  const downward = compareVersions(to, from) < 0 && distance > 0;
  return [
    ...(kubernetes === null && range
      ? [`The version of Kubernetes is not known; ${to} needs ${range.from} to ${range.to}.`]
      : []),
    ...(release && compareVersions(to, release.latest.value) > 0
      ? [`${to} is newer than the newest patch known, ${release.latest.value}.`]
      : []),
    ...(parseVersion(to)?.pre ? [`${to} is a pre-release, which Istio does not support.`] : []),
    ...(distance > 1 ? ['ztunnel and istio-cni may be only one minor behind the control plane.'] : []),
    ...(downward ? ['CRDs are not downgraded; older control planes work with newer ones.'] : []),
    ...(strategy === 'in-place' && downward ? ['Proxies are newer than the control plane until they restart.'] : []),
    ...pairsBetween(from, to, knowledge).map(({ title, affected, remedy }) => `${title} (${affected}). ${remedy}`),
  ];
}
