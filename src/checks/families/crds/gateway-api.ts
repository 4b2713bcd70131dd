/** The bundle of the Gateway API against what each istiod reads of it. */
import { pairsBetween } from '../../../knowledge/pairs.ts';
import { compareVersions } from '../../../mesh/versions.ts';
import { groupBy } from '../../../mesh/group.ts';
import type { ControlPlane } from '../../../mesh/control-plane-model.ts';
import type { Check, CheckView, Finding, Unseen } from '../../check.ts';
import { bundleKey, crdObject, gatewayGroup, ofGatewayApi, served } from './definitions.ts';

/** A kind that istiod reads only from some bundles (pkg/config/schema/gatewayapi, pkg/kube/kclient/crdwatcher.go). */
interface Kind {
  readonly kind: string;
  readonly plural: string;
  /** First Istio with the minimum, and the minimum; istiod ignores older CRDs, and those without the annotation. */
  readonly since: string;
  readonly minimum: string;
  /** Newest bundle that an Istio below `since` can read; null: any. */
  readonly maximumBefore: string | null;
  /** Below `since` only with PILOT_ENABLE_ALPHA_GATEWAY_API. */
  readonly alphaBefore: boolean;
}

const kinds: readonly Kind[] = [
  {
    kind: 'GRPCRoute',
    plural: 'grpcroutes',
    since: '1.24.0',
    minimum: '1.1.0',
    maximumBefore: null,
    alphaBefore: false,
  },
  {
    ...{ kind: 'BackendTLSPolicy', plural: 'backendtlspolicies', since: '1.28.0', minimum: '1.4.0' },
    ...{ maximumBefore: null, alphaBefore: true },
  },
  {
    ...{ kind: 'TLSRoute', plural: 'tlsroutes', since: '1.30.0', minimum: '1.5.0' },
    ...{ maximumBefore: '1.4.1', alphaBefore: true },
  },
  { kind: 'TCPRoute', plural: 'tcproutes', since: '1.31.0', minimum: '1.6.0', maximumBefore: null, alphaBefore: true },
];

/** Why an istiod of a version does not read a kind from a bundle ('' without annotation); null when it does. */
function whyNot({ since, minimum, maximumBefore }: Kind, version: string, bundle: string): string | null {
  if (compareVersions(version, since) >= 0) {
    if (bundle === '') return `it ignores CRDs without annotation ${bundleKey}`;
    return compareVersions(bundle, minimum) < 0 ? `it needs ${minimum} or later` : null;
  }
  if (maximumBefore === null || bundle === '' || compareVersions(bundle, maximumBefore) <= 0) return null;
  return `it can read ${maximumBefore} at most`;
}

/** The same, with the patches that take 1.4.0 for the newest bundle of TLSRoute that they can read. */
function unreadable({ knowledge }: CheckView, kind: Kind, version: string, bundle: string): string | null {
  const misjudges = kind.kind === 'TLSRoute' && pairsBetween(version, version, knowledge).some(isTlsPair);
  if (misjudges && compareVersions(bundle || '0', '1.4.0') > 0) return misjudged;
  return whyNot(kind, version, bundle);
}

const misjudged = 'it can read 1.4.0 at most';

function isTlsPair({ id }: { readonly id: string }): boolean {
  return id === 'tls-routes-ignored-by-1-29-2';
}

function bundleOf(view: CheckView, plural: string): string | null {
  const crd = view.facts.crds.items.find(({ meta }) => meta.name === `${plural}.${gatewayGroup}`);
  return crd === undefined ? null : (crd.meta.annotations[bundleKey] ?? '').replace(/^v/, '');
}

/** How many objects there are; null when they were not read. */
function objects({ facts }: CheckView, { kind }: Kind): number | null {
  const list = kind === 'BackendTLSPolicy' ? facts.gatewayPolicies : facts.routes;
  if (list.unread !== null) return null;
  return (list.items as readonly { readonly kind: string }[]).filter((one) => one.kind === kind).length;
}

/** Whether the kind works now, under that control plane. */
function works(view: CheckView, kind: Kind, plane: ControlPlane | undefined, bundle: string): boolean {
  if (plane === undefined || plane.version === null) return true;
  if (unreadable(view, kind, plane.version, bundle) !== null) return false;
  if (!kind.alphaBefore || compareVersions(plane.version, kind.since) >= 0) return true;
  return view.look.deploymentOf(plane)?.template.env['PILOT_ENABLE_ALPHA_GATEWAY_API'] === 'true';
}

const unreadWords = 'Whether there are objects of this kind was not read.';

/** The target does not read it any more, or not yet. */
export const targetReadsBundle: Check = {
  id: 'ML-X006',
  title: 'the target reads the routes and policies of the Gateway API that are in use',
  looksAt:
    'Annotation bundle-version of the CRDs of GRPCRoute, BackendTLSPolicy, TLSRoute and TCPRoute, where there are objects, against the least and greatest bundle of the target.',
  why: 'istiod ignores CRDs of too old a bundle without a word to the user: TLS passthrough dies with attachedRoutes 0. For TLSRoute no bundle suits both: up to 1.29 at most 1.4.1, from 1.30 at least 1.5.0.',
  remedy: 'Bring the bundle to what the target needs, before istiod when the old one reads it too.',
  source: 'istio/istio.io issue 17394; istio/istio issues 60357, 59949, 59387; minimumversions.go',
  severities: ['blocks', 'informs'],
  needs: ['crds', 'target'],
  pains: ['P11'],
  run: (view) => {
    const { target, mesh } = view;
    if (target === null) return [];
    const old = mesh.controlPlanes.find(({ revision }) => revision === target.fromRevision);
    return kinds.flatMap((kind): (Finding | Unseen)[] => {
      const bundle = bundleOf(view, kind.plural);
      if (bundle === null) return [];
      const why = unreadable(view, kind, target.version, bundle);
      const count = objects(view, kind);
      const object = crdObject(`${kind.plural}.${gatewayGroup}`);
      if (why === null || count === 0) return [];
      if (count === null) return [{ object, unseen: unreadWords }];
      const now = works(view, kind, old, bundle);
      const both =
        old?.version === undefined || old.version === null || whyNot(kind, old.version, kind.minimum) === null;
      return [
        {
          ...{
            severity: now ? 'blocks' : 'informs',
            object,
            field: `metadata.annotations[${bundleKey}]`,
            value: bundle,
          },
          message: `There are ${String(count)} ${kind.kind} of bundle ${bundle || '(unknown)'}, which istiod ${target.version} does not read: ${why}.`,
          why: now
            ? 'What they route or protect works now and stops when the gateways move to the new control plane.'
            : 'They have no effect now, and have none after the upgrade.',
          remedy: remedyOf(kind, { both, bad: why === misjudged, version: target.version }),
        },
      ];
    });
  },
};

interface Way {
  /** One bundle suits both control planes. */
  readonly both: boolean;
  /** The target is a patch that misjudges the bundle. */
  readonly bad: boolean;
  readonly version: string;
}

function remedyOf({ kind, minimum, maximumBefore, since }: Kind, { both, bad, version }: Way): string {
  if (bad) return 'Take 1.28.7, 1.29.3 or later as the target';
  if (compareVersions(version, since) < 0)
    return `Go back to bundle ${maximumBefore ?? minimum}, or take ${since} or later as the target`;
  const apply = `kubectl apply --server-side -f experimental-install.yaml of Gateway API v${minimum}`;
  if (both) return `${apply}, before the upgrade: the control plane that runs reads it too`;
  return `No bundle suits both control planes: serve these hosts by a networking.istio.io Gateway (tls PASSTHROUGH) with a VirtualService first, upgrade, then ${apply}, then go back to ${kind}`;
}

/** What runs does not read it. */
export const presentReadsBundle: Check = {
  id: 'ML-X008',
  title: 'the control planes that run read the routes and policies of the Gateway API that are in use',
  looksAt:
    'Annotation bundle-version of the same CRDs, where there are objects, against every control plane with proxies.',
  why: 'Somebody brought the bundle forward before istiod: these routes do not work now. After the upgrade they come to life, which is a change too, or stay dead and are blamed on it.',
  remedy: 'The bundle that the control plane reads, or the upgrade at once.',
  source: 'istio/istio issues 59443, 59387; crdwatcher.go',
  severities: ['warns'],
  needs: ['crds', 'deployments'],
  pains: ['P11'],
  run: (view) =>
    kinds.flatMap((kind): (Finding | Unseen)[] => {
      const bundle = bundleOf(view, kind.plural);
      const count = objects(view, kind);
      const object = crdObject(`${kind.plural}.${gatewayGroup}`);
      if (bundle === null || count === 0) return [];
      const dead = view.mesh.controlPlanes.flatMap(({ version, revision }) => {
        const why = version === null ? null : unreadable(view, kind, version, bundle);
        return why === null || version === null ? [] : [{ version, revision, why }];
      });
      const [first] = dead;
      if (first === undefined) return [];
      if (count === null) return [{ object, unseen: unreadWords }];
      return [
        {
          ...{ severity: 'warns', object, field: `metadata.annotations[${bundleKey}]`, value: bundle },
          message: `Revision ${first.revision} (${first.version}) does not read the ${String(count)} ${kind.kind} of bundle ${bundle || '(unknown)'}: ${first.why}.`,
          why: 'They have no effect on its proxies, before the upgrade already.',
          remedy: `kubectl get ${kind.plural} -A -o jsonpath='{..status.parents}' shows what works; then a bundle that ${first.version} reads, or the upgrade at once`,
        },
      ];
    }),
};

/** Grants that the target does not see. */
export const grantsAreServed: Check = {
  id: 'ML-X011',
  title: 'ReferenceGrants are served as v1 before istiod reads only that',
  looksAt:
    'spec.versions[].served of the CRD of ReferenceGrant, where there are objects and the target is 1.30 or later.',
  why: 'istiod 1.30 reads TLSRoute and ReferenceGrant as v1 only, which came with bundle 1.5. Without its grant a Gateway loses certificates and backends of other namespaces.',
  remedy: 'Bring the bundle to 1.5 or later, or test on the new revision with one Gateway first.',
  source: 'istio/istio.io issue 17394',
  severities: ['warns'],
  needs: ['crds', 'gatewayPolicies', 'target'],
  pains: ['P11'],
  run: (view) => {
    const name = `referencegrants.${gatewayGroup}`;
    const crd = view.facts.crds.items.find(({ meta }) => meta.name === name);
    const count = view.facts.gatewayPolicies.items.filter(({ kind }) => kind === 'ReferenceGrant').length;
    const { target } = view;
    if (target === null || crd === undefined || count === 0) return [];
    if (compareVersions(target.version, '1.30.0') < 0 || served(crd).includes('v1')) return [];
    return [
      {
        ...{ severity: 'warns', object: crdObject(name), field: 'spec.versions', value: served(crd).join(', ') },
        message: `There are ${String(count)} ReferenceGrants, which are not served as v1, and istiod ${target.version} reads v1.`,
        why: 'Gateways may lose certificates and backends of other namespaces when they move.',
        remedy:
          'kubectl apply --server-side -f standard-install.yaml of Gateway API v1.5.0, after ML-X006 and ML-X008 say that what runs reads it',
      },
    ];
  },
};

/** Pieces of several bundles. */
export const bundleIsOne: Check = {
  id: 'ML-X012',
  title: 'all CRDs of the Gateway API are of one bundle',
  looksAt: 'Annotation bundle-version of all CRDs of gateway.networking.k8s.io.',
  why: 'istiod judges each kind by the annotation of its own CRD. A bundle that was applied in part, or by two tools, gives kinds that work and kinds that are ignored, side by side.',
  remedy: 'Apply one bundle whole.',
  source: 'istio/istio issue 57834; Gateway API documentation, Versioning',
  severities: ['warns'],
  needs: ['crds'],
  pains: ['P11'],
  run: (view) => {
    const bundles = groupBy(ofGatewayApi(view), ({ meta }) => meta.annotations[bundleKey] ?? '(none)');
    if (bundles.size < 2) return [];
    const words = [...bundles].map(
      ([bundle, crds]) => `${bundle} (${crds.map(({ meta }) => meta.name.split('.')[0]).join(', ')})`,
    );
    return [
      {
        ...{ severity: 'warns', object: crdObject(`*.${gatewayGroup}`), field: `metadata.annotations[${bundleKey}]` },
        value: [...bundles.keys()].join(', '),
        message: `The CRDs are of several bundles: ${words.join('; ')}.`,
        why: 'Some kinds are read and others ignored by the same istiod, and the next upgrade decides which.',
        remedy:
          'kubectl apply --server-side --force-conflicts -f standard-install.yaml (or experimental-install.yaml) of one version of the Gateway API that ML-X006 accepts',
      },
    ];
  },
};
