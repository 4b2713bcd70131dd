/** The real world for `bin.ts`. */
import { access, open, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { setTimeout as timeout } from 'node:timers/promises';
import { wantsColor, type CliIo, type OutFile } from './io.ts';

/** Width that is taken when stdout is no terminal. */
const DEFAULT_COLUMNS = 100;

/** `CliIo` on a process, its terminal and its file system. */
export function processIo(host: NodeJS.Process): CliIo {
  const isTty = host.stdout.isTTY === true;
  return {
    stdout: (text) => void host.stdout.write(text),
    stderr: (text) => void host.stderr.write(text),
    isTty,
    stderrIsTty: host.stderr.isTTY === true,
    get columns() {
      return host.stdout.columns || DEFAULT_COLUMNS;
    },
    color: wantsColor(host.env, isTty),
    env: host.env,
    home: homedir(),
    now: () => Date.now(),
    wait: (ms, signal) => timeout(ms, undefined, signal ? { signal } : {}).catch(() => undefined),
    readFile: (path) => readFile(path),
    exists: (path) =>
      access(path).then(
        () => true,
        () => false,
      ),
    openWrite,
    rename,
    remove: (path) => rm(path, { force: true }),
    onInterrupt: (handler) => {
      host.on('SIGINT', handler).on('SIGTERM', handler);
      return () => void host.off('SIGINT', handler).off('SIGTERM', handler);
    },
  };
}

async function openWrite(path: string): Promise<OutFile> {
  const file = await open(path, 'w', 0o600);
  return {
    // FileHandle.write may take fewer bytes than it was given; writeFile goes on until all are written.
    write: (bytes) => file.writeFile(bytes),
    close: async () => {
      await file.sync();
      await file.close();
    },
  };
}
