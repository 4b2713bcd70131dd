/** Exit codes: the contract with scripts. docs/exit-codes.md says the same for people. */
import { MeshliftError, type ErrorClass } from '../errors.ts';

/** What each number says. */
export const exitCodes = {
  fine: 0,
  failed: 1,
  /** Wrong usage or input. */
  usage: 2,
  /** Blocked by a finding. */
  blocked: 3,
  /** Stopped and waiting for a person. */
  waiting: 4,
  rolledBack: 5,
  /** Could not see enough to say. */
  unseen: 6,
} as const;

/** One of the numbers above. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

// A missing object or context was named by the person. A server that refuses (401, 403) or fails is no fault of the input.
const byClass: Readonly<Record<ErrorClass, ExitCode>> = {
  InvalidInput: exitCodes.usage,
  NotFound: exitCodes.usage,
  Conflict: exitCodes.failed,
  Transient: exitCodes.failed,
  Blocked: exitCodes.failed,
  Aborted: exitCodes.failed,
};

/** Exit code for what a command threw. Anything that is no MeshliftError is a fault of ours: 1. */
export function exitCodeOf(error: unknown): ExitCode {
  return error instanceof MeshliftError ? byClass[error.errorClass] : exitCodes.failed;
}
