/** `npm run simulate`: see docs/simulation.md. */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { mutants } from './mutant-list.ts';
import { notApplicable, runMutant } from './mutate.ts';
import { firstProblem } from './subset.ts';
import { tasksOf, Worker } from './tasks.ts';

const usage = `Usage: npm run simulate [-- OPTIONS]

  --seeds N       so many seeds (default 1000; 0 when --scenario is given)
  --from SEED     first seed (default 1)
  --scenario S    only stories of this name, such as bookinfo or bookinfo/back; may be given again
  --task T        one task, as it is printed for each that found something; may be given again
  --jobs J        processes (default: one a processor)
  --mutants       broken variants of the source instead: each must be noticed
  --only WORDS    with --mutants: only those whose name contains the words
  --subset        the part that broken variants are put through

Exit codes: 0 nothing found, 1 something found, 2 wrong usage.
`;

const root = fileURLToPath(new URL('../..', import.meta.url));
const self = fileURLToPath(import.meta.url);
const print = (text: string): void => void process.stdout.write(`${text}\n`);

interface Answer {
  readonly task: string;
  readonly found: readonly string[];
}

/** A child reads tasks, one a line, and answers each with a line of JSON. */
async function work(): Promise<number> {
  const worker = new Worker();
  for await (const task of createInterface({ input: process.stdin })) {
    const answer: Answer = { task, found: await worker.run(task) };
    print(JSON.stringify(answer));
  }
  return 0;
}

/** Gives tasks to children, each the next one when it is done with its last. */
function distribute(tasks: readonly string[], jobs: number, told: (answer: Answer) => void): Promise<void> {
  const left = [...tasks];
  const children = Array.from({ length: Math.min(jobs, tasks.length) }, async () => {
    const child = spawn(process.execPath, [...process.execArgv, self, '--work'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const next = (): void => {
      const task = left.shift();
      if (task === undefined) child.stdin.end();
      else child.stdin.write(`${task}\n`);
    };
    next();
    for await (const line of createInterface({ input: child.stdout })) {
      told(JSON.parse(line) as Answer);
      next();
    }
  });
  return Promise.all(children).then(() => undefined);
}

async function simulate(tasks: readonly string[], jobs: number): Promise<number> {
  const began = performance.now();
  const counts = new Map<string, { done: number; bad: number }>();
  const bad: Answer[] = [];
  let done = 0;
  print(`${tasks.length} tasks on ${jobs} processes`);
  await distribute(tasks, jobs, (answer) => {
    done += 1;
    const [kind = '', story = ''] = answer.task.split(' ');
    const row = kind === 'hazard' ? 'hazards' : `${kind} ${story}`;
    const count = counts.get(row) ?? { done: 0, bad: 0 };
    counts.set(row, { done: count.done + 1, bad: count.bad + Number(answer.found.length > 0) });
    if (answer.found.length > 0) {
      bad.push(answer);
      print(
        `FOUND ${answer.task}\n  ${answer.found.slice(0, 4).join('\n  ').slice(0, 2000)}\n  npm run simulate -- --task '${answer.task}'`,
      );
    }
    const seconds = (performance.now() - began) / 1000;
    const rest = Math.round((seconds / done) * (tasks.length - done));
    if (done % 50 === 0) print(`${done} of ${tasks.length}, ${bad.length} found something, about ${rest} s left`);
  });
  const width = Math.max(...[...counts.keys()].map((row) => row.length));
  print(`\n${'what'.padEnd(width)}  tasks  found`);
  for (const [row, count] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
    print(`${row.padEnd(width)}  ${String(count.done).padStart(5)}  ${String(count.bad).padStart(5)}`);
  print(
    `\n${done} of ${tasks.length} done in ${Math.round((performance.now() - began) / 1000)} s; ${bad.length} found something.`,
  );
  return bad.length === 0 && done === tasks.length ? 0 : 1;
}

async function mutate(jobs: number, only: string): Promise<number> {
  const wrong = notApplicable(root, mutants);
  for (const why of wrong) print(why);
  if (wrong.length > 0) return 1;
  const chosen = mutants.filter(({ name }) => name.includes(only));
  const left = [...chosen];
  let survived = 0;
  const lanes = Array.from({ length: jobs }, async () => {
    for (let mutant = left.shift(); mutant; mutant = left.shift()) {
      const { name, killedBy, seconds } = await runMutant(root, mutant, () => performance.now());
      if (killedBy === null) survived += 1;
      const end = killedBy === null ? 'SURVIVED' : 'noticed ';
      print(
        `${end}  ${seconds.toFixed(0).padStart(4)} s  ${name}${killedBy === null ? '' : `\n          by ${killedBy.slice(0, 160)}`}`,
      );
    }
  });
  await Promise.all(lanes);
  print(`\n${chosen.length - survived} of ${chosen.length} broken variants were noticed.`);
  return survived === 0 ? 0 : 1;
}

const options = {
  seeds: { type: 'string' },
  from: { type: 'string', default: '1' },
  scenario: { type: 'string', multiple: true },
  task: { type: 'string', multiple: true },
  jobs: { type: 'string' },
  mutants: { type: 'boolean' },
  only: { type: 'string' },
  subset: { type: 'boolean' },
  work: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options });
  const jobs = Number(values.jobs ?? availableParallelism());
  if (values.help === true) {
    print(usage);
    return 0;
  }
  if (values.work === true) return work();
  if (values.mutants === true) return mutate(jobs, values.only ?? '');
  if (values.subset === true) {
    const problem = await firstProblem();
    if (problem !== null) print(problem);
    return problem === null ? 0 : 1;
  }
  if (values.task !== undefined) return simulate(values.task, jobs);
  const { scenario: scenarios } = values;
  const seeds = Number(values.seeds ?? (scenarios === undefined ? 1000 : 0));
  const choice = { seeds, from: Number(values.from), ...(scenarios === undefined ? {} : { scenarios }) };
  return simulate(await tasksOf(choice), jobs);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  process.exitCode = 2;
}
