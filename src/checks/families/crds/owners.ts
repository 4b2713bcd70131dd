/** Who holds the CRDs: the tool that upgrades them must. */
import { compareVersions } from '../../../mesh/versions.ts';
import { groupBy } from '../../../mesh/group.ts';
import type { CrdFact } from '../../../mesh/facts.ts';
import type { Check, CheckView, Finding } from '../../check.ts';
import { crdObject, ofIstio, releaseOf } from './definitions.ts';

/** Release of the base chart: of the default validator, else the one that holds most CRDs; else the usual name. */
function baseRelease({ facts }: CheckView, crds: readonly CrdFact[]): readonly [namespace: string, name: string] {
  const validator = facts.validatingWebhooks.items.find(({ meta }) => meta.name === 'istiod-default-validator');
  const annotations = validator?.meta.annotations ?? {};
  const named = annotations['meta.helm.sh/release-name'];
  // A default tag of istiod's chart makes the same validator.
  if (named !== undefined && validator?.meta.labels['helm.sh/chart']?.startsWith('base-')) {
    return [annotations['meta.helm.sh/release-namespace'] ?? 'istio-system', named];
  }
  const held = [...groupBy(crds, releaseOf)].filter(([release]) => release !== null);
  const [most] = held.toSorted(([, a], [, b]) => b.length - a.length);
  const [namespace = '', name = ''] = most?.[0]?.split('/') ?? [];
  return name === '' ? ['istio-system', 'istio-base'] : [namespace, name];
}

function byHelm(view: CheckView): boolean {
  const { mesh } = view;
  const base = mesh.components.base?.owner.kind;
  return base === 'helm' || mesh.controlPlanes.some(({ owner }) => owner.kind === 'helm');
}

/** Helm refuses to take them. */
export const helmHoldsCrds: Check = {
  id: 'ML-X002',
  title: 'Helm holds the CRDs of Istio before the base chart brings them',
  looksAt:
    'Annotations meta.helm.sh/release-name and label app.kubernetes.io/managed-by of the CRDs, for a target of 1.24 or later, where Helm holds a control plane.',
  why: 'Up to 1.23 CRDs came from crds/ or kubectl apply and belong to nobody. From 1.24 on they are templates of the base chart, and helm upgrade stops: "exists and cannot be imported into the current release: invalid ownership metadata".',
  remedy: 'Label and annotate them once, or helm upgrade --take-ownership (Helm 3.17 and later). Never delete them.',
  source: 'istio/istio issues 43204, 53318; istio.io, crd-upgrade-123',
  severities: ['blocks'],
  needs: ['crds', 'deployments', 'helmReleases', 'target'],
  pains: ['P09'],
  run: (view) => {
    const { target } = view;
    if (target === null || compareVersions(target.version, '1.24.0') < 0 || !byHelm(view)) return [];
    const crds = ofIstio(view);
    const free = crds.filter(
      (crd) => releaseOf(crd) === null || crd.meta.labels['app.kubernetes.io/managed-by'] !== 'Helm',
    );
    const [first] = free;
    if (first === undefined || target.from === target.version) return [];
    const [namespace, name] = baseRelease(view, crds);
    const all = `crd ${free.map(({ meta }) => meta.name).join(' ')}`;
    return [
      {
        ...{ severity: 'blocks', object: crdObject(first.meta.name) },
        ...{ field: 'metadata.annotations[meta.helm.sh/release-name]', value: releaseOf(first) ?? '' },
        message: `${String(free.length)} CRDs of Istio do not belong to a Helm release, though Helm holds the control plane.`,
        why: `Helm refuses to upgrade ${name}, and the new istiod would run with old CRDs.`,
        remedy: `kubectl label ${all} app.kubernetes.io/managed-by=Helm --overwrite && kubectl annotate ${all} meta.helm.sh/release-name=${name} meta.helm.sh/release-namespace=${namespace} --overwrite`,
      },
    ];
  },
};

/** Another release's. */
export const oneReleaseHoldsCrds: Check = {
  id: 'ML-X003',
  title: 'all CRDs of Istio belong to the release of the base chart',
  looksAt:
    'Annotations meta.helm.sh/release-name and release-namespace of the CRDs, against each other and the default validator.',
  why: 'helm upgrade stops at the first CRD of another release; and when that other release is uninstalled or upgraded, it takes the CRD, with all objects of its kind, or puts an older one in its place.',
  remedy: 'Annotate them for the release of the base chart, and take the CRDs out of the other one.',
  source: 'istio/istio issues 43204, 56294',
  severities: ['blocks'],
  needs: ['crds'],
  pains: ['P09', 'P10'],
  run: (view) => {
    const crds = ofIstio(view);
    const [namespace, name] = baseRelease(view, crds);
    const base = `${namespace}/${name}`;
    const strangers = [...groupBy(crds, releaseOf)].filter(([release]) => release !== null && release !== base);
    return strangers.map(([release, held]): Finding => {
      const all = `crd ${held.map(({ meta }) => meta.name).join(' ')}`;
      return {
        ...{ severity: 'blocks', object: crdObject(held[0]?.meta.name ?? '') },
        ...{ field: 'metadata.annotations[meta.helm.sh/release-name]', value: release ?? '' },
        message: `${String(held.length)} CRDs belong to Helm release ${release ?? ''}, not to ${base}.`,
        why: `Helm refuses to upgrade ${base}; and whoever removes ${release ?? ''} removes these kinds with all their objects.`,
        remedy: `kubectl annotate ${all} helm.sh/resource-policy=keep meta.helm.sh/release-name=${name} meta.helm.sh/release-namespace=${namespace} --overwrite`,
      };
    });
  },
};

/** Deleted together with its release. */
export const crdsAreKept: Check = {
  id: 'ML-X009',
  title: 'every CRD of Istio that Helm holds outlives its release',
  looksAt: 'Annotation helm.sh/resource-policy of CRDs with a Helm release.',
  why: 'Without keep, helm uninstall deletes the CRD and every object of its kind. That of WorkloadGroups lacked it from 1.24 to 1.28.1.',
  remedy: 'Annotate it: the upgrade never uninstalls the base release, but somebody may.',
  source: 'manifests/charts/base at the tags 1.24.0 to 1.28.2 of istio/istio',
  severities: ['informs'],
  needs: ['crds'],
  pains: ['P09'],
  run: (view) =>
    ofIstio(view)
      .filter((crd) => releaseOf(crd) !== null && crd.meta.annotations['helm.sh/resource-policy'] !== 'keep')
      .map((crd): Finding => ({
        ...{ severity: 'informs', object: crdObject(crd.meta.name) },
        ...{ field: 'metadata.annotations[helm.sh/resource-policy]', value: '' },
        message: `It is deleted when Helm release ${releaseOf(crd) ?? ''} is uninstalled.`,
        why: 'All objects of its kind are deleted with it.',
        remedy: `kubectl annotate crd ${crd.meta.name} helm.sh/resource-policy=keep`,
      })),
};
