/** One problem. */
export interface Problem {
  /** `bad`: something does not work now. `warn`: it works, but not as it looks. */
  readonly severity: 'bad' | 'warn';
  /** Exact object, or several of one kind. */
  readonly object: string;
  /** One or more sentences. */
  readonly text: string;
  /** A command or an instruction; null when `text` already says it all. */
  readonly next: string | null;
}
