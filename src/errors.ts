/**
 * Errors by the class that decides how they are handled. Each says what failed, on which object, and what to do next;
 * the command line turns the class into an exit code and prints `message` and `remedy`, never a stack.
 */

/** What a caller does with an error: the whole meaning of having classes. */
export type ErrorClass = 'InvalidInput' | 'NotFound' | 'Conflict' | 'Transient' | 'Blocked' | 'Aborted';

/** The parts of an error besides its message. */
export interface ErrorDetails {
  /** What it happened on, as a person would name it: "Deployment shop/web", "file mesh.snapshot". */
  readonly object?: string;
  /** The next thing to do, in the imperative; one sentence. */
  readonly remedy?: string;
  /** The error underneath. */
  readonly cause?: unknown;
  /** Seconds the server asked us to wait (HTTP Retry-After): on Transient, and on Blocked by a disruption budget. */
  readonly retryAfterSeconds?: number;
  /** HTTP status when a server answered. */
  readonly status?: number;
}

/** Base of every error that meshlift throws on purpose. */
export class MeshliftError extends Error {
  readonly errorClass: ErrorClass;
  readonly object: string | undefined;
  readonly remedy: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly status: number | undefined;

  constructor(errorClass: ErrorClass, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = errorClass;
    this.errorClass = errorClass;
    this.object = details.object;
    this.remedy = details.remedy;
    this.retryAfterSeconds = details.retryAfterSeconds;
    this.status = details.status;
  }
}

/** The user's input is wrong (argument, file, kubeconfig, credential): exit code 2, nothing was changed. */
export class InvalidInput extends MeshliftError {
  constructor(message: string, details?: ErrorDetails) {
    super('InvalidInput', message, details);
  }
}

/** The object, kind or context does not exist. */
export class NotFound extends MeshliftError {
  constructor(message: string, details?: ErrorDetails) {
    super('NotFound', message, details);
  }
}

/** Somebody else changed or owns the object: read again, decide again. */
export class Conflict extends MeshliftError {
  constructor(message: string, details?: ErrorDetails) {
    super('Conflict', message, details);
  }
}

/** May work if tried again: time-out, connection lost, 429, 5xx. */
export class Transient extends MeshliftError {
  constructor(message: string, details?: ErrorDetails) {
    super('Transient', message, details);
  }
}

/** Something refuses: no right (401, 403), a policy, a disruption budget, a finding. Trying again alone does not help. */
export class Blocked extends MeshliftError {
  constructor(message: string, details?: ErrorDetails) {
    super('Blocked', message, details);
  }
}

/** The person or the program stopped it. */
export class Aborted extends MeshliftError {
  constructor(message: string, details?: ErrorDetails) {
    super('Aborted', message, details);
  }
}

/** One line for a person: message, then the remedy when there is one. Works for foreign errors too. */
export function explain(error: unknown): string {
  if (error instanceof MeshliftError) return error.remedy ? `${error.message} ${error.remedy}` : error.message;
  return error instanceof Error ? error.message : String(error);
}
