/** Flags that every reading command has, named as kubectl names them. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { ExitCode } from './exit-code.ts';

/** Called by a command with its exit code when it did not throw. */
export type Done = (exitCode: ExitCode) => void;

/** Which cluster, as whom. */
export interface ClusterFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  /** Milliseconds for one request. */
  readonly requestTimeout: number;
  readonly as?: string;
  readonly asGroup?: readonly string[];
}

/** Adds the flags of `ClusterFlags`. */
export function withClusterFlags(command: Command): Command {
  return command
    .option('--kubeconfig <file>', 'kubeconfig to use (default: $KUBECONFIG, ~/.kube/config, or the pod itself)')
    .option('--context <name>', 'context of the kubeconfig (default: its current context)')
    .addOption(
      new Option('--request-timeout <duration>', 'time for one request, retries included')
        .argParser(duration)
        .default(30_000, '30s'),
    )
    .option('--as <user>', 'user to impersonate')
    .option('--as-group <group>', 'group to impersonate; may be repeated', collect);
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/**
 * Milliseconds of '30s', '1m30s', '500ms', or of a plain number of seconds, as kubectl takes it. Throws commander's
 * InvalidArgumentError for anything else and for nothing: a request without an end would hold a rollout for ever.
 */
export function duration(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  const whole = parts.map(([part]) => part).join('') === text;
  const seconds = /^\d+$/.test(text) ? Number(text) * 1000 : Number.NaN;
  const sum = parts.reduce((total, [, value, unit]) => total + Number(value) * (units[unit ?? ''] ?? 0), 0);
  const ms = whole && parts.length > 0 ? sum : seconds;
  if (!(ms > 0)) throw new InvalidArgumentError('Give a time above zero, for example 30s, 1m30s or 500ms.');
  return ms;
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
