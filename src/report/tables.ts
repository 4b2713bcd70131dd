/** The tables of a report as plain cells: the same in Markdown and HTML. */
import type { GateReport, NotMeasured, RunReport, StageReport, TrafficNumbers, VersionCount } from './report.ts';
import { clock, dateAndTime, duration, grouped, milliseconds, plural } from './words.ts';

/** How a cell is to be read: a name as it stands in the cluster, a number, or a result. */
export type CellKind = 'text' | 'name' | 'number' | 'good' | 'bad' | 'open';

/** One cell. */
export type Cell = readonly [text: string, kind: CellKind];

/** One table; every row as long as the head. */
export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

const text = (words: string): Cell => [words, 'text'];
const name = (words: string): Cell => [words, 'name'];
const number = (words: string): Cell => [words, 'number'];

/** A result, good or bad or neither. */
function result(words: string): Cell {
  const good = ['passed', 'done', 'skipped', 'ok', 'finished'];
  const bad = ['failed', 'halted', 'breach', 'not passed'];
  return [words, good.includes(words) ? 'good' : bad.includes(words) ? 'bad' : 'open'];
}

/** What a reader wants to know first. */
export function factsTable(report: RunReport): Table {
  const { cluster, revisions, from, to, time, writes, processes, stages } = report;
  const refused = writes.filter(({ outcome }) => outcome === 'refused').length;
  const unknown = writes.filter(({ resolved }) => resolved === null).length;
  const rows: [string, string][] = [
    ['Cluster', `${cluster.context} (${cluster.server}), Kubernetes ${cluster.kubernetes}`],
    ['Versions', `${from} to ${to}`],
    ['Revisions', `${revisions.old} to ${revisions.new}, namespace ${revisions.namespace}`],
    ['Begin', time === null ? '–' : dateAndTime(time.from)],
    ['End', time === null ? '–' : dateAndTime(time.to)],
    ['Time', timeWords(time)],
    ['Who', [...new Set(processes.map(({ by }) => by))].join(', ') || '–'],
    ['Renewals done', renewals(stages)],
    ['Writes', `${grouped(writes.length)}, ${grouped(refused)} refused, ${grouped(unknown)} never cleared up`],
  ];
  return { title: 'The run', head: ['What', 'Value'], rows: rows.map(([what, value]) => [text(what), text(value)]) };
}

function renewals(stages: readonly StageReport[]): string {
  const count = (isBack: boolean): number =>
    stages
      .filter(({ phase }) => (phase === 'back') === isBack)
      .flatMap(({ steps }) => steps)
      .filter(({ step, outcome }) => step.startsWith('renew/') && outcome === 'done').length;
  const back = count(true);
  return `${grouped(count(false))}${back === 0 ? '' : `, and ${grouped(back)} on the way back`}`;
}

function timeWords(time: RunReport['time']): string {
  if (time === null) return '–';
  const still = time.seconds - time.activeSeconds;
  return still < 1 ? duration(time.seconds) : `${duration(time.activeSeconds)}, and ${duration(still)} standing still`;
}

/** Stages with their gates in short. */
export function stagesTable({ stages }: RunReport): Table {
  const rows = stages.map((stage) => [
    name(stage.stage),
    text(stage.title),
    result(stage.outcome),
    number(clock(stage.start)),
    number(duration(stage.seconds)),
    text(stepCounts(stage)),
    number(grouped(stage.steps.reduce((sum, { retries }) => sum + retries, 0))),
  ]);
  return { title: 'Stages', head: ['Stage', 'What', 'Result', 'Begin', 'Time', 'Steps', 'Retries'], rows };
}

function stepCounts({ steps }: StageReport): string {
  const outcomes = ['done', 'skipped', 'failed', 'no word'] as const;
  const counts = outcomes.map((outcome) => [outcome, steps.filter((one) => one.outcome === outcome).length] as const);
  return (
    counts.flatMap(([outcome, count]) => (count === 0 ? [] : [`${grouped(count)} ${outcome}`])).join(', ') || 'none'
  );
}

/** Every step of every stage. */
export function stepsTable({ stages }: RunReport): Table {
  const rows = stages.flatMap(({ stage, steps }) =>
    steps.map((step) => [
      name(stage),
      text(step.title),
      result(step.outcome),
      number(clock(step.start)),
      number(clock(step.end)),
      number(duration(step.seconds)),
      number(grouped(step.retries)),
      text(step.detail),
    ]),
  );
  return { title: 'Steps', head: ['Stage', 'Step', 'Result', 'Begin', 'End', 'Time', 'Retries', 'Detail'], rows };
}

/** Gates with the values that were measured. */
export function gatesTable({ stages }: RunReport): Table {
  const row = (stage: string, { gate, condition, verdict, value, at }: GateReport): readonly Cell[] => [
    name(stage),
    name(gate),
    text(condition || '–'),
    result(verdict),
    text(value),
    number(clock(at)),
  ];
  return {
    title: 'Gates',
    head: ['Stage', 'Gate', 'What had to hold', 'Result', 'Measured', 'At'],
    rows: stages.flatMap(({ stage, gates }) => gates.map((gate) => row(stage, gate))),
  };
}

const numbersHead = ['Requests', 'Failed', 'Longest gap', 'Worst p99', 'Connections ended'];

function numbers({ sent, failed, longestGapMs, p99Ms, ended }: TrafficNumbers): readonly Cell[] {
  return [
    number(grouped(sent)),
    [grouped(failed), failed === 0 ? 'number' : 'bad'],
    number(milliseconds(longestGapMs)),
    number(milliseconds(p99Ms)),
    text(ended.map(({ how, count }) => `${grouped(count)} ${how}`).join(', ') || 'none recorded'),
  ];
}

/** Traffic of every stage and target. */
export function stageTrafficTable({ traffic }: RunReport): Table {
  const rows = traffic.stages.map((one) => [name(one.stage || 'before the first'), name(one.target), ...numbers(one)]);
  return { title: 'Traffic by stage', head: ['Stage', 'Target', ...numbersHead], rows };
}

/** Traffic of every target, and of all. */
export function totalTrafficTable({ traffic: { targets, total } }: RunReport): Table {
  const rows = targets.map((one) => [name(one.target), ...numbers(one)]);
  const all = targets.length > 1 ? [[text('all'), ...numbers(total)]] : [];
  return { title: 'Traffic in total', head: ['Target', ...numbersHead], rows: [...rows, ...all] };
}

/** Versions by workload, before and after. */
export function proxiesTable({ proxies }: RunReport): Table {
  const rows = proxies.workloads.map(({ workload, before, after }) => [
    name(workload || 'pods without an owner'),
    text(versions(before)),
    text(after === null ? 'not measured' : versions(after)),
  ]);
  return { title: 'Proxies by workload', head: ['Workload', 'Before', 'After'], rows };
}

function versions(counts: readonly VersionCount[]): string {
  const words = counts.map(
    ({ version, revision, proxies }) => `${grouped(proxies)} × ${version ?? 'unknown'} (${revision ?? 'unknown'})`,
  );
  return words.join(', ') || 'none';
}

/** Pauses, halts, breaches and silences. */
export function stopsTable({ stops }: RunReport): Table {
  const rows = stops.map(({ what, at, until, seconds, why }) => [
    result(what),
    number(clock(at)),
    number(clock(until)),
    number(duration(seconds)),
    text(why || (what === 'finished' ? 'until the next command' : '–')),
  ]);
  return { title: 'Interruptions', head: ['What', 'At', 'Went on', 'Time', 'Why'], rows };
}

/** Who went on after whom. */
export function takeoversTable({ takeovers }: RunReport): Table {
  const rows = takeovers.map(({ at, from, to, after }) => [
    number(clock(at)),
    text(`${from.by} (epoch ${from.epoch})`),
    text(after),
    text(`${to.by} (epoch ${to.epoch})`),
  ]);
  return { title: 'Processes that took over', head: ['At', 'Before', 'Its end', 'After'], rows };
}

/** Every write. */
export function writesTable({ writes }: RunReport): Table {
  const rows = writes.map((write) => [
    number(clock(write.at)),
    text(`${write.by} (${write.epoch})`),
    text(`${write.verb}${write.again ? ' again' : ''}`),
    name(`${write.resource} ${write.namespace === '' ? write.name : `${write.namespace}/${write.name}`}`),
    text(write.precondition || 'none'),
    result(write.outcome),
    text(answer(write)),
    name(write.what),
  ]);
  const head = ['At', 'Who (epoch)', 'Verb', 'Object', 'Precondition', 'Outcome', 'Answer', 'What was sent'];
  return { title: 'Writes', head, rows };
}

function answer({ outcome, detail, resolved }: RunReport['writes'][number]): string {
  if (outcome === 'ok') return detail === '' ? '' : `version ${detail}`;
  if (outcome === 'refused') return detail;
  return `${detail}; ${resolved ?? 'never cleared up'}`;
}

/** What steps measured and noted, in order of time. */
export function remarksTable({ evidence, notes }: RunReport): Table {
  const all = [...evidence, ...notes.map((note) => ({ ...note, name: note.name || 'note' }))];
  const rows = all
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
    .map((one) => [number(clock(one.at)), name(one.step || '–'), text(one.name), text(one.value)]);
  return { title: 'Evidence and notes', head: ['At', 'Step', 'What', 'Value'], rows };
}

/** What the plan left out. */
export function leftOutTable({ plan }: RunReport): Table {
  const rows = plan.leftOut.map((one) => [
    name(`${one.workload} ${one.namespace}/${one.name}`),
    text(one.reason),
    text(one.consequence),
  ]);
  return { title: 'Left out by the plan', head: ['Workload', 'Why', 'What becomes of it'], rows };
}

/** How the report can be checked. */
export function integrityTable({ journal, plan, digest, tool, createdAt, run }: RunReport): Table {
  const rows = [
    [text('Run'), name(run)],
    [text('Journal'), text(`${plural(journal.entries, 'entry', 'entries')}, each with the hash of the one before`)],
    [text('Last hash'), name(journal.head)],
    [text('Digest of the plan'), name(plan.digest)],
    [text('Digest of the report'), name(digest)],
    [text('Made'), text(`${dateAndTime(createdAt)} by ${tool}`)],
  ];
  return { title: 'Integrity', head: ['What', 'Value'], rows };
}

/** How many gaps there are, in a heading. */
export function gapsTitle(gaps: readonly NotMeasured[]): string {
  return gaps.length === 0 ? 'Not measured: nothing is known to be missing' : `Not measured (${grouped(gaps.length)})`;
}
