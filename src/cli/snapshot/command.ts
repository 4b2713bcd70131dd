/** `meshlift snapshot save`: writes beside the file, then puts it in its place. */
import { Aborted, InvalidInput } from '../../errors.ts';
import type { SnapshotSink, SnapshotSummary } from '../../inventory/save-snapshot.ts';
import { openCluster } from '../cluster.ts';
import { exitCodes, type ExitCode } from '../exit-code.ts';
import type { CliIo, OutFile } from '../io.ts';
import { progressLine } from '../progress.ts';
import { plural } from '../text.ts';
import type { SaveFlags } from './options.ts';

/** Runs the command. Throws InvalidInput when the file exists or can't be written, Aborted at Ctrl-C, and what reading throws. */
export async function saveTo(file: string, flags: SaveFlags, io: CliIo): Promise<ExitCode> {
  if (flags.force !== true && (await io.exists(file))) {
    const remedy = 'Give another name, or --force to replace it.';
    throw new InvalidInput(`file ${file} exists already.`, { object: `file ${file}`, remedy });
  }
  const cluster = await openCluster(flags, io);
  const stopped = new AbortController();
  const off = io.onInterrupt(() => stopped.abort());
  try {
    const { saveSnapshot } = await import('../../inventory/save-snapshot.ts');
    const progress = progressLine(io);
    const { context, api } = cluster;
    const options = { context, takenAt: new Date(io.now()), onProgress: progress.report, signal: stopped.signal };
    const summary = await intoPlace(file, io, stopped.signal, (sink) => saveSnapshot(api, options, sink)).finally(() =>
      progress.end(),
    );
    io.stdout(report(file, summary));
    return exitCodes.fine;
  } finally {
    off();
    await cluster.api.close();
  }
}

// The file appears under its name only when it is whole; a half one is never left behind.
async function intoPlace(
  file: string,
  io: CliIo,
  signal: AbortSignal,
  save: (sink: SnapshotSink) => Promise<SnapshotSummary>,
): Promise<SnapshotSummary> {
  const part = `${file}.part`;
  const out = await openPart(part, io);
  try {
    const summary = await save((bytes) => out.write(bytes)).finally(() => out.close());
    if (signal.aborted) throw new Aborted('Stopped.');
    await io.rename(part, file);
    return summary;
  } catch (error) {
    await io.remove(part);
    throw signal.aborted ? new Aborted(`Stopped before ${file} was written.`, { cause: error }) : error;
  }
}

async function openPart(part: string, io: CliIo): Promise<OutFile> {
  try {
    return await io.openWrite(part);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const remedy = 'Give a file in a folder that exists and that you may write.';
    throw new InvalidInput(`file ${part} can't be written: ${why}.`, { object: `file ${part}`, remedy, cause });
  }
}

function report(file: string, { objects, bytes, istiods, answered, unread }: SnapshotSummary): string {
  const lines = [
    `${file}: ${plural(objects, 'object')}, ${plural(bytes, 'byte')}, answers of ${answered} of ${plural(istiods, 'istiod pod')}.`,
    ...(unread.length === 0 ? [] : ['Not in it:', ...unread.map(({ what, why }) => `  ${what}: ${why}`)]),
    'Left out on purpose: data of Secrets, tokens, values of environment variables, keys of certificates.',
    `Look at it: meshlift status --snapshot ${file}`,
  ];
  return `${lines.join('\n')}\n`;
}
