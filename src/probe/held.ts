import type { ProtocolContext } from './protocols/client.ts';
import type { Failure } from './taxonomy.ts';

/**
 * How a held connection ended. Told beforehand: goaway (HTTP/2 GOAWAY), close-frame (WebSocket), connection-close
 * (HTTP/1.1 header), stream-end (gRPC trailers). fin: the server ended it; rst: it was cut; timeout: no sign of life;
 * not-opened: it did not come about.
 */
export type HeldEndKind =
  'goaway' | 'close-frame' | 'connection-close' | 'stream-end' | 'fin' | 'rst' | 'timeout' | 'not-opened' | 'protocol';

/** Why one held connection ended. */
export interface EndCause {
  readonly how: HeldEndKind;
  /** The client was told, or nothing was under way: no request can have been lost. */
  readonly graceful: boolean;
  readonly detail: string;
  /** GOAWAY error code, WebSocket close code, grpc-status. */
  readonly code?: number;
}

/** One end; times in milliseconds since the start of the probe. */
export interface HeldEnd extends EndCause {
  readonly atMs: number;
  /** How long the connection had been open; 0 for one that never was. */
  readonly lastedMs: number;
}

/** All about the held connections of one target. */
export interface HeldReport {
  readonly wanted: number;
  /** Open at the end. */
  readonly open: number;
  /** Connections that came about, the replacements included. */
  readonly opened: number;
  readonly graceful: number;
  /** Ends without warning, and connections that did not come about. They count as failures. */
  readonly abrupt: number;
  /** In order of time, at most 10,000; the counts above are complete. */
  readonly ends: readonly HeldEnd[];
}

/** What a held connection tells its keeper. */
export interface HoldEvents {
  readonly onOpen: () => void;
  /** Only the first call counts; the keeper then closes what is left. */
  readonly onEnd: (cause: EndCause) => void;
}

/** Opens one connection, gives signs of life on it, and answers what closes it. */
export type OpenHold = (context: ProtocolContext, events: HoldEvents) => () => void;

/** Held connections at work. */
export interface HeldKeeper {
  report(): HeldReport;
  stop(): void;
}

const MAX_ENDS = 10_000;
const REOPEN_MS = 50;
const RETRY_MS = 500;

/** Keeps `count` connections open; each that ends is recorded and replaced. `startAt` is time zero of the record. */
export function holdConnections(context: ProtocolContext, count: number, startAt: number, open: OpenHold): HeldKeeper {
  const { clock } = context;
  const ends: HeldEnd[] = [];
  const closers = new Map<number, () => void>();
  let stopped = false;
  const counts = { opened: 0, open: 0, graceful: 0, abrupt: 0 };

  const record = (cause: EndCause, openedAt: number | undefined): void => {
    const now = clock.now();
    if (openedAt !== undefined) counts.open -= 1;
    counts[cause.graceful ? 'graceful' : 'abrupt'] += 1;
    const lastedMs = openedAt === undefined ? 0 : now - openedAt;
    if (ends.length < MAX_ENDS) ends.push({ ...cause, atMs: now - startAt, lastedMs });
  };
  const start = (seat: number): void => {
    let openedAt: number | undefined;
    let over = false;
    const close = open(context, {
      onOpen: () => {
        if (over || stopped || openedAt !== undefined) return;
        openedAt = clock.now();
        counts.opened += 1;
        counts.open += 1;
      },
      onEnd: (cause) => {
        if (over || stopped) return;
        over = true;
        record(openedAt === undefined ? neverOpened(cause) : cause, openedAt);
        const wait = openedAt === undefined ? RETRY_MS : REOPEN_MS;
        const cancel = clock.setTimer(wait, () => start(seat));
        closers.get(seat)?.();
        closers.set(seat, cancel);
      },
    });
    closers.set(seat, close);
  };

  for (let seat = 0; seat < count; seat += 1) start(seat);
  return {
    report: () => ({ wanted: count, ...counts, ends: [...ends] }),
    stop: () => {
      stopped = true;
      for (const close of closers.values()) close();
    },
  };
}

function neverOpened(cause: EndCause): EndCause {
  return { how: 'not-opened', graceful: false, detail: cause.detail };
}

/** The end that a failure on a held connection means; `busy`: something was under way, so FIN may have lost it. */
export function endOfFailure(failed: Failure, busy: boolean): EndCause {
  const { detail } = failed;
  if (failed.kind === 'timeout') return { how: 'timeout', graceful: false, detail };
  if (failed.kind === 'reset') return { how: 'rst', graceful: false, detail };
  if (failed.kind === 'closed') return { how: 'fin', graceful: !busy, detail };
  return { how: 'protocol', graceful: false, detail: `${failed.kind}: ${detail}` };
}

/** Calls `act` every `holdIntervalMs` until the answer is called; the first time after one interval. */
export function everyInterval(context: ProtocolContext, act: () => void): () => void {
  const { clock, holdIntervalMs } = context;
  let cancel = (): void => undefined;
  const arm = (): void => {
    cancel = clock.setTimer(holdIntervalMs, () => {
      arm();
      act();
    });
  };
  arm();
  return () => cancel();
}
