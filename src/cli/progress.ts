/** Says on stderr what a long reading is doing: repainted in place on a terminal, one line elsewhere. */
import type { Progress } from '../inventory/walk.ts';
import type { CliIo } from './io.ts';

/** What a reading reports to. */
export interface ProgressLine {
  report(progress: Progress): void;
  /** Takes the line away. */
  end(): void;
}

/** Milliseconds before the first word: on a terminal, and elsewhere. */
const PATIENCE = { terminal: 1000, pipe: 5000 } as const;
/** Milliseconds between two repaints. */
const REPAINT = 200;

/** Starts the clock. Nothing is printed about a reading that is quick. */
export function progressLine(io: CliIo): ProgressLine {
  const ended = new AbortController();
  let latest: Progress | null = null;
  let shown = false;
  const clear = io.stderrIsTty ? '\r\u001b[2K' : '';
  const loop = async (): Promise<void> => {
    await io.wait(io.stderrIsTty ? PATIENCE.terminal : PATIENCE.pipe, ended.signal);
    while (!ended.signal.aborted) {
      io.stderr(`${clear}${describe(latest)}${io.stderrIsTty ? '' : '\n'}`);
      shown = true;
      if (!io.stderrIsTty) return;
      await io.wait(REPAINT, ended.signal);
    }
  };
  void loop();
  return {
    report: (progress) => {
      latest = progress;
    },
    // At once, not when the loop wakes up: the answer is printed right after this.
    end: () => {
      ended.abort();
      if (shown) io.stderr(clear);
    },
  };
}

function describe(progress: Progress | null): string {
  if (progress === null) return 'Waiting for the API server …';
  const { done, total, objects, kind } = progress;
  if (done >= total) return `Read ${objects.toLocaleString('en')} objects; waiting for istiod's answers …`;
  return `Reading the cluster: ${objects.toLocaleString('en')} objects, ${done} of ${total} lists, now ${kind} …`;
}
