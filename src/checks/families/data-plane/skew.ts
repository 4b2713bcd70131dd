/** Versions of proxies against those of the control planes that serve them, now and on the way. */
import type { BadPair } from '../../../knowledge/model.ts';
import { pairsBetween } from '../../../knowledge/pairs.ts';
import { skew } from '../../../knowledge/support.ts';
import { managedKey } from '../../../mesh/keys.ts';
import { compareVersions } from '../../../mesh/versions.ts';
import { plural } from '../../../report/words.ts';
import type { Check, CheckView, Finding, Unseen } from '../../check.ts';
import { groupBy } from '../../../mesh/group.ts';
import { distinct, fleets, keptVersion, objectOf, restart, together, type Fleet, type Trouble } from './fleet.ts';
import { listed } from './words.ts';

/** Version of the control plane that serves its proxies; null when that is not known. */
function served({ mesh }: CheckView, { proxies }: Fleet): string | null {
  const [revision, ...others] = distinct(proxies.map((proxy) => proxy.connectedTo?.revision ?? proxy.revision));
  if (revision === undefined || others.length > 0) return null;
  return mesh.controlPlanes.find((plane) => plane.revision === revision && plane.replicas > 0)?.version ?? null;
}

/** Now. */
export const proxiesMatchTheirPlane: Check = {
  id: 'ML-D001',
  title: 'no proxy is newer than its control plane, nor more than two minors older',
  looksAt: 'Image tags of all running proxies, against the version of the control plane that they are connected to.',
  why: 'A proxy that does not know what its control plane sends rejects it: it keeps its old configuration, and one that restarts never gets ready.',
  remedy: 'Restart the workloads onto the version of their control plane before it is upgraded.',
  source: 'istio.io docs/setup/upgrade/canary; istio/istio issues 34164, 44328, 40504',
  severities: ['warns'],
  needs: ['pods', 'deployments'],
  pains: ['P03', 'P58'],
  run: (view) => {
    const all = fleets(view);
    const unknown = all.filter(({ proxies }) => proxies.every(({ version }) => version === null));
    const wrong = all.flatMap((fleet): Trouble[] => {
      const plane = served(view, fleet);
      if (plane === null) return [];
      const strange = fleet.proxies.filter(({ version }) => version !== null && skew(plane, version) !== 'ok');
      const versions = distinct(strange.map(({ version }) => version)).filter((one) => skew(plane, one) !== 'unknown');
      const [first] = versions;
      if (first === undefined) return [];
      const how = skew(plane, first) === 'too-new' ? 'newer than' : 'more than two minors older than';
      const text = `${versions.join(' and ')}, ${how} their control plane (${plane})`;
      return [{ fleet, text, count: strange.length }];
    });
    return [
      ...together(wrong).map(({ object, text, first, whose }): Finding => ({
        ...{ severity: 'warns', object, field: 'spec.containers[istio-proxy].image', value: text.split(',')[0] ?? '' },
        message: `Out of step are ${whose}: they are ${text}.`,
        why: 'They may reject what it sends, and Istio does not support the pair: one that restarts may not get ready.',
        remedy: restart(first),
      })),
      ...unknown.map((fleet): Unseen => ({
        object: objectOf(fleet),
        unseen: 'The image of its proxy names no version, and no control plane told one.',
      })),
    ];
  },
};

/** The hop that a proxy meets without being restarted, or after a restart that keeps its image. */
function met(view: CheckView, fleet: Fleet): { readonly plane: string; readonly proxies: readonly string[] } | null {
  const { target } = view;
  const first = target?.hops[0]?.to;
  const last = target?.hops.at(-1)?.to;
  if (target === null || first === undefined || last === undefined) return null;
  const kept = keptVersion(view, fleet);
  if (kept !== null && !isManaged(view, fleet)) return { plane: last, proxies: [kept] };
  // By revision nobody meets the new control plane but new proxies.
  if (target.strategy === 'revision') return null;
  return { plane: first, proxies: distinct(fleet.proxies.map(({ version }) => version)) };
}

// istiod and istioctl write the image of these anew with every version.
function isManaged({ look, mesh }: CheckView, { workload }: Fleet): boolean {
  const fact = look.workloadFact(workload);
  if (fact?.meta.labels[managedKey] !== undefined) return true;
  return mesh.gateways.some(
    ({ form, namespace, name }) => form === 'legacy' && namespace === workload.namespace && name === workload.name,
  );
}

/** On the way. */
export const proxiesSurviveTheWay: Check = {
  id: 'ML-D002',
  title: 'no proxy is too old for the control plane that the upgrade gives it',
  looksAt:
    'Versions of proxies against the hops: in place of all of them against the first hop; by revision of those whose template names an image against the last.',
  why: 'Istio serves proxies up to two minors older. Older ones reject what they get: running ones freeze, and ones that restart never get ready.',
  remedy: 'Restart them onto the version that runs, or unpin their image, before the upgrade.',
  source: 'istio.io docs/setup/upgrade/canary; istio/istio issues 34164, 40504, 33341',
  severities: ['blocks'],
  needs: ['pods', 'deployments', 'target'],
  pains: ['P03', 'P05', 'P58', 'P59'],
  run: (view) => {
    const troubles = fleets(view).flatMap((fleet): Trouble[] => {
      const meeting = met(view, fleet);
      const old = meeting?.proxies.filter((version) => skew(meeting.plane, version) === 'too-old') ?? [];
      if (meeting === null || old.length === 0) return [];
      const text = `${old.join(' and ')}, more than two minors older than ${meeting.plane}, which will serve them`;
      return [{ fleet, text, count: fleet.proxies.length }];
    });
    return together(troubles).map(({ object, text, first, whose }): Finding => ({
      ...{ severity: 'blocks', object, field: 'spec.containers[istio-proxy].image', value: text.split(',')[0] ?? '' },
      message: `Too old are ${whose}: they are ${text}.`,
      why: 'They may reject its configuration: running ones freeze, one that restarts never gets ready.',
      remedy:
        keptVersion(view, first) === null
          ? restart(first)
          : `Take the image out of its template (or raise it), then: ${restart(first)}`,
    }));
  },
};

// Detectors of the pairs that are built in; a pair of a knowledge file concerns all proxies.
const concerns: Readonly<Record<string, (view: CheckView, fleet: Fleet) => boolean>> = {
  'hashable-string-rejected': ({ look }, { workload, proxies }) =>
    workload.role === 'waypoint' ||
    proxies.some(
      ({ namespace, pod }) => look.pod(namespace, pod)?.meta.labels['networking.istio.io/tunnel'] === 'http',
    ),
  'access-log-operator-rejected': ({ mesh }) =>
    mesh.controlPlanes.some(({ meshConfig }) => meshConfig?.['accessLogEncoding'] === 'JSON'),
  'access-log-rejected-since-1-24': ({ facts, mesh }) =>
    mesh.controlPlanes.some(({ meshConfig }) => (meshConfig?.['accessLogFile'] ?? '') !== '') ||
    facts.telemetries.items.some(({ spec }) => spec['accessLogging'] !== undefined),
};

interface Met extends Trouble {
  readonly pair: BadPair;
}

/** Known bad pairs. */
export const noKnownBadPair: Check = {
  id: 'ML-D003',
  title: 'no proxy will be served by a control plane that is known to break it',
  looksAt:
    'Pairs of versions of proxy and control plane that are known to fail, down to the patch, against the proxies that meet a new control plane unrestarted or with a pinned image, and what each pair needs (HBONE listeners, JSON access logs).',
  why: 'Within the supported skew, single patches broke older proxies: they rejected listeners, or answered 503 to proxies of the other version.',
  remedy: 'Choose the patch that mends it; the finding names it.',
  source: 'istio/istio issues 60486, 60505, 29427, 30437',
  severities: ['blocks', 'warns'],
  needs: ['pods', 'deployments', 'target'],
  pains: ['P03', 'P66'],
  run: (view) => {
    const all = fleets(view).flatMap((fleet): Met[] => {
      const meeting = met(view, fleet);
      if (meeting === null) return [];
      const pairs = meeting.proxies.flatMap((version) => pairsBetween(version, meeting.plane, view.knowledge));
      const text = `${meeting.proxies.join(' and ')}, and ${meeting.plane} will serve them`;
      return [...new Set(pairs)]
        .filter((pair) => pair.between === 'proxy-control-plane' && (concerns[pair.id]?.(view, fleet) ?? true))
        .map((pair) => ({ pair, fleet, text, count: fleet.proxies.length }));
    });
    return [...groupBy(all, ({ pair }) => pair)].flatMap(([pair, troubles]) =>
      together(troubles).map(({ object, text, whose }): Finding => ({
        ...{ severity: pair.severity === 'high' ? 'blocks' : 'warns', object },
        ...{ field: 'spec.containers[istio-proxy].image', value: text.split(',')[0] ?? '' },
        message: `${pair.title}: ${whose} are ${text}.`,
        ...{ why: pair.effect, remedy: pair.remedy, source: pair.source },
      })),
    );
  },
};

/** Old and new side by side. */
export const restartsWereFinished: Check = {
  id: 'ML-D004',
  title: 'all proxies of a workload are of one version',
  looksAt: 'Image tags of the running proxies of every workload.',
  why: 'Its last rollout is under way or stopped half-way: what it waits for then, an upgrade waits for too.',
  remedy: 'Let the rollout end, or restart the workload, before the upgrade.',
  source: 'istio/istio issue 17623 (why IST0105 and IST0158 exist)',
  severities: ['informs'],
  needs: ['pods'],
  pains: ['P05'],
  run: (view) =>
    fleets(view).flatMap((fleet): Finding[] => {
      const versions = distinct(fleet.proxies.map(({ version }) => version)).toSorted(compareVersions);
      const [oldest, ...more] = versions;
      if (oldest === undefined || more.length === 0) return [];
      const old = fleet.proxies.filter(({ version }) => version === oldest).map(({ pod }) => pod);
      return [
        {
          ...{ severity: 'informs', object: objectOf(fleet), field: 'spec.containers[istio-proxy].image' },
          value: versions.join(', '),
          message: `Of its ${plural(fleet.proxies.length, 'proxy', 'proxies')} ${String(old.length)} ${old.length === 1 ? 'is' : 'are'} still ${oldest}: ${listed(old)}.`,
          why: 'A rollout is under way, or it stopped half-way.',
          remedy: restart(fleet),
        },
      ];
    }),
};
