import { describe, expect, it } from 'vitest';
import { createEchoClient, type EchoEvents } from './echo-pool.ts';

/** Links that answer at once; counts how many were opened. */
function echo(max: number) {
  const opened: EchoEvents[] = [];
  const client = createEchoClient(max, (events) => {
    opened.push(events);
    queueMicrotask(events.onReady);
    return { write: (text) => queueMicrotask(() => events.onMessage(text)), destroy: () => undefined };
  });
  const send = () => new Promise((resolve) => client.send(resolve, () => undefined));
  return { opened, send };
}

describe('echo over connections', () => {
  it('keeps at most so many, and uses them again', async () => {
    const { opened, send } = echo(1);
    expect([await send(), await send(), await send()]).toEqual([undefined, undefined, undefined]);
    expect(opened).toHaveLength(1);
  });

  it('opens one for each message when none is kept', async () => {
    const { opened, send } = echo(0);
    expect(await Promise.all([send(), send()])).toEqual([undefined, undefined]);
    expect(await send()).toBeUndefined();
    expect(opened).toHaveLength(3);
  });
});
