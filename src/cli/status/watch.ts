/** `status --watch`: the same again and again, until Ctrl-C. */
import { Aborted, MeshliftError, Transient, explain } from '../../errors.ts';
import type { MeshStatus } from '../../mesh/status.ts';
import { exitCodes, type ExitCode } from '../exit-code.ts';
import type { CliIo } from '../io.ts';
import type { StatusFlags } from './options.ts';
import type { Format } from './format.ts';

/** One reading: the document, the exit code that it earns, and what is wrong with the file, if anything. */
export interface Reading {
  readonly document: MeshStatus;
  readonly code: ExitCode;
  readonly damaged: string | null;
}

/** Cursor home, and clear what is below: no flicker, and what scrolled away stays in the terminal's history. */
const HOME = '\u001b[H\u001b[J';

/**
 * Reads every `interval` and shows what came: repainted on a terminal; elsewhere printed only when something but the time has
 * changed. A reading that fails for the moment (Transient) is told of and tried again; anything else is thrown.
 */
export async function watchStatus(
  io: CliIo,
  flags: Pick<StatusFlags, 'interval' | 'output'>,
  read: (signal: AbortSignal) => Promise<Reading>,
  format: Format,
): Promise<ExitCode> {
  const stopped = new AbortController();
  const off = io.onInterrupt(() => stopped.abort());
  const print = printer(io, flags, format);
  try {
    while (!stopped.signal.aborted) {
      print(await attempt(read, stopped.signal, io));
      await io.wait(flags.interval, stopped.signal);
    }
    return exitCodes.fine;
  } finally {
    off();
  }
}

async function attempt(
  read: (signal: AbortSignal) => Promise<Reading>,
  signal: AbortSignal,
  io: CliIo,
): Promise<Reading | null> {
  try {
    return await read(signal);
  } catch (error) {
    if (error instanceof Aborted && signal.aborted) return null;
    if (!(error instanceof MeshliftError) || !(error instanceof Transient)) throw error;
    io.stderr(`${new Date(io.now()).toISOString()} not read, trying again: ${explain(error)}\n`);
    return null;
  }
}

function printer(io: CliIo, { interval, output }: Pick<StatusFlags, 'interval' | 'output'>, format: Format) {
  let before = '';
  return (reading: Reading | null): void => {
    if (reading === null) return;
    const { document } = reading;
    const text = format(document, io);
    const forPeople = output === 'table' || output === 'wide';
    if (io.isTty && forPeople) {
      io.stdout(`${HOME}${document.takenAt}, every ${interval / 1000} s, Ctrl-C ends\n\n${text}`);
      return;
    }
    const content = JSON.stringify({ ...document, takenAt: '' });
    if (content === before) return;
    before = content;
    io.stdout(forPeople ? `--- ${document.takenAt}\n${text}` : text);
  };
}
