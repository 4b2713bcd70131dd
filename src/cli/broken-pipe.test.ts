import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { endWithPipe } from './broken-pipe.ts';

function host() {
  const stream = () => {
    const texts: string[] = [];
    return Object.assign(new EventEmitter(), { texts, write: (text: string) => texts.push(text) });
  };
  const exits: number[] = [];
  const made = Object.assign(new EventEmitter(), {
    stdout: stream(),
    stderr: stream(),
    exits,
    exit: (code: number) => void exits.push(code),
  });
  endWithPipe(made);
  return made;
}

const fault = (code: string) => Object.assign(new Error(`write ${code}`), { code });

it('a command that only prints ends with 0 when its reader is gone', () => {
  const { stdout, exits } = host();
  stdout.emit('error', fault('EPIPE'));
  expect(exits).toEqual([0]);
});

it('one that has more to do is interrupted once, and goes on to its own exit code', () => {
  const made = host();
  let interrupts = 0;
  made.on('SIGTERM', () => (interrupts += 1));
  made.stdout.emit('error', fault('EPIPE'));
  made.stderr.emit('error', fault('EPIPE'));
  made.stdout.emit('error', fault('EPIPE'));
  expect(interrupts).toBe(1);
  expect(made.exits).toEqual([]);
});

it('without stderr nobody hears of a failure: not 0', () => {
  const { stderr, exits } = host();
  stderr.emit('error', fault('EPIPE'));
  expect(exits).toEqual([1]);
});

it('a full disk is told', () => {
  const { stdout, stderr, exits } = host();
  stdout.emit('error', fault('ENOSPC'));
  expect(exits).toEqual([1]);
  expect(stderr.texts.join('')).toContain("the output can't be written: write ENOSPC");
});
