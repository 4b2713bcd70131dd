/** What becomes of a command whose reader has gone (`| head`, a terminal that was closed). */

/** What is needed of the process. */
export interface PipeHost {
  readonly stdout: PipeStream;
  readonly stderr: PipeStream;
  /** As of `process`: false when nobody listens. */
  emit(event: 'SIGTERM', signal: 'SIGTERM'): boolean;
  exit(code: number): void;
}

interface PipeStream {
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
  write(text: string): unknown;
}

/**
 * Ends a command whose output can't be written. Without its reader a command that only prints ends at once, which is no failure.
 * One that has more to do (a run, a probe) ends as at Ctrl-C, and its own exit code says how far it came: a 0 would say that an
 * upgrade is finished. Any other fault of writing (a full disk) is told and ends it with 1.
 */
export function endWithPipe(host: PipeHost): void {
  let isGone = false;
  const listener = (fine: number) => (error: NodeJS.ErrnoException) => {
    // Each further line fails too; a second interrupt would mean: at once.
    if (isGone) return;
    isGone = true;
    const isEnd = error.code === 'EPIPE';
    if (!isEnd) host.stderr.write(`meshlift: the output can't be written: ${error.message}.\n`);
    if (!host.emit('SIGTERM', 'SIGTERM')) host.exit(isEnd ? fine : 1);
  };
  host.stdout.on('error', listener(0));
  host.stderr.on('error', listener(1));
}
