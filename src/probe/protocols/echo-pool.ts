import { failure } from '../taxonomy.ts';
import type { Failure } from '../taxonomy.ts';
import type { ProbeClient, Settle } from './client.ts';

/** One connection that answers each message with the same message. */
export interface EchoLink {
  write(text: string): void;
  destroy(): void;
}

/** What a link tells: ready for the first message, a message came, the link is over. */
export interface EchoEvents {
  readonly onReady: () => void;
  readonly onMessage: (text: string) => void;
  readonly onEnd: (why: Failure) => void;
}

interface Job {
  readonly text: string;
  readonly settle: Settle;
}

interface Slot {
  link: EchoLink | undefined;
  ready: boolean;
  job: Job | undefined;
  /** Messages that this connection has already carried. */
  carried: number;
}

/**
 * Echo over at most `max` connections, one message at a time on each; a message that finds none free waits. With `max` 0
 * each message has a connection of its own: on a kept one a message may always cross the server's goodbye.
 */
export function createEchoClient(max: number, open: (events: EchoEvents) => EchoLink): ProbeClient {
  const slots = new Set<Slot>();
  const waiting: Job[] = [];
  let serial = 0;

  const start = (slot: Slot): void => {
    if (slot.ready && slot.job) slot.link?.write(slot.job.text);
  };
  const finish = (slot: Slot, failed?: Failure): void => {
    const { job } = slot;
    slot.job = undefined;
    if (job) job.settle(failed && slot.carried > 0 ? { ...failed, reused: true } : failed);
    slot.carried += 1;
  };
  const drop = (slot: Slot, failed?: Failure): void => {
    if (!slots.delete(slot)) return;
    if (failed) finish(slot, failed);
    slot.link?.destroy();
    const next = waiting.shift();
    if (next) openSlot(next);
  };
  const onMessage = (slot: Slot, text: string): void => {
    if (!slot.job) return drop(slot);
    // After a wrong answer nobody knows which answer belongs to which message.
    if (text !== slot.job.text) return drop(slot, failure('bad-body', `sent "${slot.job.text}", got "${text}"`));
    finish(slot);
    if (max === 0) return drop(slot);
    slot.job = waiting.shift();
    start(slot);
  };
  const openSlot = (job: Job): void => {
    const slot: Slot = { link: undefined, ready: false, job, carried: 0 };
    slots.add(slot);
    slot.link = open({
      onReady: () => {
        slot.ready = true;
        start(slot);
      },
      onMessage: (text) => onMessage(slot, text),
      onEnd: (why) => drop(slot, why),
    });
  };
  const place = (job: Job): void => {
    const free = max === 0 ? undefined : [...slots].find((slot) => slot.ready && !slot.job);
    if (free) {
      free.job = job;
      return start(free);
    }
    if (max === 0 || slots.size < max) return openSlot(job);
    waiting.push(job);
  };
  const abandon = (job: Job): void => {
    const queued = waiting.indexOf(job);
    if (queued >= 0) waiting.splice(queued, 1);
    for (const slot of slots) if (slot.job === job) drop(slot);
  };

  return {
    send: (settle) => {
      const job: Job = { text: `meshlift-${(serial += 1)}`, settle };
      place(job);
      return () => abandon(job);
    },
    close: () => {
      waiting.length = 0;
      for (const slot of [...slots]) drop(slot);
    },
  };
}
