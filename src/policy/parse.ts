/** Reads a policy; every fault is named with line, column and field. */
import * as r from '../knowledge/extension/reader.ts';
import { parseTarget, probeProtocols, type ProbeProtocol } from '../probe/target.ts';
import { mayMove } from '../waves/times.ts';
import {
  defaultPolicy,
  type Override,
  type Policy,
  type ProbePolicy,
  type PromCondition,
  type WorkloadSelector,
} from './policy.ts';
import { flag, given, number, or, texts, url, whole, words } from './values.ts';

const sections = [
  'strategy',
  'waves',
  'pace',
  'windows',
  'freezes',
  'soakSeconds',
  'gates',
  'probes',
  'onBreach',
  'overrides',
  'ignore',
  'charts',
  'istioOperator',
] as const;

/** A policy with its defaults. @throws InvalidInput */
export function parsePolicy(document: r.KnowledgeDocument): Policy {
  const root: r.Place = { value: document.value, path: [], document };
  const found = r.fields(root, ['apiVersion', 'kind', ...sections]);
  r.word(r.required(found, 'apiVersion', root), ['meshlift.dev/v1alpha1']);
  r.word(r.required(found, 'kind', root), ['UpgradePolicy']);
  return readSections(found);
}

function readSections(found: r.Fields<(typeof sections)[number] | 'apiVersion' | 'kind'>): Policy {
  const base = defaultPolicy;
  return {
    strategy: or(found.strategy, (place) => r.word(place, ['revision']), base.strategy),
    waves: or(found.waves, readWaves, base.waves),
    pace: or(found.pace, readPace, base.pace),
    windows: or(
      found.windows,
      (place) => r.elements(place).map((one) => checked(one, (text) => mayMove(0, [text], []))),
      base.windows,
    ),
    freezes: or(
      found.freezes,
      (place) => r.elements(place).map((one) => checked(one, (text) => mayMove(0, [], [text]))),
      base.freezes,
    ),
    soakSeconds: or(found.soakSeconds, (place) => whole(place, { min: 0, max: 604_800 }), base.soakSeconds),
    gates: or(found.gates, readGates, base.gates),
    probes: or(found.probes, (place) => r.elements(place).map(readProbe), base.probes),
    onBreach: or(
      found.onBreach,
      (place) => r.word(place, ['pause', 'return-workload', 'return-wave', 'rollback']),
      base.onBreach,
    ),
    overrides: or(found.overrides, (place) => r.elements(place).map(readOverride), base.overrides),
    ignore: or(found.ignore, (place) => r.elements(place).map(readIgnore), base.ignore),
    charts: or(found.charts, textOrNone, base.charts),
    istioOperator: or(found.istioOperator, textOrNone, base.istioOperator),
  };
}

const textOrNone = (place: r.Place): string => (place.value === '' ? '' : r.text(place));

/** The text, once its own reader takes it. */
function checked(place: r.Place, read: (text: string) => unknown): string {
  const text = r.text(place);
  understood(place, () => read(text));
  return text;
}

/** What a reader of its own makes of it. */
function understood<T>(place: r.Place, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return r.fail(place, `can't be read: ${why.replace(/\.$/, '')}`);
  }
}

function readWaves(place: r.Place): Policy['waves'] {
  const found = r.fields(place, ['shares', 'groups', 'gateways']);
  const base = defaultPolicy.waves;
  return {
    shares: or(found.shares, readShares, base.shares),
    groups: or(found.groups, texts, base.groups),
    gateways: or(found.gateways, (one) => r.word(one, ['first', 'last']), base.gateways),
  };
}

function readShares(place: r.Place): readonly number[] {
  const shares = r.elements(place).map((one) => number(one, { min: 0.1, max: 100 }));
  const rising = shares.every((share, index) => index === 0 || share >= (shares[index - 1] ?? 0));
  return rising ? shares : r.fail(place, 'must rise from one wave to the next');
}

function readPace(place: r.Place): Policy['pace'] {
  const found = r.fields(place, ['maxWorkloads', 'surgePods', 'startsPerSecond', 'longConnectionSeconds']);
  const base = defaultPolicy.pace;
  return {
    maxWorkloads: or(found.maxWorkloads, (one) => whole(one, { min: 1, max: 10_000 }), base.maxWorkloads),
    surgePods: or(found.surgePods, (one) => whole(one, { min: 1, max: 100_000 }), base.surgePods),
    startsPerSecond: or(found.startsPerSecond, (one) => number(one, { min: 0.01, max: 1000 }), base.startsPerSecond),
    longConnectionSeconds: or(
      found.longConnectionSeconds,
      (one) => whole(one, { min: 0, max: 3600 }),
      base.longConnectionSeconds,
    ),
  };
}

function readGates(place: r.Place): Policy['gates'] {
  const found = r.fields(place, ['timeoutSeconds', 'conditions']);
  const base = defaultPolicy.gates;
  return {
    timeoutSeconds: or(found.timeoutSeconds, (one) => whole(one, { min: 1, max: 86_400 }), base.timeoutSeconds),
    conditions: or(found.conditions, (one) => r.elements(one).map(readCondition), base.conditions),
  };
}

function readCondition(place: r.Place): PromCondition {
  const found = r.fields(place, ['name', 'url', 'query', 'below', 'above', 'interval', 'count', 'failureLimit']);
  if (found.below === undefined && found.above === undefined) r.fail(place, 'needs below or above');
  const bound = (one: r.Place): number => number(one, { min: -1e15, max: 1e15 });
  return {
    name: r.text(r.required(found, 'name', place)),
    url: url(r.required(found, 'url', place)),
    query: r.text(r.required(found, 'query', place)),
    ...given({ below: or(found.below, bound, undefined), above: or(found.above, bound, undefined) }),
    interval: or(found.interval, (one) => number(one, { min: 1, max: 3600 }), 15),
    count: or(found.count, (one) => whole(one, { min: 1, max: 1000 }), 3),
    failureLimit: or(found.failureLimit, (one) => whole(one, { min: 0, max: 1000 }), 0),
  };
}

function readProbe(place: r.Place): ProbePolicy {
  const found = r.fields(place, ['url', 'protocol', 'rate', 'maxFailed', 'headers']);
  const target = r.required(found, 'url', place);
  const address = r.text(target);
  const byScheme = understood(target, () => parseTarget(address)).protocol;
  return {
    url: address,
    protocol: or(found.protocol, (one) => protocolOf(one, byScheme), byScheme),
    rate: or(found.rate, (one) => number(one, { min: 0.1, max: 1000 }), 10),
    maxFailed: or(found.maxFailed, (one) => whole(one, { min: 0, max: 1e9 }), 0),
    headers: or(found.headers, words, {}),
  };
}

/** What else can be spoken where a URL says http or https; every other scheme names its protocol. */
const overHttp: readonly ProbeProtocol[] = ['http1', 'h2', 'grpc', 'ws'];

function protocolOf(place: r.Place, byScheme: ProbeProtocol): ProbeProtocol {
  const said = r.word(place, probeProtocols);
  if (said === byScheme || (byScheme === 'http1' && overHttp.includes(said))) return said;
  const remedy = `Leave protocol out, or give a URL of ${said}.`;
  return r.fail(place, `is ${said}, but the scheme of its url says ${byScheme}`, remedy);
}

function readOverride(place: r.Place): Override {
  const known = ['select', 'skip', 'method', 'graceful', 'consent', 'readyMs', 'group', 'reason'] as const;
  const found = r.fields(place, known);
  const needsReason = found.skip?.value === true || found.consent?.value === true;
  if (needsReason && found.reason === undefined) r.fail(place, 'needs a reason: it goes into the plan and the report');
  return {
    select: readSelector(r.required(found, 'select', place)),
    ...given<Partial<Omit<Override, 'select'>>>({
      skip: or(found.skip, flag, undefined),
      method: or<Override['method'] | undefined>(
        found.method,
        (one) => r.word<'rollout' | 'hand-over'>(one, ['rollout', 'hand-over']),
        undefined,
      ),
      graceful: or(found.graceful, flag, undefined),
      consent: or(found.consent, flag, undefined),
      readyMs: or(found.readyMs, (one) => whole(one, { min: 1, max: 86_400_000 }), undefined),
      group: or(found.group, r.text, undefined),
      reason: or(found.reason, r.text, undefined),
    }),
  };
}

function readSelector(place: r.Place): WorkloadSelector {
  const found = r.fields(place, ['namespaces', 'names', 'kinds', 'labels']);
  return given<WorkloadSelector>({
    namespaces: or(found.namespaces, texts, undefined),
    names: or(found.names, texts, undefined),
    kinds: or(found.kinds, texts, undefined),
    labels: or(found.labels, words, undefined),
  });
}

function readIgnore(place: r.Place): Policy['ignore'][number] {
  const found = r.fields(place, ['id', 'object', 'reason']);
  return {
    id: r.text(r.required(found, 'id', place)),
    ...given<{ readonly object?: string }>({ object: or(found.object, r.text, undefined) }),
    reason: r.text(r.required(found, 'reason', place)),
  };
}
