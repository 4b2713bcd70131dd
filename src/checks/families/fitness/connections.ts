/** Workloads that a restart hurts although no request fails: long connections, and those of which only one may lead. */
import type { ServiceFact, ServicePortFact, WorkloadFact } from '../../../mesh/facts.ts';
import type { Check, Finding } from '../../check.ts';
import { objectOf, restarted } from './restarted.ts';

const rawNames = /^(tcp|mongo|mysql|redis|postgres(ql)?|kafka|amqp|mqtt|nats)(-|$)/;
const socketNames = /^(ws|wss|websocket)(-|$)/;
const streamNames = /^grpc(?!-web)(-|$)/;

/** tcp: the connection is the session. stream: HTTP/2, which can be sent away with GOAWAY. */
function lengthOf({ name, appProtocol, protocol }: ServicePortFact): 'tcp' | 'stream' | null {
  if (protocol !== 'TCP') return null;
  const said = appProtocol.replace(/^kubernetes\.io\//, '') || name;
  if (rawNames.test(said) || socketNames.test(said)) return 'tcp';
  return streamNames.test(said) ? 'stream' : null;
}

function longPorts(services: readonly ServiceFact[], kind: 'tcp' | 'stream'): readonly ServicePortFact[] {
  return services.flatMap(({ ports }) => ports.filter((port) => lengthOf(port) === kind));
}

/** Connections that live longer than a pod. */
export const connectionsAreShort: Check = {
  id: 'ML-F014',
  title: 'restarted workloads serve requests, not connections that stay open',
  looksAt:
    'Names and appProtocol of the ports of their Services: tcp, databases, ws (warns); grpc (informs). Gateways are left out.',
  why: 'A TCP connection or WebSocket is cut when the pod at its end goes away, whatever the mesh does: a database session, a stream of messages. gRPC clients are sent away with GOAWAY, but a stream that stays open is cut as well.',
  remedy: 'Make sure that the clients connect again by themselves; restart these in a window of their own.',
  source: 'istio/istio issues 43991, 48949; measured on a real mesh',
  severities: ['warns', 'informs'],
  needs: ['pods', 'deployments', 'services'],
  pains: ['P30'],
  run: (view) =>
    restarted(view).flatMap(({ fact, workload }): Finding[] => {
      if (workload.role === 'gateway') return [];
      const services = view.look.servicesOf(fact);
      const raw = longPorts(services, 'tcp');
      const streams = longPorts(services, 'stream');
      if (raw.length + streams.length === 0) return [];
      const ports = raw.length > 0 ? raw : streams;
      const names = ports.map(({ name, port }) => `${name} (${String(port)})`).join(', ');
      const { namespace, name } = fact.meta;
      return [
        {
          ...{ severity: raw.length > 0 ? 'warns' : 'informs', object: objectOf(fact) },
          ...{ field: 'spec.ports[].name', value: names },
          message: `Its clients may keep connections open for long: port ${names}.`,
          why:
            raw.length > 0
              ? 'Every connection that is open when its pod ends is cut, and what is under way on it is lost.'
              : 'Calls are sent elsewhere before a pod ends, but a stream that is still open after a minute is cut.',
          remedy: `Make sure that its clients connect again; give it a wave of its own: overrides: [{select: {namespaces: [${namespace}], names: [${name}]}, group: long-connections}] in the policy`,
        },
      ];
    }),
};

const leaderNames = /(^|-)(operator|controller|controller-manager|leader)$/;

function leads({ meta, template }: WorkloadFact): boolean {
  const component = template.labels['app.kubernetes.io/component'] ?? '';
  return (
    template.labels['control-plane'] === 'controller-manager' ||
    /^(controller|operator|controller-manager)$/.test(component) ||
    leaderNames.test(meta.name)
  );
}

/** Controllers that lead one at a time. */
export const leadersAreKnown: Check = {
  id: 'ML-F013',
  title: 'no controller that elects a leader is restarted unnoticed',
  looksAt:
    'Names and labels of Deployments that controllers usually have (control-plane=controller-manager, -operator, -controller). Who holds a lease is not read.',
  why: 'Two pods do not serve twice as much: one leads, and its successor waits until the lease is free, 15 s by default when the old one does not give it back. Webhooks and reconciliation stand still meanwhile.',
  remedy: 'Restart them last, with leaderElectionReleaseOnCancel or the like, or leave them out of the mesh.',
  source: 'controller-runtime documentation, LeaderElectionReleaseOnCancel and LeaseDuration',
  severities: ['informs'],
  needs: ['pods', 'deployments'],
  pains: ['P30'],
  run: (view) =>
    restarted(view)
      .filter(({ fact, workload }) => fact.kind === 'Deployment' && workload.role !== 'gateway' && leads(fact))
      .map(({ fact }): Finding => {
        const { namespace, name } = fact.meta;
        return {
          ...{ severity: 'informs', object: objectOf(fact), field: 'metadata.name', value: name },
          message: 'It looks like a controller that elects a leader.',
          why: 'Its work stands still until the next pod has the lease, some 15 s, although a pod is ready all the time.',
          remedy: `Move it last: overrides: [{select: {namespaces: [${namespace}], names: [${name}]}, group: last}] in the policy, with waves.groups ending in last`,
        };
      }),
};
