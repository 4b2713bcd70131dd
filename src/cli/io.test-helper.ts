/** A world for tests: collects what is printed; its time stands until somebody waits. */
import { access, readFile, rename, rm, writeFile, appendFile } from 'node:fs/promises';
import { wantsColor, type CliIo } from './io.ts';

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
}

/** Makes one. Files are real, so tests give paths in a directory of their own. */
export function testIo(options: TestIoOptions = {}): TestIo {
  const { tty = false, env = {}, columns = 100, home = '/nonexistent', wait } = options;
  const printed: { to: 'out' | 'err'; text: string }[] = [];
  const handlers = new Set<() => void>();
  const textOf = (to: 'out' | 'err') => (): string =>
    printed.flatMap((one) => (one.to === to ? [one.text] : [])).join('');
  const self: TestIo = {
    io: {
      stdout: (text) => void printed.push({ to: 'out', text }),
      stderr: (text) => void printed.push({ to: 'err', text }),
      ...{ isTty: tty, stderrIsTty: tty, columns, color: wantsColor(env, tty), env, home },
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
