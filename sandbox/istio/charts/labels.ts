import type { KubeObject } from '../../../src/kube/api.ts';
import { has } from './version.ts';

/** Labels or annotations. */
export type Labels = Record<string, string>;

/** The chart that renders an object. */
export interface Chart {
  /** Chart name: base, istiod, gateway, cni, ztunnel. */
  readonly name: string;
  /** app.kubernetes.io/name; left out on CRDs. */
  readonly app?: string;
  /** Helm release. istioctl renders with the release name 'istio'. */
  readonly release: string;
  readonly version: string;
}

/**
 * The labels that every chart object carries since 1.24, none before. managed-by says Helm whoever renders: istioctl
 * uses the Helm library (charts, zzz_profile.yaml).
 */
export function standardLabels(chart: Chart): Labels {
  if (!has(chart.version, 'standardLabels')) return {};
  return {
    ...(chart.app === undefined ? {} : { 'app.kubernetes.io/name': chart.app }),
    'app.kubernetes.io/instance': chart.release,
    'app.kubernetes.io/managed-by': 'Helm',
    'app.kubernetes.io/part-of': 'istio',
    'app.kubernetes.io/version': chart.version,
    'helm.sh/chart': `${chart.name}-${chart.version}`,
  };
}

/** Components by which istioctl knows its objects (operator/pkg/component). */
export type Component = 'Base' | 'Pilot' | 'Cni' | 'Ztunnel' | 'IngressGateways';

/** The two labels that the charts put in for istioctl, whoever installs. */
export function componentLabels(component: Component): Labels {
  return { 'install.operator.istio.io/owning-resource': 'unknown', 'operator.istio.io/component': component };
}

/** The label istio.io/dataplane-mode=none of the mesh's own pods, from the version that has it. */
export function outsideAmbient(version: string): Labels {
  return has(version, 'dataplaneModeNone') ? { 'istio.io/dataplane-mode': 'none' } : {};
}

/** The objects with further labels and annotations, which win over the old ones. */
export function annotated(objects: readonly KubeObject[], labels: Labels, annotations: Labels): KubeObject[] {
  return objects.map((object) => {
    const both = { ...object.metadata.annotations, ...annotations };
    const metadata = { ...object.metadata, labels: { ...object.metadata.labels, ...labels } };
    return { ...object, metadata: Object.keys(both).length === 0 ? metadata : { ...metadata, annotations: both } };
  });
}

/** The objects as Helm itself leaves them in the cluster: with the annotations that say whose they are. */
export function ownedByHelm(
  objects: readonly KubeObject[],
  release: { readonly name: string; readonly namespace: string },
): KubeObject[] {
  const annotations = {
    'meta.helm.sh/release-name': release.name,
    'meta.helm.sh/release-namespace': release.namespace,
  };
  return annotated(objects, {}, annotations);
}

/** Labels that only istioctl gives (operator/pkg/install): `version` is that of istioctl. */
export function istioctlLabels(
  component: Component,
  install: { readonly revision: string; readonly version: string; readonly namespace: string },
): Labels {
  return {
    'install.operator.istio.io/owning-resource-namespace': install.namespace,
    'istio.io/rev': install.revision === '' ? 'default' : install.revision,
    'operator.istio.io/component': component,
    'operator.istio.io/managed': 'Reconcile',
    'operator.istio.io/version': install.version,
  };
}
