/** The run's own traffic: one probe for each target of the policy, from the start of the run to its end. */
import type { ProbePolicy } from '../policy/policy.ts';
import type { ProbeReport } from '../probe/report.ts';
import type { TargetWindow } from '../probe/lane.ts';
import { startProbe, type ProbeHandle } from '../probe/run.ts';
import { probeSpec, type ProbeDeps } from '../probe/spec.ts';
import { parseTarget } from '../probe/target.ts';
import type { Traffic } from './deps.ts';
import type { TrafficLine } from './events.ts';
import { probeNames } from './probe-names.ts';

/** Traffic that can be ended. */
export interface RunningTraffic extends Traffic {
  /** Sends nothing more and reports, in the order of the policy. */
  stop(): Promise<readonly ProbeReport[]>;
}

/** Long-lived connections held open to each target besides. */
const held = 2;

/** Starts all probes of a policy. @throws InvalidInput for a target that is none */
export function startTraffic(probes: readonly ProbePolicy[], deps: ProbeDeps): RunningTraffic {
  const names = probeNames(probes);
  const running = probes.map((probe, index) => ({
    line: emptyLine(names[index] ?? probe.url),
    handle: start(probe, deps),
  }));
  return {
    lines: () => running.map((one) => (one.line = added(one.line, one.handle))),
    stop: () => Promise.all(running.map(({ handle }) => handle.stop())),
  };
}

function start({ url, protocol, rate, maxFailed, headers }: ProbePolicy, deps: ProbeDeps): ProbeHandle {
  const spec = probeSpec({
    targets: [parseTarget(url, protocol)],
    ratePerSecond: rate,
    durationMs: Infinity,
    // A message on a kept raw connection may cross the server's goodbye: those connections are held, and counted, apart.
    connections: protocol === 'tcp' || protocol === 'ws' ? 0 : 10,
    hold: held,
    maxFailed,
    request: requestOf(headers),
    reallyHeavy: true,
  });
  return startProbe(spec, deps);
}

/** A gateway at an address serves by name: the probe takes the Host header apart from the others. */
function requestOf(headers: ProbePolicy['headers']): { headers: Record<string, string>; host?: string } {
  const isHost = ([name]: readonly [string, string]): boolean => name.toLowerCase() === 'host';
  const all = Object.entries(headers);
  const host = all.find(isHost)?.[1];
  const others = Object.fromEntries(all.filter((header) => !isHost(header)));
  return { headers: others, ...(host !== undefined && { host }) };
}

function emptyLine(target: string): TrafficLine {
  return { target, sent: 0, failed: 0, p99Ms: 0, longestGapMs: 0, ended: {} };
}

/** Totals with what the probe saw since the last time. p99 is that of the worst window. */
function added(line: TrafficLine, handle: ProbeHandle): TrafficLine {
  const [window] = handle.snapshot().targets;
  if (window === undefined) return line;
  const { ok, failed, heldAbrupt, heldTold, latency, longestGapMs } = window;
  const failure = failureOf(window) ?? line.failure;
  return {
    target: line.target,
    // A cut connection counts as a request that failed: then it was one that was sent, too.
    sent: line.sent + ok + failed + heldAbrupt,
    failed: line.failed + failed + heldAbrupt,
    p99Ms: Math.max(line.p99Ms, latency.p99Ms),
    longestGapMs: Math.max(line.longestGapMs, longestGapMs),
    ended: counted(counted(line.ended, 'abrupt', heldAbrupt), 'told', heldTold),
    ...(failure !== undefined && { failure }),
  };
}

/** The most frequent failure of a window, for a person. */
function failureOf({ failures, heldAbrupt }: TargetWindow): string | undefined {
  const [most] = failures;
  if (most) return most.example === '' ? most.name : `${most.name}: ${most.example}`;
  return heldAbrupt > 0 ? 'a connection that was held open was cut without a word' : undefined;
}

function counted(ended: TrafficLine['ended'], how: string, more: number): TrafficLine['ended'] {
  return more === 0 ? ended : { ...ended, [how]: (ended[how] ?? 0) + more };
}
