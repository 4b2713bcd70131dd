/** `npm run check`: all static checks at once, a line each; the output of one that fails follows. Exit code 1 when one fails. */
import { spawn } from 'node:child_process';

interface Check {
  readonly name: string;
  readonly command: readonly string[];
}

const checks: readonly Check[] = [
  { name: 'types', command: ['tsc', '--noEmit', '-p', '.'] },
  { name: 'lint', command: ['eslint', '--cache', '--cache-location', 'node_modules/.cache/eslint/', '.'] },
  { name: 'format', command: ['prettier', '--check', '--cache', '--log-level', 'warn', '.'] },
  {
    name: 'rooms',
    command: ['depcruise', '--config', '.dependency-cruiser.cjs', '--output-type', 'err', 'src', 'sandbox', 'bench'],
  },
  { name: 'dead code', command: ['knip', '--no-progress'] },
  { name: 'docs', command: ['tsx', 'tools/docs-check.ts'] },
  { name: 'pages of checks', command: ['tsx', 'tools/check-docs.ts'] },
];

interface Outcome {
  readonly check: Check;
  readonly ok: boolean;
  readonly seconds: number;
  readonly output: string;
}

function run(check: Check): Promise<Outcome> {
  const started = performance.now();
  const [tool = '', ...args] = check.command;
  return new Promise((resolve) => {
    const child = spawn(`node_modules/.bin/${tool}`, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks: Buffer[] = [];
    const finish = (ok: boolean, extra = ''): void => {
      const seconds = (performance.now() - started) / 1000;
      resolve({ check, ok, seconds, output: Buffer.concat(chunks).toString() + extra });
    };
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', (error) => finish(false, error.message));
    child.on('close', (code) => finish(code === 0));
  });
}

const outcomes = await Promise.all(checks.map(run));
for (const { check, ok, seconds } of outcomes)
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${check.name} ${seconds.toFixed(1)} s`);
for (const { check, ok, output } of outcomes)
  if (!ok) console.log(`\n--- ${check.name}: ${check.command.join(' ')}\n${output.trim()}`);
process.exitCode = outcomes.every((outcome) => outcome.ok) ? 0 : 1;
