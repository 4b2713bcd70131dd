/** Versions that are known to fail together, on the way that this upgrade takes. */
import type { BadPair, PairKind } from '../../../knowledge/model.ts';
import { pairsBetween } from '../../../knowledge/pairs.ts';
import type { Check, CheckView, Finding, FoundObject, Unseen } from '../../check.ts';
import { object } from './exposure.ts';
import { planeOf } from './theme.ts';

/** What shows that a mesh is one of those that a pair hurts; null: it can't be told, so it counts. */
type Touched = (view: CheckView) => boolean | null;

const hasManaged: Touched = ({ facts, mesh }) =>
  facts.gateways.unread === null
    ? mesh.gateways.some(({ form }) => form === 'gateway-api' || form === 'waypoint')
    : null;

const byOwner =
  (kind: 'helm' | 'istioctl'): Touched =>
  ({ mesh }) =>
    mesh.controlPlanes.some(({ owner }) => owner.kind === kind || owner.kind === 'mixed' || owner.kind === 'unknown');

const touched: Readonly<Record<string, Touched>> = {
  'old-istiod-empties-gateways': (view) => (view.target?.strategy === 'revision' ? hasManaged(view) : false),
  'managed-gateway-selector-immutable': hasManaged,
  'default-tag-not-default': (view) =>
    view.mesh.defaultRevision.byTag !== null && view.mesh.defaultRevision.byInjector === null
      ? hasUnlabelledGateway(view)
      : false,
  'tls-routes-ignored-by-1-29-2': ({ facts }) =>
    hasAny(facts.routes.unread, facts.routes.items, ({ kind }) => kind === 'TLSRoute'),
  'access-log-operator-rejected': ({ mesh }) =>
    mesh.controlPlanes.some(({ meshConfig }) => meshConfig?.['accessLogEncoding'] === 'JSON'),
  'hashable-string-rejected': ({ mesh }) =>
    mesh.components.ztunnel !== null || mesh.gateways.some(({ form }) => form === 'waypoint'),
  'istioctl-1-24-0-hangs': byOwner('istioctl'),
  'reuse-values-across-1-24': byOwner('helm'),
  'server-side-apply-conflict': ({ facts }) =>
    hasAny(
      facts.deliveries.unread,
      facts.deliveries.items,
      ({ serverSideApply, kind }) => serverSideApply || kind === 'HelmRelease',
    ),
  'stored-versions-block-downgrade': () => true,
};

function hasUnlabelledGateway({ facts }: CheckView): boolean | null {
  return hasAny(
    facts.gateways.unread,
    facts.gateways.items,
    ({ meta, manual }) => !manual && meta.labels['istio.io/rev'] === undefined,
  );
}

function hasAny<T>(unread: string | null, items: readonly T[], is: (item: T) => boolean): boolean | null {
  return items.some(is) || (unread === null ? false : null);
}

interface Met {
  readonly pair: BadPair;
  readonly from: string;
  readonly to: string;
}

function metPairs(view: CheckView, kind: PairKind, sources: (from: string) => readonly string[]): readonly Met[] {
  const hops = view.target?.hops ?? [];
  const found = hops.flatMap(({ from, to }) =>
    sources(from).flatMap((source) =>
      pairsBetween(source, to, view.knowledge)
        .filter(({ between }) => between === kind)
        .map((pair): Met => ({ pair, from: source, to })),
    ),
  );
  const seen = new Set<string>();
  return found.filter(({ pair }) => !seen.has(pair.id) && seen.add(pair.id));
}

function report({ pair, from, to }: Met, view: CheckView, place: FoundObject): readonly (Finding | Unseen)[] {
  const hurts = Object.hasOwn(touched, pair.id) ? (touched[pair.id]?.(view) ?? null) : null;
  if (hurts === false) return [];
  const sure = hurts === true && pair.severity === 'high' && pair.between !== 'installer';
  return [
    {
      ...{ severity: sure ? 'blocks' : 'warns', object: place, field: '', value: `${from} → ${to}` },
      message: `From ${from} to ${to}: ${pair.title}. It hurts ${pair.affected}.`,
      why: pair.effect,
      remedy: pair.remedy,
      source: pair.source,
    },
  ];
}

/** The move itself is known to be bad. */
export const moveIsSound: Check = {
  id: 'ML-V014',
  title: 'no hop is between versions that are known to fail together',
  looksAt:
    'Versions of every hop and of the proxies that run, against the pairs of versions that are known to fail, where this mesh has what they break.',
  why: 'Some patch releases break gateways, proxies or installations of exactly one other line. The fix often has to be in the version that is left.',
  remedy: 'Take another patch, or bring the version that is left to a fixed one first.',
  source: 'meshlift knowledge, pairs',
  severities: ['blocks', 'warns'],
  needs: ['target', 'deployments'],
  pains: ['P02', 'P03', 'P08', 'P21', 'P33', 'P66'],
  run: (view) => {
    const proxies = [...new Set(view.mesh.proxies.filter(({ running }) => running).map(({ version }) => version))];
    const known = proxies.filter((version) => version !== null);
    const place = planeOf(view);
    const mesh = object('Cluster', { namespace: '', name: 'kubernetes' });
    return [
      ...metPairs(view, 'control-planes', (from) => [from]).flatMap((met) => report(met, view, place)),
      ...metPairs(view, 'installer', (from) => [from]).flatMap((met) => report(met, view, place)),
      ...metPairs(view, 'proxy-control-plane', () => known).flatMap((met) => report(met, view, mesh)),
    ];
  },
};
