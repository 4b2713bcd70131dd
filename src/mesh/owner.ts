/** Who manages an object, from signals that only that tool leaves. Unsure means `mixed` or `none`, never a guess. */
import type { HelmReleaseFact, MetaFact, Read } from './facts.ts';
import type { Owner } from './model-basics.ts';

const SAIL_KINDS = new Set(['Istio', 'IstioRevision', 'IstioRevisionTag', 'IstioCNI', 'ZTunnel']);
const MANAGED_BY = ['managed-by', 'app.kubernetes.io/managed-by'];
const FLUX_PREFIXES = ['helm.toolkit.fluxcd.io', 'kustomize.toolkit.fluxcd.io'];
const ISTIOCTL_LABELS: readonly (readonly [string, string | null])[] = [
  ['operator.istio.io/managed', 'Reconcile'],
  ['operator.istio.io/version', null],
];
const ARGO_LABEL = 'argocd.argoproj.io/instance';
const ARGO_TRACKING = 'argocd.argoproj.io/tracking-id';
const HELM_NAME = 'meta.helm.sh/release-name';
const HELM_NAMESPACE = 'meta.helm.sh/release-namespace';

/**
 * Owner of an object. A controller that reverts foreign changes (Sail, Argo CD, Flux) wins over the tool that it uses.
 * `app.kubernetes.io/managed-by: Helm` proves nothing: istioctl renders with the same charts and sets it too.
 */
export function ownerOf(meta: MetaFact, helmReleases: Read<HelmReleaseFact>): Owner {
  const reconciler = sail(meta) ?? argo(meta) ?? flux(meta);
  if (reconciler) return reconciler;
  const byIstioctl = istioctl(meta);
  const byHelm = isUserTag(meta) ? null : helm(meta, helmReleases);
  if (byHelm && byIstioctl) {
    return { kind: 'mixed', name: byHelm.name, evidence: `${byHelm.evidence} and ${byIstioctl.evidence}` };
  }
  return byHelm ?? byIstioctl ?? userTag(meta) ?? none();
}

function none(): Owner {
  return { kind: 'none', name: '', evidence: 'no label, annotation or owner reference of a tool that meshlift knows' };
}

function sail(meta: MetaFact): Owner | null {
  const owner = meta.owner;
  if (owner && SAIL_KINDS.has(owner.kind) && owner.apiVersion.startsWith('sailoperator.io/')) {
    return { kind: 'sail', name: owner.name, evidence: `owner reference ${owner.kind} ${owner.name}` };
  }
  const key = MANAGED_BY.find((candidate) => meta.labels[candidate] === 'sail-operator');
  return key ? { kind: 'sail', name: '', evidence: `label ${key}=sail-operator` } : null;
}

function argo(meta: MetaFact): Owner | null {
  const instance = meta.labels[ARGO_LABEL];
  if (instance) return { kind: 'argocd', name: instance, evidence: `label ${ARGO_LABEL}=${instance}` };
  const tracking = meta.annotations[ARGO_TRACKING];
  // APPLICATION:GROUP/KIND:NAMESPACE/NAME. Argo CD itself ignores one that names another object (a copied annotation).
  if (!tracking?.endsWith(`/${meta.name}`)) return null;
  const application = tracking.split(':')[0] ?? '';
  return { kind: 'argocd', name: application, evidence: `annotation ${ARGO_TRACKING}=${tracking}` };
}

function flux(meta: MetaFact): Owner | null {
  for (const prefix of FLUX_PREFIXES) {
    const name = meta.labels[`${prefix}/name`];
    if (!name) continue;
    const namespace = meta.labels[`${prefix}/namespace`];
    const full = namespace ? `${namespace}/${name}` : name;
    return { kind: 'flux', name: full, evidence: `label ${prefix}/name=${name}` };
  }
  return null;
}

function istioctl(meta: MetaFact): Owner | null {
  for (const [key, wanted] of ISTIOCTL_LABELS) {
    const value = meta.labels[key];
    if (value === undefined || (wanted !== null && value !== wanted)) continue;
    return { kind: 'istioctl', name: '', evidence: `label ${key}=${value}` };
  }
  return null;
}

function helm(meta: MetaFact, releases: Read<HelmReleaseFact>): Owner | null {
  const name = meta.annotations[HELM_NAME];
  if (!name) return null;
  const namespace = meta.annotations[HELM_NAMESPACE] ?? meta.namespace;
  const recorded = releases.items.some((release) => release.name === name && release.namespace === namespace);
  const missing = !recorded && releases.unread === null;
  const note = missing ? `; the release record is missing: no Helm Secret of ${name} in namespace ${namespace}` : '';
  return { kind: 'helm', name: `${namespace}/${name}`, evidence: `annotation ${HELM_NAME}=${name}${note}` };
}

/**
 * `istioctl tag set` copies the annotations of the revision's webhook configuration, Helm's among them, and strips every
 * label operator.istio.io/*; the chart always sets operator.istio.io/component. Helm would not move or delete such a tag.
 */
function isUserTag(meta: MetaFact): boolean {
  if (meta.labels['istio.io/tag'] === undefined) return false;
  return meta.labels['operator.istio.io/component'] === undefined;
}

function userTag(meta: MetaFact): Owner | null {
  if (!isUserTag(meta)) return null;
  const evidence = 'label istio.io/tag without operator.istio.io/component: made by istioctl tag set';
  return { kind: 'istioctl', name: '', evidence };
}
