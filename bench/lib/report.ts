import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { root } from './child.ts';

/** One row of a benchmark's table. */
export interface Row {
  readonly measure: string;
  readonly value: string;
  /** What is promised; '' for a row that only informs. */
  readonly bound: string;
  /** Whether the bound is kept; null without one. */
  readonly kept: boolean | null;
}

/** What a benchmark found. */
export interface Outcome {
  readonly rows: readonly Row[];
  /** Everything measured, run by run. */
  readonly raw: Readonly<Record<string, unknown>>;
}

/** A row without a bound. */
export function info(measure: string, value: string): Row {
  return { measure, value, bound: '', kept: null };
}

/** A row with a bound. */
export function promise(measure: string, value: string, bound: string, kept: boolean): Row {
  return { measure, value, bound, kept };
}

function verdictOf(row: Row): string {
  if (row.kept === null) return '';
  return row.kept ? 'kept' : 'MISSED';
}

/** The rows as a table for a person. */
export function tableOf(rows: readonly Row[]): string {
  const lines = [
    ['measure', 'value', 'bound', 'verdict'],
    ...rows.map((row) => [row.measure, row.value, row.bound, verdictOf(row)]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return 'unknown';
  }
}

/** Writes bench/results/NAME.json and gives its path. */
export function saveResults(name: string, outcome: Outcome, quick: boolean): string {
  const machine = { node: process.version, cpu: cpus()[0]?.model ?? '', cores: cpus().length };
  const result = { name, quick, commit: commit(), machine, takenAt: new Date().toISOString(), ...outcome };
  mkdirSync(`${root}bench/results`, { recursive: true });
  const path = `bench/results/${name}${quick ? '-quick' : ''}.json`;
  writeFileSync(`${root}${path}`, `${JSON.stringify(result, null, 2)}\n`);
  return path;
}
