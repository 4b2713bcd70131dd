import type { ExitCode } from '../exit-code.ts';
import type { CliIo } from '../io.ts';

/** What the person asked of `meshlift demo`. */
export interface DemoFlags {
  readonly fast?: boolean;
  readonly rollback?: boolean;
  readonly out: string;
}

/** The program itself: arguments and world to exit code. */
export type RunMain = (argv: readonly string[], io: CliIo) => Promise<ExitCode>;
