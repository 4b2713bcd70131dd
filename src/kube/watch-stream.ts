/** The body of one watch request as events: a JSON object a line. */
import { Transient } from '../errors.ts';
import { withDeadline } from './deadline.ts';
import { type Attempt, connectionError, isRecord, unreadableError } from './status-error.ts';

/** One line of a watch, checked as far as its frame goes. */
export interface WatchLine {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: unknown;
}

const TYPES: readonly WatchLine['type'][] = ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR'];
const NEWLINE = 0x0a;

/** How to read a stream. */
interface StreamReading {
  readonly attempt: Attempt;
  readonly signal: AbortSignal | undefined;
  /** Milliseconds without a byte after which the stream counts as dead. Only waiting counts, not the consumer's time. */
  readonly idleMs: number;
}

/**
 * Yields the lines until the stream ends. Throws Transient for a dead stream, a line that is no event, and a last line
 * without its end: a broken stream never passes for a finished one. Throws Aborted for the signal.
 */
export async function* watchLines(
  body: AsyncIterable<unknown>,
  reading: StreamReading,
): AsyncGenerator<WatchLine, void, undefined> {
  const { attempt } = reading;
  const chunks = body[Symbol.asyncIterator]();
  let rest: Buffer[] = [];
  for (;;) {
    const next = await nextChunk(chunks, reading);
    if (next.done) break;
    let chunk = Buffer.from(next.value as Uint8Array);
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE)) {
      const line = Buffer.concat([...rest, chunk.subarray(0, end)]).toString('utf8');
      rest = [];
      chunk = chunk.subarray(end + 1);
      if (line.trim() !== '') yield parseLine(line, attempt);
    }
    if (chunk.length > 0) rest.push(chunk);
  }
  if (rest.length > 0) throw unreadableError(new Error('the stream ended within a line'), attempt);
}

async function nextChunk(chunks: AsyncIterator<unknown>, reading: StreamReading): Promise<IteratorResult<unknown>> {
  const { attempt, idleMs, signal } = reading;
  const onTimeout = () =>
    new Transient(`The watch of ${attempt.object} was silent for ${String(idleMs)} ms.`, { object: attempt.object });
  return withDeadline({ signal, deadlineMs: idleMs, onTimeout, what: `watch ${attempt.object}` }, async () => {
    try {
      return await chunks.next();
    } catch (error) {
      throw connectionError(error, attempt, false);
    }
  });
}

function parseLine(line: string, attempt: Attempt): WatchLine {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw unreadableError(error, attempt);
  }
  const type = isRecord(value) ? TYPES.find((known) => known === value['type']) : undefined;
  if (!isRecord(value) || !type) throw unreadableError(new Error('a line that is no watch event'), attempt);
  return { type, object: value['object'] };
}
