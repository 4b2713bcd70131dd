/** Detectors of hosts that are defined twice. */
import type { ServiceEntryFact, VirtualServiceFact } from '../../../mesh/facts.ts';
import type { CheckView, FoundObject } from '../../check.ts';
import { groupBy } from '../../../mesh/group.ts';
import { object, shown, type Exposure } from './exposure.ts';

interface Definition {
  readonly host: string;
  readonly namespace: string;
  readonly object: FoundObject;
}

// What only its own namespace sees competes with nothing elsewhere.
function definitions({ meta, hosts, exportTo }: ServiceEntryFact): readonly Definition[] {
  if (exportTo.length > 0 && exportTo.every((one) => one === '.' || one === meta.namespace)) return [];
  return hosts.map((host) => ({ host, namespace: meta.namespace, object: object('ServiceEntry', meta) }));
}

const ofService = /^([^.]+)\.([^.]+)\.svc(\.|$)/;

/** The same host of ServiceEntries in two namespaces, or of a ServiceEntry and of a Service of another namespace. */
export function duplicateHosts({ facts, look }: CheckView): Exposure {
  const byHost = groupBy(facts.serviceEntries.items.flatMap(definitions), ({ host }) => host);
  const hits = [...byHost].flatMap(([host, all]) => {
    const namespaces = new Set(all.map(({ namespace }) => namespace));
    if (namespaces.size > 1) return all.map((one) => one.object);
    const [, name = '', namespace = ''] = ofService.exec(host) ?? [];
    const exists = !namespaces.has(namespace) && look.servicesIn(namespace).some(({ meta }) => meta.name === name);
    return exists ? all.map((one) => one.object) : [];
  });
  return shown(facts, ['serviceEntries', 'services'], [...new Set(hits)]);
}

/** ServiceEntries with resolution NONE of which a port leads somewhere else when targetPort counts. */
export function otherTargetPort({ facts }: CheckView): Exposure {
  const hits = facts.serviceEntries.items.filter(({ resolution, movesPort }) => resolution === 'NONE' && movesPort);
  return shown(
    facts,
    ['serviceEntries'],
    hits.map(({ meta }) => object('ServiceEntry', meta)),
  );
}

interface Wildcard {
  readonly suffix: string;
  readonly of: VirtualServiceFact;
}

function wildcards(service: VirtualServiceFact): readonly Wildcard[] {
  return service.hosts.filter((host) => host.startsWith('*')).map((host) => ({ suffix: host.slice(1), of: service }));
}

/** Two VirtualServices for one gateway have wildcard hosts of which one contains the other. */
export function overlappingWildcards({ facts }: CheckView): Exposure {
  const all = facts.virtualServices.items.flatMap(wildcards);
  const hits = all.filter((one) => all.some((other) => contains(other, one) || contains(one, other)));
  const objects = [...new Set(hits.map(({ of }) => of))].map(({ meta }) => object('VirtualService', meta));
  return shown(facts, ['virtualServices'], objects);
}

function contains(wide: Wildcard, narrow: Wildcard): boolean {
  return (
    wide.of !== narrow.of && narrow.suffix.endsWith(wide.suffix) && meet(gatewaysOf(wide.of), gatewaysOf(narrow.of))
  );
}

function gatewaysOf({ meta, gateways }: VirtualServiceFact): readonly string[] {
  const own = gateways.length === 0 ? ['mesh'] : gateways;
  return own.map((name) => (name === 'mesh' || name.includes('/') ? name : `${meta.namespace}/${name}`));
}

function meet(left: readonly string[], right: readonly string[]): boolean {
  return left.some((one) => right.includes(one));
}
