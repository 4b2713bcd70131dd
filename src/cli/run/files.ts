/** Files of the person that commands read and write; a fault names the file and what to do. */
import { InvalidInput } from '../../errors.ts';
import type { CliIo, OutFile } from '../io.ts';

/** Its text. @throws InvalidInput with `remedy` */
export async function readText(path: string, io: Pick<CliIo, 'readFile'>, remedy: string): Promise<string> {
  const bytes = await io.readFile(path).catch((cause: unknown) => {
    throw new InvalidInput(`file ${path} can't be read: ${wordsOf(cause)}.`, { object: `file ${path}`, remedy, cause });
  });
  return Buffer.from(bytes).toString();
}

/** Writes it whole. @throws InvalidInput */
export async function writeText(path: string, text: string, io: Pick<CliIo, 'openWrite'>): Promise<void> {
  const file = await openFile(path, io);
  await file
    .write(Buffer.from(text))
    .finally(() => file.close())
    .catch((cause: unknown) => {
      throw cannotWrite(path, cause);
    });
}

/** Makes the file, or empties it. @throws InvalidInput */
export async function openFile(path: string, io: Pick<CliIo, 'openWrite'>): Promise<OutFile> {
  return io.openWrite(path).catch((cause: unknown) => {
    throw cannotWrite(path, cause);
  });
}

function cannotWrite(path: string, cause: unknown): InvalidInput {
  const remedy = 'Give a file in a folder that exists and that you may write.';
  return new InvalidInput(`file ${path} can't be written: ${wordsOf(cause)}.`, {
    object: `file ${path}`,
    remedy,
    cause,
  });
}

function wordsOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
