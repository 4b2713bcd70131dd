/** Whether the API server serves what istiod reads, and stores what the target's CRDs know. */
import { compareVersions } from '../../../mesh/versions.ts';
import type { CrdFact } from '../../../mesh/facts.ts';
import { minorOf } from '../../../knowledge/versions.ts';
import type { Check, Finding } from '../../check.ts';
import {
  applyAll,
  crdObject,
  istioCrds,
  ofGatewayApi,
  ofIstio,
  otherCrds,
  releaseOf,
  served,
  withV1,
} from './definitions.ts';

/** istiod reads v1 only. */
export const v1IsServed: Check = {
  id: 'ML-X001',
  title: 'the CRDs of Istio serve v1 before istiod reads nothing else',
  looksAt: 'spec.versions[].served of the CRDs that have a v1, for a target of 1.24 or later.',
  why: 'istiod 1.24 and later read v1. CRDs of 1.21 and older do not have it: the new istiod sees no VirtualService at all, and is not ready or serves an empty mesh.',
  remedy: 'Apply the CRDs of the target first; older control planes work with them.',
  source: 'istio/istio releasenotes/notes/v1-read-crd.yaml',
  severities: ['blocks', 'informs'],
  needs: ['crds', 'target'],
  pains: ['P09'],
  run: (view) => {
    const { target } = view;
    if (target === null || compareVersions(target.version, '1.24.0') < 0) return [];
    return ofIstio(view)
      .filter((crd) => withV1.includes(crd.meta.name) && crd.versions.length > 0 && !served(crd).includes('v1'))
      .map((crd): Finding => {
        const byHelm = releaseOf(crd) !== null;
        return {
          ...{ severity: byHelm ? 'informs' : 'blocks', object: crdObject(crd.meta.name) },
          ...{ field: 'spec.versions', value: served(crd).join(', ') },
          message: `It does not serve v1, which istiod ${target.version} reads.`,
          why: byHelm
            ? 'The base chart of the target brings v1; istiod must not come before it.'
            : 'The new istiod does not see any of its objects.',
          remedy: byHelm ? 'Nothing: upgrade the base chart before istiod, as the plan does' : applyAll(target.version),
        };
      });
  },
};

/** Not a working API. */
export const crdsAreEstablished: Check = {
  id: 'ML-X004',
  title: 'every CRD of Istio and of the Gateway API is established and stays',
  looksAt: 'Conditions Established and Terminating.',
  why: 'A CRD that is being deleted takes all objects of its kind along, and refuses new ones; one that is not established is not served. istiod waits for it and gets ready only when it is.',
  remedy: 'Save its objects, find out what deletes it, and apply the CRD again.',
  source: 'Kubernetes documentation, CustomResourceDefinition, finalizers and conditions',
  severities: ['blocks'],
  needs: ['crds'],
  pains: ['P09'],
  run: (view) =>
    [...ofIstio(view), ...ofGatewayApi(view)]
      .filter(({ established, terminating }) => terminating || established === false)
      .map(({ meta, terminating }): Finding => ({
        ...{ severity: 'blocks', object: crdObject(meta.name) },
        ...{ field: `status.conditions[${terminating ? 'Terminating' : 'Established'}]`, value: String(terminating) },
        message: terminating
          ? 'It is being deleted, with all objects of its kind.'
          : 'It is not established, so it is not served.',
        why: terminating
          ? 'All configuration of its kind is gone when that is done.'
          : 'Every control plane waits for it, and the new one does not get ready.',
        remedy: terminating
          ? `kubectl get ${meta.name} -A -o yaml > ${meta.name}.yaml at once; then find its finalizers: kubectl get crd ${meta.name} -o jsonpath='{.metadata.finalizers}'`
          : `kubectl get crd ${meta.name} -o jsonpath='{.status.conditions}'`,
      })),
};

/** Which version of a kind each minor of Istio brings: v1 came with 1.22. */
function unknownTo(version: string, { meta, storedVersions }: CrdFact): readonly string[] {
  if (compareVersions(version, '1.22.0') >= 0 || /^(authorization|requestauth)/.test(meta.name)) return [];
  return storedVersions.filter((stored) => stored === 'v1' && withV1.includes(meta.name));
}

/** The way down is shut. */
export const storedVersionsAreKnown: Check = {
  id: 'ML-X005',
  title: 'the CRDs of the target know every version that is stored',
  looksAt: 'status.storedVersions of the CRDs of Istio, against the versions that those of the target have.',
  why: 'The API server refuses a CRD that lacks a stored version: status.storedVersions[1] must appear in spec.versions. A downgrade that brings older CRDs stops there, half-way.',
  remedy: 'Keep the newer CRDs: older control planes work with them. Never downgrade the base chart.',
  source: 'istio/istio issue 20861; Kubernetes documentation, Versions in CustomResourceDefinitions',
  severities: ['blocks'],
  needs: ['crds', 'target'],
  pains: ['P57'],
  run: (view) => {
    const { target } = view;
    if (target === null) return [];
    const hit = ofIstio(view).filter((crd) => unknownTo(target.version, crd).length > 0);
    const [first] = hit;
    if (first === undefined) return [];
    return [
      {
        ...{ severity: 'blocks', object: crdObject(first.meta.name), field: 'status.storedVersions' },
        value: first.storedVersions.join(', '),
        message: `Objects of ${String(hit.length)} kinds are stored as v1, which the CRDs of ${target.version} do not have.`,
        why: 'The API server refuses the older CRDs, and the installation stops there.',
        remedy: `Leave the CRDs as they are: istioctl install or helm upgrade of istiod ${target.version} without its base chart (Helm: --set base.enableCRDTemplates=false; istioctl: --set components.base.enabled=false)`,
      },
    ];
  },
};

/** Kinds that are not there. */
export const crdsAreComplete: Check = {
  id: 'ML-X007',
  title: 'all CRDs of Istio are installed',
  looksAt: 'Names of the CRDs, against those that every Istio since 1.18 has, while a control plane runs.',
  why: 'istiod does not serve what it cannot list, and nobody can write it. Mostly it is a base chart that was never upgraded, or CRDs that a GitOps tool pruned.',
  remedy: 'Apply the CRDs of the version that runs, or of the target.',
  source: 'manifests/charts/base/files/crd-all.gen.yaml in istio/istio',
  severities: ['warns'],
  needs: ['crds', 'deployments'],
  pains: ['P09'],
  run: (view) => {
    const [plane] = view.mesh.controlPlanes;
    const present = new Set(view.facts.crds.items.map(({ meta }) => meta.name));
    const missing = [...istioCrds, ...otherCrds].filter((name) => !present.has(name));
    if (plane === undefined || missing.length === 0) return [];
    const version = view.target?.version ?? plane.version ?? 'VERSION';
    return [
      {
        ...{ severity: 'warns', object: crdObject('*.istio.io'), field: 'metadata.name', value: '' },
        message: `${String(missing.length)} CRDs of Istio are missing: ${missing.slice(0, 5).join(', ')}.`,
        why: 'Nothing of these kinds can be stored, and whoever needs them is not served.',
        remedy: applyAll(version),
      },
    ];
  },
};

/** Older than what reads them. */
export const crdsAreNotOlder: Check = {
  id: 'ML-X010',
  title: 'the CRDs of Istio are at least of the minor of the newest control plane',
  looksAt:
    'Labels helm.sh/chart and app.kubernetes.io/version of the CRDs or the default validator, against the versions that run.',
  why: 'Helm below 1.24 never upgraded CRDs. Fields that they do not know are dropped from every object that is written, in silence: what users set has no effect.',
  remedy: 'Upgrade the base chart, or apply the CRDs, before istiod.',
  source: 'istio/istio issue 43204; istio.io, Upgrade with Helm',
  severities: ['warns'],
  needs: ['crds', 'deployments'],
  pains: ['P09'],
  run: ({ mesh }) => {
    const version = mesh.components.base?.version ?? null;
    const planes = mesh.controlPlanes.flatMap((plane) => plane.version ?? []).toSorted(compareVersions);
    const newest = planes.at(-1);
    if (version === null || newest === undefined) return [];
    const [have, want] = [minorOf(version), minorOf(newest)];
    if (have === null || want === null || compareVersions(have, want) >= 0) return [];
    return [
      {
        ...{ severity: 'warns', object: crdObject('*.istio.io') },
        ...{ field: 'metadata.labels[app.kubernetes.io/version]', value: version },
        message: `The CRDs are of ${version}, but istiod ${newest} runs.`,
        why: 'New fields are dropped from every object that is written, without a word.',
        remedy: `helm upgrade istio-base istio/base -n istio-system --version ${newest} --reset-then-reuse-values, or: ${applyAll(newest)}`,
      },
    ];
  },
};
