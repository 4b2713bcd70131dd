/** The world as a command sees it. `bin.ts` makes the real one; tests make their own. */

/** An open file that is being written. */
export interface OutFile {
  /** Resolves when the next bytes may come. */
  write(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** Another run of this program. */
export interface SelfProcess {
  readonly pid: number;
  /** Its exit code, when it ends while this program waits; 1 when a signal ended it. */
  readonly exited: Promise<number>;
}

/** Processes: this one and others of the person. */
export interface Processes {
  /** Number of this process. */
  readonly own: number;
  /**
   * Runs this program once more with other arguments, detached: it outlives this one and its terminal. What it prints goes
   * into `logFile`, which is emptied first; `env` is added to this one's environment. Rejects with Node's error when it
   * cannot be started.
   */
  spawnSelf(args: readonly string[], logFile: string, env?: Readonly<Record<string, string>>): Promise<SelfProcess>;
  /** Whether a process with this number exists, whosever it is. */
  alive(pid: number): boolean;
  /** Asks a process to end, or with 'kill' ends it. One that does not exist is fine. */
  end(pid: number, how: 'ask' | 'kill'): void;
}

/** Everything that a command may touch besides the cluster. No command reads `process` itself. */
export interface CliIo {
  /** The answer. Text as it stands: no line end is added. */
  stdout(text: string): void;
  /** Progress, warnings and errors. */
  stderr(text: string): void;
  /** Whether stdout is a terminal. */
  readonly isTty: boolean;
  /** Whether stderr is a terminal: only then progress is repainted in place. */
  readonly stderrIsTty: boolean;
  /** Width of the terminal now; 100 when stdout is none. */
  readonly columns: number;
  /** Whether stdout may carry colour codes (`wantsColor`). */
  readonly color: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The person's home directory. */
  readonly home: string;
  /** Who runs it and where, for leases and journals: 'user@host'. */
  readonly who: string;
  /** Asks the person one line; null when there is nobody to ask (stdin is no terminal). */
  ask(question: string): Promise<string | null>;
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after `ms` milliseconds, or at once when the signal fires; never rejects. */
  wait(ms: number, signal?: AbortSignal): Promise<void>;
  /** Rejects with Node's file system error. */
  readFile(path: string): Promise<Uint8Array>;
  exists(path: string): Promise<boolean>;
  /** Makes the file, or empties it, readable only for the person. */
  openWrite(path: string): Promise<OutFile>;
  /** Replaces `to` in one step. */
  rename(from: string, to: string): Promise<void>;
  /** A file that does not exist is fine. */
  remove(path: string): Promise<void>;
  /** Makes a directory, and those above it, accessible only for the person; one that exists is fine. */
  makeDirectory(path: string): Promise<void>;
  readonly processes: Processes;
  /** Calls `handler` at each Ctrl-C (and SIGTERM) instead of ending the process; the answer takes the handler away. */
  onInterrupt(handler: () => void): () => void;
}

/** Colour by the conventions: NO_COLOR set and not empty, or TERM=dumb, or no terminal means none. https://no-color.org */
export function wantsColor(env: CliIo['env'], isTty: boolean): boolean {
  return isTty && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
}
