/** A world for tests: collects what is printed; its time stands until somebody waits. */
import { access, appendFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { wantsColor, type CliIo, type Processes } from './io.ts';

/** The world and what came of it. */
export interface TestIo {
  readonly io: CliIo;
  readonly out: () => string;
  readonly err: () => string;
  /** Presses Ctrl-C. */
  interrupt(): void;
}

/** `waits` gets each wait in milliseconds; the default never ends before its signal. */
export interface TestIoOptions {
  readonly tty?: boolean;
  readonly env?: CliIo['env'];
  readonly columns?: number;
  readonly home?: string;
  readonly wait?: (ms: number, io: TestIo) => void;
  /** Default: there are no other processes, and none can be started. */
  readonly processes?: Processes;
  /** What the person answers. Default: there is nobody. */
  readonly answer?: string;
}

const noProcesses: Processes = {
  own: 1,
  spawnSelf: () => Promise.reject(new Error('no processes in this test')),
  alive: () => false,
  end: () => undefined,
};

/** Makes one. Files are real, so tests give paths in a directory of their own. */
export function testIo(options: TestIoOptions = {}): TestIo {
  const { tty = false, env = {}, columns = 100, home = '/nonexistent', wait, processes = noProcesses } = options;
  const printed: { to: 'out' | 'err'; text: string }[] = [];
  const handlers = new Set<() => void>();
  const textOf = (to: 'out' | 'err') => (): string =>
    printed.flatMap((one) => (one.to === to ? [one.text] : [])).join('');
  const self: TestIo = {
    io: {
      stdout: (text) => void printed.push({ to: 'out', text }),
      stderr: (text) => void printed.push({ to: 'err', text }),
      ...{ isTty: tty, stderrIsTty: tty, columns, color: wantsColor(env, tty), env, home, who: 'tester@here' },
      ask: (question) => {
        if (options.answer !== undefined) printed.push({ to: 'err', text: question });
        return Promise.resolve(options.answer ?? null);
      },
      now: () => Date.UTC(2026, 0, 2, 3, 4, 5),
      wait: (ms, signal) => waitOrAbort(signal, wait === undefined ? undefined : () => wait(ms, self)),
      readFile: (path) => readFile(path),
      exists: (path) =>
        access(path).then(
          () => true,
          () => false,
        ),
      openWrite: async (path) => {
        await writeFile(path, '');
        return { write: (bytes) => appendFile(path, bytes), close: () => Promise.resolve() };
      },
      rename,
      remove: (path) => rm(path, { force: true }),
      makeDirectory: async (path) => void (await mkdir(path, { recursive: true })),
      processes,
      onInterrupt: (handler) => {
        handlers.add(handler);
        return () => void handlers.delete(handler);
      },
    },
    out: textOf('out'),
    err: textOf('err'),
    interrupt: () => handlers.forEach((handler) => handler()),
  };
  return self;
}

function waitOrAbort(signal: AbortSignal | undefined, wait: (() => void) | undefined): Promise<void> {
  if (wait !== undefined) return Promise.resolve().then(wait);
  return new Promise((resolve) => {
    if (signal?.aborted) resolve();
    else signal?.addEventListener('abort', () => resolve(), { once: true });
  });
}
