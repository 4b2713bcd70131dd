import { describe, expect, it } from 'vitest';
import { type WatchLine, watchLines } from './watch-stream.ts';

const attempt = { verb: 'watch', object: 'pods in shop', right: 'watch pods', server: 'http://x' };

async function* bytesOf(text: string): AsyncGenerator<Buffer, void, undefined> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += 1) yield bytes.subarray(at, at + 1);
}

async function read(text: string): Promise<WatchLine[]> {
  const body = bytesOf(text);
  const lines: WatchLine[] = [];
  for await (const line of watchLines(body, { attempt, signal: undefined, idleMs: 1_000 })) lines.push(line);
  return lines;
}

describe('watchLines', () => {
  it('joins lines across chunks, also within a character', async () => {
    expect(await read('{"type":"ADDED","object":"ä"}\n\n{"type":"BOOKMARK","object":1}\n')).toEqual([
      { type: 'ADDED', object: 'ä' },
      { type: 'BOOKMARK', object: 1 },
    ]);
  });

  it('does not take a stream that ends within a line for finished', async () => {
    await expect(read('{"type":"ADDED","object":1}\n{"type":"DELETED","object":1}')).rejects.toMatchObject({
      errorClass: 'Transient',
    });
  });
});
