import { seededRandom, uuid } from '../../store/random.ts';
import type { JsonObject } from '../../store/json.ts';
import type { Push } from './config-changes.ts';
import type { Istiod, XdsConnection } from './istiods.ts';
import { subscriptions } from './proxy.ts';
import { acknowledgeMs } from './xds.ts';

/** What was pushed last. */
export interface Pushed {
  readonly full: Push;
  readonly endpoints: Push;
}

/** What a view of an istiod is made of. */
export interface View {
  readonly pushed: Pushed;
  /** Milliseconds since 1970. */
  readonly now: number;
}

const seconds = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** Go's time with the nanoseconds that a clock of milliseconds has. */
function nanoseconds(ms: number): string {
  const fraction = String(Math.floor(ms % 1000))
    .padStart(3, '0')
    .replace(/0+$/, '');
  return `${seconds(ms).slice(0, -1)}${fraction === '' ? '' : `.${fraction}`}Z`;
}

function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value >>> 0;
}

/** A nonce as istiod makes it, 'TIME/NUMBERuuid'; the same push to the same stream has the same one. */
function nonce(connection: XdsConnection, type: string, push: Push): string {
  const random = seededRandom(hash(`${connection.id} ${type} ${push.count}`));
  return `${seconds(push.at)}/${push.count}${uuid(random)}`;
}

interface TypeState {
  readonly sent: string;
  readonly acked: string;
  readonly sentTime: string;
  readonly lastError?: string;
}

const isListeners = (type: string): boolean => type.endsWith('.Listener');
const refusal = 'Error adding/updating listener(s) virtualInbound: the configuration is not supported by this proxy';

/** What the proxy took before: nothing on a stream that began with this push. */
function ackedBefore(connection: XdsConnection, type: string, view: View, push: Push): string {
  if (isListeners(type) && connection.refuses !== undefined) {
    return connection.refuses === 'none' ? '' : nonce(connection, type, connection.refuses);
  }
  const first = push.at <= connection.since;
  return first || view.now < connection.since + acknowledgeMs ? '' : nonce(connection, type, earlier(push));
}

/** Stands for the push before, of which nobody keeps the time. */
const earlier = (push: Push): Push => ({ count: push.count - 1, at: push.at - 1000 });

function typeState(connection: XdsConnection, type: string, view: View): TypeState {
  const push = type.endsWith('ClusterLoadAssignment') ? view.pushed.endpoints : view.pushed.full;
  const sentAt = Math.max(push.at, connection.since);
  const sent = nonce(connection, type, push);
  const refused = isListeners(type) && connection.refuses !== undefined;
  const answered = view.now >= sentAt + acknowledgeMs;
  const acked = answered && !refused ? sent : ackedBefore(connection, type, view, push);
  return { sent, acked, sentTime: nanoseconds(sentAt), ...(refused && answered ? { lastError: refusal } : {}) };
}

const oldFields: readonly (readonly [prefix: string, suffix: string])[] = [
  ['cluster', '.Cluster'],
  ['listener', '.Listener'],
  ['route', '.RouteConfiguration'],
  ['endpoint', '.ClusterLoadAssignment'],
];

/** Go leaves empty texts out. */
const told = (field: string, value: string): JsonObject => (value === '' ? {} : { [field]: value });

function entry(connection: XdsConnection, view: View): JsonObject {
  const states = new Map(
    subscriptions(connection.facts.type).map((type) => [type, typeState(connection, type, view)] as const),
  );
  const old = oldFields.flatMap(([prefix, suffix]) =>
    [...states]
      .filter(([type]) => type.endsWith(suffix))
      .map(([, state]) => ({ ...told(`${prefix}_sent`, state.sent), ...told(`${prefix}_acked`, state.acked) })),
  );
  const resources = [...states].map(([type, { sent, acked, sentTime, lastError }]) => [
    `type.googleapis.com/${type}`,
    { ...told('sent', sent), ...told('acked', acked), sentTime, ...(lastError === undefined ? {} : { lastError }) },
  ]);
  return {
    cluster_id: 'Kubernetes',
    proxy: connection.proxy,
    proxy_type: connection.facts.type,
    istio_version: connection.facts.version,
    ...Object.assign({}, ...old),
    resources: Object.fromEntries(resources) as JsonObject,
  };
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** /debug/syncz of an istiod: its proxies by name, what each was sent and what it took (pilot/pkg/xds/debug.go). */
export function syncz(istiod: Istiod, view: View): readonly JsonObject[] {
  const sorted = [...istiod.connections.values()].sort((a, b) => byText(a.proxy, b.proxy));
  return sorted.map((connection) => entry(connection, view));
}

/** /debug/connections of an istiod. */
export function connections(istiod: Istiod): JsonObject {
  const clients = [...istiod.connections.values()].map(({ id, since, address }) => ({
    connectionId: id,
    connectedAt: nanoseconds(since),
    address,
  }));
  return { totalClients: clients.length, clients };
}
