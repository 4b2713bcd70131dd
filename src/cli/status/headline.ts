/** One sentence that says where the mesh stands. */
import type { MeshStatus } from '../../mesh/status-document.ts';
import { plural, type Style } from '../text.ts';
import { courseOf, wasRead, type Course } from './course.ts';

/** Whether nothing of Istio was found in the whole cluster. What could not be read may hide it: see `incomplete`. */
export function isEmpty(status: MeshStatus): boolean {
  const { controlPlanes, dataPlane, webhooks, tags, components, namespace } = status;
  if (namespace !== null) return false;
  const parts = [components.base, components.cni, components.ztunnel];
  return (
    [controlPlanes, webhooks, tags].every((list) => list.length === 0) && dataPlane.proxies === 0 && parts.every(isNull)
  );
}

function isNull(value: unknown): boolean {
  return value === null;
}

/** The headline, ambient included. */
export function headline(status: MeshStatus, { glyphs }: Style): string {
  if (isEmpty(status)) return nothingFound(status);
  const where = status.namespace === null ? '' : ` in namespace ${status.namespace}`;
  const text = status.controlPlanes.length === 0 ? leaderless(status, where) : led(status, where, glyphs.arrow);
  return [text, ambient(status)].filter((part) => part !== '').join(' ');
}

function nothingFound({ incomplete }: MeshStatus): string {
  return incomplete.length === 0 ? 'No Istio found.' : 'No Istio found in what could be seen.';
}

function leaderless(status: MeshStatus, where: string): string {
  const { dataPlane, namespace } = status;
  const proxies = `${plural(dataPlane.proxies, 'proxy', 'proxies')} ${dataPlane.proxies === 1 ? 'runs' : 'run'}${where}`;
  if (!wasRead(status, 'deployments')) return `Control planes could not be seen; ${proxies}.`;
  const left = namespace === null ? '; parts of it are left' : '';
  if (dataPlane.proxies === 0) return `Istio has no control plane, and no proxy runs${where}${left}.`;
  return `Istio has no control plane, and ${proxies} without one.`;
}

function led(status: MeshStatus, where: string, arrow: string): string {
  const course = courseOf(status);
  return course.versions.length > 1 ? underWay(status, course, where, arrow) : settled(status, course, where);
}

function underWay({ dataPlane, controlPlanes }: MeshStatus, course: Course, where: string, arrow: string): string {
  const { versions, newest, targets, arrived } = course;
  const target = revisions(targets);
  const span = `Istio ${versions.slice(0, -1).join(', ')} ${arrow} ${newest ?? ''}`;
  const total = dataPlane.proxies;
  if (total === 0) return `${span}: both are installed, and no proxy runs${where}.`;
  if (arrived === 0) {
    return `${span} not begun: ${target} is installed, and none of ${plural(total, 'proxy', 'proxies')}${where} is on it yet.`;
  }
  if (arrived < total) {
    const rest = total - arrived;
    const lag = `${rest.toLocaleString('en')} ${rest === 1 ? 'lags' : 'lag'} behind`;
    return `${span} in progress: ${arrived.toLocaleString('en')} of ${plural(total, 'proxy', 'proxies')}${where} on ${target}, ${lag}.`;
  }
  const old = revisions(controlPlanes.filter((plane) => !targets.includes(plane)));
  return `${span}: ${everyProxy(total)}${where} on ${target}; ${old} is still installed and has none${where}.`;
}

function settled({ controlPlanes, dataPlane, components }: MeshStatus, course: Course, where: string): string {
  const name = `Istio ${course.newest ?? 'of unknown version'}, ${revisions(controlPlanes)}`;
  const total = dataPlane.proxies;
  if (total === 0)
    return `${name}: no ${components.ztunnel === null ? '' : 'sidecar, gateway or waypoint '}proxy runs${where}.`;
  const others = total - course.arrived;
  if (course.newest === null) return `${name}, ${plural(total, 'proxy', 'proxies')}${where}.`;
  const lost = dataPlane.notConnected > 0 ? `, ${dataPlane.notConnected.toLocaleString('en')} not connected` : '';
  if (others > 0) {
    return `${name}: ${others.toLocaleString('en')} of ${plural(total, 'proxy', 'proxies')}${where} not at ${course.newest}${lost}.`;
  }
  return `${name}: ${everyProxy(total)}${where} in step${lost}.`;
}

function everyProxy(total: number): string {
  if (total <= 2) return total === 1 ? 'the only proxy' : 'both proxies';
  return `all ${total.toLocaleString('en')} proxies`;
}

function revisions(planes: readonly { readonly revision: string }[]): string {
  const names = [...new Set(planes.map((plane) => plane.revision))];
  return `${names.length === 1 ? 'revision' : 'revisions'} ${names.join(' and ')}`;
}

function ambient({ ambient: { pods, namespaces }, components: { ztunnel } }: MeshStatus): string {
  if (pods === 0 && namespaces.length === 0) return '';
  const version = ztunnel?.version ? `ztunnel ${ztunnel.version}` : 'no ztunnel of a known version';
  return `Ambient: ${plural(pods, 'pod')} in ${plural(namespaces.length, 'namespace')}, ${version}.`;
}
