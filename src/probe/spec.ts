import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { LookupFunction } from 'node:net';
import { InvalidInput } from '../errors.ts';
import type { ProbeClock } from './clock.ts';
import type { ProbeTarget } from './target.ts';

/** How each request looks and which answer is right. */
export interface RequestShape {
  readonly method: 'GET' | 'POST';
  /** Added to every request; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Host header or :authority instead of the target's own. */
  readonly host?: string;
  /** HTTP status that counts as success. A gRPC answer must have grpc-status 0 instead. */
  readonly expectStatus: number;
  /** Text that the body of a right answer contains. */
  readonly bodyContains?: string;
}

/** TLS of all targets; texts in PEM. The server's certificate is always verified. */
export interface TlsShape {
  /** Name to ask for and to verify, instead of the target's host. */
  readonly sni?: string;
  /** Authorities to trust instead of the machine's. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** A probe, checked and complete. Make it with `probeSpec`. */
export interface ProbeSpec {
  readonly targets: readonly ProbeTarget[];
  /** Requests a second to each target. */
  readonly ratePerSecond: number;
  /** Infinity: until stopped. */
  readonly durationMs: number;
  /** From sending a request to its complete answer. */
  readonly timeoutMs: number;
  /** Kept connections to each target for requests; 0, only for tcp and ws: a connection of its own for each message. */
  readonly connections: number;
  /** Long-lived connections held open to each target besides. */
  readonly hold: number;
  /** Sign of life on each held connection. */
  readonly holdIntervalMs: number;
  /** Failures that are still a pass. */
  readonly maxFailed: number;
  /** Unanswered requests to one target above which the next are counted as "backlog" and not sent. */
  readonly maxOutstanding: number;
  readonly request: RequestShape;
  readonly tls: TlsShape;
}

/** What a caller may leave out gets: 100/s, 60 s, 5 s time-out, 10 connections, none held, no failure allowed, GET, 200. */
export interface ProbeInput extends Partial<Omit<ProbeSpec, 'targets' | 'request'>> {
  readonly targets: readonly ProbeTarget[];
  readonly request?: Partial<RequestShape>;
  /** Allow more than 1,000 requests a second in all, or more than an hour. */
  readonly reallyHeavy?: boolean;
}

/** What the probe needs from outside. */
export interface ProbeDeps {
  readonly clock: ProbeClock;
  /** Milliseconds since 1970, only for the times of the report. */
  readonly wallClock: () => number;
  /** Ends the probe early; the report is still made. Unanswered requests get one more second. */
  readonly signal?: AbortSignal;
  /** Called about once a second. */
  readonly onProgress?: (progress: ProbeProgress) => void;
  /** Name resolution; the system's when absent. */
  readonly lookup?: LookupFunction;
}

/** A look at a running probe; all targets together. */
export interface ProbeProgress {
  readonly elapsedMs: number;
  /** Right answers a second since the last progress. */
  readonly answersPerSecond: number;
  readonly ok: number;
  readonly failed: number;
  readonly p99Ms: number;
  readonly senderLate: number;
}

const MAX_TOTAL_RATE = 1000;
const MAX_DURATION_MS = 3_600_000;

interface Range {
  readonly name:
    | 'ratePerSecond'
    | 'durationMs'
    | 'timeoutMs'
    | 'connections'
    | 'hold'
    | 'holdIntervalMs'
    | 'maxFailed'
    | 'maxOutstanding';
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly whole?: boolean;
}

const ranges: readonly Range[] = [
  { name: 'ratePerSecond', label: 'rate', min: 0.01, max: 100_000 },
  { name: 'durationMs', label: 'duration in milliseconds', min: 1, max: Infinity },
  { name: 'timeoutMs', label: 'timeout in milliseconds', min: 1, max: 300_000 },
  { name: 'connections', label: 'number of connections', min: 0, max: 10_000, whole: true },
  { name: 'hold', label: 'number of held connections', min: 0, max: 10_000, whole: true },
  { name: 'holdIntervalMs', label: 'interval of held connections in milliseconds', min: 10, max: 300_000 },
  { name: 'maxFailed', label: 'number of allowed failures', min: 0, max: Number.MAX_SAFE_INTEGER, whole: true },
  { name: 'maxOutstanding', label: 'number of unanswered requests', min: 1, max: 100_000, whole: true },
];

/** Completes and checks a probe. @throws InvalidInput naming the value that is out of range or too heavy to start unasked. */
export function probeSpec(input: ProbeInput): ProbeSpec {
  const { reallyHeavy, request, ...given } = input;
  const spec: ProbeSpec = {
    ratePerSecond: 100,
    durationMs: 60_000,
    timeoutMs: 5000,
    connections: 10,
    hold: 0,
    holdIntervalMs: 1000,
    maxFailed: 0,
    maxOutstanding: 10_000,
    tls: {},
    ...given,
    request: { method: 'GET', headers: {}, expectStatus: 200, ...request },
  };
  if (spec.targets.length === 0)
    throw new InvalidInput('The probe has no target.', { remedy: 'Name at least one URL.' });
  ranges.forEach((range) => checkRange(range, spec[range.name]));
  checkOwnConnections(spec);
  checkTls(spec.tls);
  checkHeaders(spec.request.headers);
  if (reallyHeavy !== true) checkWeight(spec);
  return spec;
}

function checkRange(range: Range, value: number): void {
  const fits = value >= range.min && value <= range.max && (range.whole !== true || Number.isInteger(value));
  if (fits) return;
  throw new InvalidInput(`The ${range.label} cannot be ${value}.`, {
    object: range.label,
    remedy: `Give a ${range.whole === true ? 'whole ' : ''}number from ${range.min} to ${range.max}.`,
  });
}

function checkOwnConnections({ connections, targets }: ProbeSpec): void {
  const other = targets.find(({ protocol }) => protocol !== 'tcp' && protocol !== 'ws');
  if (connections > 0 || other === undefined) return;
  throw new InvalidInput(`The number of connections cannot be 0 for ${other.name}: only tcp and ws take it.`, {
    object: 'number of connections',
    remedy: 'Give at least 1, or only targets of protocol tcp or ws.',
  });
}

function checkTls(tls: TlsShape): void {
  if ((tls.cert === undefined) === (tls.key === undefined)) return;
  throw new InvalidInput('A client certificate needs both its certificate and its key.', {
    object: 'client certificate',
    remedy: 'Give --cert and --key together.',
  });
}

/** Headers that describe the connection or the message are the probe's own business. */
const ownHeaders: Readonly<Record<string, string>> = {
  host: 'Use --host.',
  connection: 'Leave it out.',
  'content-length': 'Leave it out.',
  'keep-alive': 'Leave it out.',
  'transfer-encoding': 'Leave it out.',
  upgrade: 'Leave it out.',
  te: 'Leave it out.',
};

function checkHeaders(headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) {
    const remedy = ownHeaders[name.toLowerCase()];
    if (remedy !== undefined) throw new InvalidInput(`The header "${name}" cannot be set.`, { object: name, remedy });
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch (cause) {
      const object = `header ${name}`;
      throw new InvalidInput(`The header "${name}" is not valid.`, {
        object,
        remedy: "Write it as 'Name: value'.",
        cause,
      });
    }
  }
}

function checkWeight(spec: ProbeSpec): void {
  const total = spec.ratePerSecond * spec.targets.length;
  const tooFast = total > MAX_TOTAL_RATE;
  if (!tooFast && spec.durationMs <= MAX_DURATION_MS) return;
  const problem = tooFast ? `${total} requests a second in all is above 1,000` : 'the duration is above one hour';
  throw new InvalidInput(`The probe is heavy: ${problem}.`, {
    object: 'probe',
    remedy: 'Add --yes-really when the targets are yours and can take it.',
  });
}
