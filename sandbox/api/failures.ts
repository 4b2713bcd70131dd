import type { MeshliftError } from '../../src/errors.ts';
import { type Attempt, statusError } from '../../src/kube/status-error.ts';
import { ApiFailure } from '../store/failure.ts';

/**
 * What the HTTP client would throw for a failure of the store: the same function decides, from the same Status body. What
 * is no ApiFailure is a fault of the sandbox and is returned as it is.
 */
export function clientError(failure: unknown, attempt: Attempt): MeshliftError | Error {
  if (!(failure instanceof ApiFailure)) return failure instanceof Error ? failure : new Error(String(failure));
  const seconds = failure.details?.retryAfterSeconds;
  const retryAfter = seconds === undefined ? undefined : String(seconds);
  return statusError({ status: failure.code, retryAfter, body: JSON.stringify(failure.status()) }, attempt);
}
