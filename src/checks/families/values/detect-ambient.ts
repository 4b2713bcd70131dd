/** Detectors of ambient. */
import { isAmbient } from '../../../mesh/ambient.ts';
import type { CheckView, FoundObject } from '../../check.ts';
import { object, safe, shown, unknown, type Exposure } from './exposure.ts';

/** Label istio.io/use-waypoint: name of the waypoint of what carries it; 'none' opts out. */
export const useWaypointKey = 'istio.io/use-waypoint';

/** Whether anything is enrolled, or ztunnel runs. */
export function ambientInUse({ facts, mesh: { ambient, components } }: CheckView): Exposure {
  const { ztunnel } = components;
  const labelled = facts.pods.items.filter(({ meta }) => isAmbient(meta.labels));
  const objects: readonly FoundObject[] = [
    ...(ztunnel === null ? [] : [object('DaemonSet', ztunnel)]),
    ...ambient.namespaces.map((name) => object('Namespace', { namespace: '', name })),
    ...labelled.slice(0, 1).map(({ meta }) => object('Pod', meta)),
  ];
  return shown(facts, ['namespaces', 'daemonSets', 'pods'], objects.slice(0, 1));
}

/** Ambient, unless a switch of istio-cni is on already: what becomes its default changes nothing then. */
export function ambientWithout(setting: string, view: CheckView): Exposure {
  const config = view.facts.configMaps.items.find(({ meta }) => meta.name === 'istio-cni-config');
  return config?.settings[setting] === 'true' ? safe : ambientInUse(view);
}

/** Namespaces that istio-cni leaves out (key EXCLUDE_NAMESPACES of istio-cni-config); null when it can't be told. */
export function excludedNamespaces({ facts, mesh }: CheckView): readonly string[] | null {
  const config = facts.configMaps.items.find(({ meta }) => meta.name === 'istio-cni-config');
  if (config === undefined) return mesh.components.cni === null && facts.configMaps.unread === null ? [] : null;
  const value = config.settings['EXCLUDE_NAMESPACES'] ?? config.settings['EXCLUDED_NAMESPACES'] ?? '';
  if (value === 'DROPPED') return null;
  return value.split(',').filter((name) => name !== '');
}

/** Ambient namespaces, or ambient pods of other namespaces, that istio-cni is told to leave out. */
export function ambientInExcludedNamespace(view: CheckView): Exposure {
  const { facts, mesh, look } = view;
  const excluded = excludedNamespaces(view);
  if (excluded === null) return unknown('ConfigMap istio-cni-config could not be read.');
  const hits = excluded.flatMap((name): FoundObject[] => {
    if (mesh.ambient.namespaces.includes(name)) return [object('Namespace', { namespace: '', name })];
    const pods = look.podsIn(name).filter(({ meta }) => isAmbient(meta.labels) || isRedirected(meta.annotations));
    return pods.map(({ meta }) => object('Pod', meta));
  });
  return shown(facts, excluded.length === 0 ? [] : ['namespaces', 'pods'], hits);
}

function isRedirected(annotations: Readonly<Record<string, string>>): boolean {
  return annotations['ambient.istio.io/redirection'] === 'enabled';
}

/** Waypoints that nothing names. */
export function waypointWithoutUse({ facts, mesh }: CheckView): Exposure {
  const lists = [facts.namespaces, facts.services, facts.serviceEntries, facts.pods];
  const used = new Set(lists.flatMap((list) => list.items.map(({ meta }) => meta.labels[useWaypointKey] ?? '')));
  const hits = mesh.gateways.filter(({ form, name }) => form === 'waypoint' && !used.has(name));
  return shown(
    facts,
    ['gateways'],
    hits.map((one) => object('Gateway', one)),
  );
}

/** ztunnel under another release name, or several of them. */
export function ztunnelReleaseName({ facts, mesh: { components } }: CheckView): Exposure {
  const all = facts.daemonSets.items.filter(
    ({ template }) => template.proxy?.role === 'ztunnel' || template.labels['app'] === 'ztunnel',
  );
  // Argo CD renders the chart under the name of the Application unless it is told another one.
  const delivered = facts.deliveries.items.find(({ charts }) => charts.some((chart) => chart.startsWith('ztunnel ')));
  const rendered = delivered?.kind === 'Application' ? delivered.release || delivered.meta.name : delivered?.release;
  const release = (one: (typeof all)[number]): string =>
    one.meta.annotations['meta.helm.sh/release-name'] ?? (rendered || 'ztunnel');
  const hits = all.length > 1 ? all : all.filter((one) => release(one) !== 'ztunnel');
  if (components.ztunnel === null && all.length === 0) return shown(facts, ['daemonSets'], []);
  return shown(
    facts,
    ['daemonSets'],
    hits.map(({ kind, meta }) => object(kind, meta)),
  );
}
