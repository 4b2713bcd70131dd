/** Versions that are known to fail together, on the way that this upgrade takes. */
import type { BadPair, PairKind } from '../../../knowledge/model.ts';
import { pairsBetween } from '../../../knowledge/pairs.ts';
import type { Check, CheckView, Finding } from '../../check.ts';
import { legsOf, planeOf } from './theme.ts';

/** What shows that a mesh is one of those that a pair hurts; null: it can't be told, so it counts. */
type Touched = (view: CheckView) => boolean | null;

const byOwner =
  (kind: 'helm' | 'istioctl'): Touched =>
  ({ mesh }) =>
    mesh.controlPlanes.some(({ owner }) => owner.kind === kind || owner.kind === 'mixed' || owner.kind === 'unknown');

const touched: Readonly<Record<string, Touched>> = {
  'default-tag-not-default': (view) =>
    view.mesh.defaultRevision.byTag !== null && view.mesh.defaultRevision.byInjector === null
      ? hasUnlabelledGateway(view)
      : false,
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

// Checks of gateways and of CRDs tell of these, with the objects that they break.
const toldElsewhere: ReadonlySet<string> = new Set([
  ...['old-istiod-empties-gateways', 'managed-gateway-selector-immutable', 'tls-routes-ignored-by-1-29-2'],
]);
const kinds: ReadonlySet<PairKind> = new Set<PairKind>(['control-planes', 'installer']);

interface Met {
  readonly pair: BadPair;
  readonly from: string;
  readonly to: string;
}

function metPairs(view: CheckView): readonly Met[] {
  const found = legsOf(view).flatMap(({ from, to }) =>
    pairsBetween(from, to, view.knowledge)
      .filter(({ between, id }) => kinds.has(between) && !toldElsewhere.has(id))
      .map((pair): Met => ({ pair, from, to })),
  );
  const seen = new Set<string>();
  return found.filter(({ pair }) => !seen.has(pair.id) && seen.add(pair.id));
}

function report({ pair, from, to }: Met, view: CheckView): readonly Finding[] {
  const hurts = Object.hasOwn(touched, pair.id) ? (touched[pair.id]?.(view) ?? null) : null;
  if (hurts === false) return [];
  const sure = hurts === true && pair.severity === 'high' && pair.between !== 'installer';
  return [
    {
      ...{ severity: sure ? 'blocks' : 'warns', object: planeOf(view), field: '', value: `${from} → ${to}` },
      message: `From ${from} to ${to}: ${pair.title}. It hurts ${pair.affected}.`,
      why: `What happens: ${pair.effect}`,
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
    'Versions of every hop, against the pairs of control planes and of installers that are known to fail, where this mesh has what they break. Pairs of proxies and control planes are ML-D003, those of nodes ML-A017.',
  why: 'Some patch releases break gateways or installations of exactly one other line. The fix often has to be in the version that is left.',
  remedy: 'Take another patch, or bring the version that is left to a fixed one first.',
  source: 'meshlift knowledge, pairs',
  severities: ['blocks', 'warns'],
  needs: ['target', 'deployments'],
  pains: ['P08', 'P21'],
  run: (view) => metPairs(view).flatMap((met) => report(met, view)),
};
