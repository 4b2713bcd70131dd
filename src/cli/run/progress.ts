/** What a run tells a person: one line an event, and a line that is repainted on a terminal. */
import type { EngineEvent, TrafficLine } from '../../engine/events.ts';
import { duration } from '../../planner/text.ts';
import type { CliIo } from '../io.ts';

/** Takes events. */
export interface RunProgress {
  tell(event: EngineEvent): void;
  /** Takes the repainted line away. */
  end(): void;
}

/** For people: on stderr. */
export function peopleProgress(io: CliIo): RunProgress {
  const began = io.now();
  const seen = { stage: '', workloads: '', traffic: '', gate: '' };
  const clear = io.stderrIsTty ? '\r\u001b[2K' : '';
  const repaint = (): void => {
    if (!io.stderrIsTty) return;
    const parts = [seen.stage, seen.workloads, seen.traffic].filter((part) => part !== '');
    io.stderr(`${clear}${parts.join(' · ').slice(0, io.columns - 1)}`);
  };
  const line = (text: string): void => {
    const at = duration(Math.max(0, Math.round((io.now() - began) / 1000))).padStart(9);
    io.stderr(`${clear}${at}  ${text}\n`);
    repaint();
  };
  return {
    tell: (event) => {
      if (event.type === 'stage') seen.stage = event.what === 'entered' ? `stage ${event.stage}` : '';
      if (event.type === 'progress') seen.workloads = workloadsText(event);
      if (event.type === 'traffic') seen.traffic = trafficText(event.lines);
      const text = lineOf(event);
      // A gate is measured every other second: a log needs it when it says something new.
      const isOld = event.type === 'gate' && text === seen.gate;
      if (event.type === 'gate') seen.gate = text ?? '';
      if (text === null || isOld) repaint();
      else line(text);
    },
    end: () => io.stderr(clear),
  };
}

function workloadsText({
  workloads: { done, moving, waiting },
  leftSeconds,
}: Extract<EngineEvent, { type: 'progress' }>): string {
  const left = leftSeconds === null ? '' : `, about ${duration(leftSeconds)} left`;
  return `workloads ${done} done, ${moving} moving, ${waiting} waiting${left}`;
}

/** '1,200 requests, 0 failed, p99 4 ms'. */
export function trafficText(lines: readonly TrafficLine[]): string {
  const sum = (of: (line: TrafficLine) => number): number => lines.reduce((total, one) => total + of(one), 0);
  const p99 = Math.max(0, ...lines.map(({ p99Ms }) => p99Ms));
  return `${sum(({ sent }) => sent).toLocaleString('en')} requests, ${sum(({ failed }) => failed)} failed, p99 ${p99.toFixed(0)} ms`;
}

/** Null: nothing that deserves a line of its own. */
function lineOf(event: EngineEvent): string | null {
  switch (event.type) {
    case 'phase':
      return `${event.phase} ${event.what}`;
    case 'stage':
      return event.what === 'entered' ? `stage ${event.stage}: ${event.title}` : `stage ${event.stage} passed`;
    case 'step':
      return stepLine(event);
    case 'gate':
      return gateLine(event);
    case 'note':
      return `  note: ${event.text}`;
    case 'stop':
      return `stopped (${event.kind}): ${event.why}`;
    case 'traffic':
    case 'progress':
      return null;
  }
}

function stepLine({ what, title, detail }: Extract<EngineEvent, { type: 'step' }>): string | null {
  switch (what) {
    case 'started':
      return `  ${title}`;
    case 'done':
      return `  done: ${title}`;
    case 'skipped':
      return `  already done: ${title}`;
    case 'failed':
      return `  FAILED: ${detail}`;
    case 'retry':
      return `  tries again: ${detail}`;
  }
}

function gateLine({ stage, results }: Extract<EngineEvent, { type: 'gate' }>): string | null {
  const open = results.filter(({ verdict }) => verdict !== 'passed');
  if (open.length === 0) return null;
  return `  gate of ${stage}: ${open.map(({ name, verdict, value }) => `${name} ${verdict} (${value})`).join('; ')}`;
}

/** One JSON object a line, on stdout. */
export function jsonProgress(io: CliIo): RunProgress {
  return {
    tell: (event) => io.stdout(`${JSON.stringify({ at: new Date(io.now()).toISOString(), ...event })}\n`),
    end: () => undefined,
  };
}
