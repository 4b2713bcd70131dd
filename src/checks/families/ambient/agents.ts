/** What runs on every node of an ambient mesh: istio-cni and ztunnel. */
import type { Component } from '../../../mesh/component-model.ts';
import type { WorkloadFact } from '../../../mesh/facts.ts';
import type { CheckView, FoundObject } from '../../check.ts';

/** An agent with its DaemonSet. */
export interface Agent {
  readonly part: 'istio-cni' | 'ztunnel';
  readonly component: Component;
  readonly fact: WorkloadFact;
}

/** The agents that are installed, istio-cni first. */
export function agents({ mesh: { components }, look }: CheckView): readonly Agent[] {
  const parts = [
    ['istio-cni', components.cni],
    ['ztunnel', components.ztunnel],
  ] as const;
  return parts.flatMap(([part, component]) => {
    const fact = component === null ? undefined : look.workloadFact({ kind: 'DaemonSet', ...component });
    return component === null || fact === undefined ? [] : [{ part, component, fact }];
  });
}

/** ztunnel; undefined when it is not installed. */
export function ztunnelOf(view: CheckView): Agent | undefined {
  return agents(view).find(({ part }) => part === 'ztunnel');
}

/** istio-cni; undefined when it is not installed. */
export function cniOf(view: CheckView): Agent | undefined {
  return agents(view).find(({ part }) => part === 'istio-cni');
}

/** Whether anything of this mesh is ambient. */
export function isAmbientMesh({ mesh: { ambient, components } }: CheckView): boolean {
  return components.ztunnel !== null || ambient.namespaces.length > 0 || ambient.pods > 0;
}

/** The DaemonSet as the object of a finding. */
export function daemonSet({ component: { namespace, name } }: Agent): FoundObject {
  return { kind: 'DaemonSet', namespace, name };
}

/** A namespace as the object of a finding. */
export function namespaceObject(name: string): FoundObject {
  return { kind: 'Namespace', namespace: '', name };
}

/** Seconds for which a ztunnel that ends keeps the connections that it has (src/config.rs in istio/ztunnel; measured). */
export function drainSeconds({ template: { gracePeriodSeconds: grace } }: WorkloadFact): number {
  return grace > 10 ? grace - 5 : Math.max(1, grace - 1);
}

/** Settings of istio-cni (ConfigMap istio-cni-config); null when it is not among what was read. */
export function cniSettings({ facts }: CheckView): Readonly<Record<string, string>> | null {
  return facts.configMaps.items.find(({ meta }) => meta.name === 'istio-cni-config')?.settings ?? null;
}
