/** `meshlift probe`: reads its files, runs the probe, writes the reports. */
import { InvalidInput } from '../../errors.ts';
import { systemClock } from '../../probe/clock.ts';
import { reportHtml } from '../../probe/html.ts';
import type { ProbeOutcome, ProbeReport } from '../../probe/report.ts';
import { runProbe } from '../../probe/run.ts';
import { probeSpec, type ProbeProgress, type ProbeSpec, type TlsShape } from '../../probe/spec.ts';
import { progressLine, reportTable } from '../../probe/table.ts';
import { parseProtocol, parseTarget } from '../../probe/target.ts';
import { exitCodes, type ExitCode } from '../exit-code.ts';
import type { CliIo, OutFile } from '../io.ts';
import type { ProbeFlags } from './options.ts';

const codes: Readonly<Record<ProbeOutcome, ExitCode>> = {
  pass: exitCodes.fine,
  fail: exitCodes.failed,
  'schedule-not-kept': exitCodes.unseen,
  'nothing-measured': exitCodes.unseen,
};

/** Runs the command. Throws InvalidInput for wrong values and for files that can't be read or written, before anything is sent. */
export async function probe(urls: readonly string[], flags: ProbeFlags, io: CliIo): Promise<ExitCode> {
  const spec = await readSpec(urls, flags, io);
  const json = await openResult(flags.out, io);
  const html = await openResult(flags.html, io);
  const report = await runUntilInterrupt(spec, io);
  await json?.(`${JSON.stringify(report)}\n`);
  await html?.(reportHtml(report));
  io.stdout(flags.output === 'json' ? `${JSON.stringify(report, null, 2)}\n` : reportTable(report));
  return codes[report.verdict.outcome];
}

async function readSpec(urls: readonly string[], flags: ProbeFlags, io: CliIo): Promise<ProbeSpec> {
  const protocol = flags.protocol === undefined ? undefined : parseProtocol(flags.protocol);
  const { host, bodyContains } = flags;
  return probeSpec({
    targets: urls.map((url) => parseTarget(url, protocol)),
    ratePerSecond: flags.rate,
    durationMs: flags.duration,
    timeoutMs: flags.timeout,
    connections: flags.connections,
    hold: flags.hold,
    maxFailed: flags.maxFailed,
    request: {
      method: flags.method,
      headers: Object.fromEntries(flags.header.map(headerOf)),
      expectStatus: flags.expectStatus,
      ...(host === undefined ? {} : { host }),
      ...(bodyContains === undefined ? {} : { bodyContains }),
    },
    tls: await readTls(flags, io),
    reallyHeavy: flags.yesReally === true,
  });
}

function headerOf(line: string): [name: string, value: string] {
  const colon = line.indexOf(':');
  const name = line.slice(0, colon).trim().toLowerCase();
  if (colon > 0 && name !== '') return [name, line.slice(colon + 1).trim()];
  // The line is not repeated: what was meant as a header often is a credential.
  throw new InvalidInput('a --header has no "name: value".', {
    object: '--header',
    remedy: "Write --header 'Name: value'.",
  });
}

async function readTls(flags: ProbeFlags, io: CliIo): Promise<TlsShape> {
  const read = async (path: string | undefined): Promise<string | undefined> =>
    path === undefined ? path : readPem(path, io);
  const [ca, cert, key] = await Promise.all([read(flags.ca), read(flags.cert), read(flags.key)]);
  return {
    ...(flags.sni === undefined ? {} : { sni: flags.sni }),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

async function readPem(path: string, io: CliIo): Promise<string> {
  const object = `file ${path}`;
  const text = await io.readFile(path).then(
    (bytes) => Buffer.from(bytes).toString(),
    (cause: unknown) => {
      throw new InvalidInput(`file ${path} can't be read: ${why(cause)}.`, {
        object,
        remedy: 'Give a file that you may read.',
        cause,
      });
    },
  );
  if (text.includes('-----BEGIN ')) return text;
  throw new InvalidInput(`file ${path} is not PEM.`, { object, remedy: 'Give a file with "-----BEGIN …-----" lines.' });
}

/** Opens a result before the first request, so that a long probe is not lost for a wrong path. */
async function openResult(path: string | undefined, io: CliIo): Promise<((text: string) => Promise<void>) | undefined> {
  if (path === undefined) return undefined;
  const part = `${path}.part`;
  const file = await openPart(part, io);
  return async (text) => {
    await file.write(Buffer.from(text)).finally(() => file.close());
    await io.rename(part, path);
  };
}

async function openPart(part: string, io: CliIo): Promise<OutFile> {
  try {
    return await io.openWrite(part);
  } catch (cause) {
    const remedy = 'Give a file in a folder that exists and that you may write.';
    throw new InvalidInput(`file ${part} can't be written: ${why(cause)}.`, { object: `file ${part}`, remedy, cause });
  }
}

async function runUntilInterrupt(spec: ProbeSpec, io: CliIo): Promise<ProbeReport> {
  const interrupted = new AbortController();
  const off = io.onInterrupt(() => interrupted.abort());
  const clear = io.stderrIsTty ? '\r\u001b[2K' : '';
  try {
    return await runProbe(spec, {
      clock: systemClock,
      wallClock: () => io.now(),
      signal: interrupted.signal,
      onProgress: showProgress(io, clear),
    });
  } finally {
    off();
    io.stderr(clear);
  }
}

/** Repainted every second on a terminal; elsewhere a line every ten seconds. */
function showProgress(io: CliIo, clear: string): (progress: ProbeProgress) => void {
  let told = 0;
  return (progress) => {
    const line = progressLine(progress);
    if (io.stderrIsTty) return io.stderr(`${clear}${line.slice(0, io.columns - 1)}`);
    if (progress.elapsedMs - told < 9900) return;
    told = progress.elapsedMs;
    io.stderr(`${line}\n`);
  };
}

function why(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
