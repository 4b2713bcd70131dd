import { describe, expect, it } from 'vitest';
import type { HelmReleaseFact, Labels, MetaFact, OwnerFact, Read } from './facts.ts';
import { ownerOf } from './owner.ts';

const release: HelmReleaseFact = { namespace: 'istio-system', name: 'istiod', version: 1, status: 'deployed' };
const read: Read<HelmReleaseFact> = { items: [release], unread: null };
const helm: Labels = { 'meta.helm.sh/release-name': 'istiod', 'meta.helm.sh/release-namespace': 'istio-system' };
const managedByHelm: Labels = { 'app.kubernetes.io/managed-by': 'Helm', 'app.kubernetes.io/instance': 'istio' };
const byIstioctl: Labels = { 'operator.istio.io/managed': 'Reconcile', 'operator.istio.io/version': '1.29.6' };

function meta(labels: Labels, annotations: Labels = {}, owner: OwnerFact | null = null): MetaFact {
  return { namespace: 'istio-system', name: 'istiod', labels, annotations, owner };
}

describe('ownerOf', () => {
  it('takes the annotation of Helm, and not the label, as the proof', () => {
    expect(ownerOf(meta(managedByHelm, helm), read)).toMatchObject({ kind: 'helm', name: 'istio-system/istiod' });
    expect(ownerOf(meta(managedByHelm), read).kind).toBe('none');
  });

  it('sees istioctl by the labels that only it sets, although it says managed-by=Helm', () => {
    expect(ownerOf(meta({ ...managedByHelm, ...byIstioctl }), read).kind).toBe('istioctl');
    expect(ownerOf(meta({ 'operator.istio.io/version': '1.29.6' }), read).kind).toBe('istioctl');
    expect(ownerOf(meta({ 'operator.istio.io/managed': 'other' }), read).kind).toBe('none');
  });

  it('does not choose between signals of Helm and istioctl', () => {
    const owner = ownerOf(meta(byIstioctl, helm), read);
    expect(owner.kind).toBe('mixed');
    expect(owner.evidence).toContain('meta.helm.sh/release-name=istiod');
    expect(owner.evidence).toContain('operator.istio.io/managed=Reconcile');
  });

  it('says that the release record is missing only when the releases were read', () => {
    const gone = ownerOf(meta({}, helm), { items: [], unread: null });
    expect(gone.kind).toBe('helm');
    expect(gone.evidence).toContain('release record is missing');
    const unread = ownerOf(meta({}, helm), { items: [], unread: 'forbidden' });
    expect(unread.kind).toBe('helm');
    expect(unread.evidence).not.toContain('missing');
  });

  it.each([
    [
      'owner reference',
      meta({}, helm, { apiVersion: 'sailoperator.io/v1', kind: 'IstioRevision', name: 'prod' }),
      'prod',
    ],
    ['label', meta({ 'managed-by': 'sail-operator' }, helm), ''],
  ])('sees Sail by %s, although it leaves the marks of Helm', (_what, object, name) => {
    expect(ownerOf(object, read)).toMatchObject({ kind: 'sail', name });
  });

  it('leaves an owner of the same kind but another group alone', () => {
    const owner = { apiVersion: 'example.com/v1', kind: 'Istio', name: 'x' };
    expect(ownerOf(meta({}, {}, owner), read).kind).toBe('none');
  });

  it.each([
    ['label', meta({ 'argocd.argoproj.io/instance': 'mesh' }, helm)],
    [
      'tracking id',
      meta({}, { ...helm, 'argocd.argoproj.io/tracking-id': 'mesh:apps/Deployment:istio-system/istiod' }),
    ],
  ])('puts Argo CD before Helm, by %s', (_what, object) => {
    expect(ownerOf(object, read)).toMatchObject({ kind: 'argocd', name: 'mesh' });
  });

  it('ignores a tracking id that was copied from another object', () => {
    const copied = { 'argocd.argoproj.io/tracking-id': 'mesh:apps/Deployment:istio-system/other' };
    expect(ownerOf(meta({}, copied), read).kind).toBe('none');
  });

  it.each(['helm', 'kustomize'])('puts Flux (%s) before Helm', (what) => {
    const labels = { [`${what}.toolkit.fluxcd.io/name`]: 'mesh', [`${what}.toolkit.fluxcd.io/namespace`]: 'flux' };
    expect(ownerOf(meta(labels, helm), read)).toMatchObject({ kind: 'flux', name: 'flux/mesh' });
  });

  it('does not believe the annotation of Helm that istioctl tag set copied onto a tag', () => {
    const tag = { ...managedByHelm, 'istio.io/tag': 'prod', 'istio.io/rev': '1-29-6' };
    expect(ownerOf(meta(tag, helm), read)).toMatchObject({ kind: 'istioctl', name: '' });
    expect(ownerOf(meta(tag), read).kind).toBe('istioctl');
    const charted = { ...tag, 'operator.istio.io/component': 'Pilot' };
    expect(ownerOf(meta(charted, helm), read).kind).toBe('helm');
  });

  it('leaves the default tag of istioctl to istioctl', () => {
    const labels = {
      ...byIstioctl,
      'istio.io/tag': 'default',
      'operator.istio.io/component': 'Pilot',
      'install.operator.istio.io/owning-resource-not-pruned': 'true',
    };
    expect(ownerOf(meta(labels), read).kind).toBe('istioctl');
  });
});
