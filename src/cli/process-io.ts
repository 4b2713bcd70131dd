/** The real world for `bin.ts`. */
import { spawn } from 'node:child_process';
import { access, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { homedir, hostname, userInfo } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { setTimeout as timeout } from 'node:timers/promises';
import { wantsColor, type CliIo, type OutFile, type Processes, type SelfProcess } from './io.ts';

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
    who: `${userName()}@${hostname()}`,
    ask: (question) => ask(host, question),
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
    makeDirectory: async (path) => void (await mkdir(path, { recursive: true, mode: 0o700 })),
    processes: processesOf(host),
    onInterrupt: (handler) => {
      host.on('SIGINT', handler).on('SIGTERM', handler);
      return () => void host.off('SIGINT', handler).off('SIGTERM', handler);
    },
  };
}

/** In a container the user may have no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'somebody';
  }
}

async function ask(host: NodeJS.Process, question: string): Promise<string | null> {
  if (host.stdin.isTTY !== true) return null;
  const lines = createInterface({ input: host.stdin, output: host.stderr });
  try {
    return await lines.question(question);
  } finally {
    lines.close();
  }
}

async function openWrite(path: string): Promise<OutFile> {
  const file = await open(path, 'w', 0o600);
  return {
    // FileHandle.write may take fewer bytes than it was given; writeFile goes on until all are written.
    write: (bytes) => file.writeFile(bytes),
    close: async () => {
      // A pipe or /dev/null has nothing to sync; the disk's own faults are told.
      await file.sync().catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EINVAL') throw error;
      });
      await file.close();
    },
  };
}

function processesOf(host: NodeJS.Process): Processes {
  const signal = (pid: number, what: NodeJS.Signals | 0): boolean => {
    try {
      return host.kill(pid, what);
    } catch (error) {
      // EPERM: it exists and belongs to somebody else.
      return error instanceof Error && 'code' in error && error.code === 'EPERM';
    }
  };
  return {
    own: host.pid,
    spawnSelf: (args, logFile, env = {}) => spawnSelf(host, { args, logFile, env }),
    alive: (pid) => signal(pid, 0),
    end: (pid, how) => void signal(pid, how === 'ask' ? 'SIGTERM' : 'SIGKILL'),
  };
}

interface Start {
  readonly args: readonly string[];
  readonly logFile: string;
  readonly env: Readonly<Record<string, string>>;
}

/** The same Node with the same loader options (a source run has some) and the same script. */
async function spawnSelf(host: NodeJS.Process, { args, logFile, env }: Start): Promise<SelfProcess> {
  const log = await open(logFile, 'w', 0o600);
  try {
    const child = spawn(host.execPath, [...host.execArgv, host.argv[1] ?? '', ...args], {
      detached: true,
      env: { ...host.env, ...env },
      stdio: ['ignore', log.fd, log.fd],
    });
    const exited = new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
    await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));
    child.unref();
    return { pid: child.pid ?? 0, exited };
  } finally {
    await log.close();
  }
}
