import type { ProtocolContext } from './client.ts';
import { h2Exchange, isUsable, openH2 } from './h2-link.ts';
import type { H2Answer, H2Link, H2Request } from './h2-link.ts';
import type { Failure } from '../taxonomy.ts';

/** How often one request is sent again at most: against a server that sends every connection away it must fail. */
const MAX_RESENDS = 3;

/** What is told about a request on its way. */
export interface H2Events {
  /** May be called more than once; the first call counts. */
  readonly onDone: (result: H2Answer | Failure) => void;
  /** It is sent again, because no server processed it. */
  readonly onResend: () => void;
}

/** Up to `connections` HTTP/2 connections, used in turn and opened when needed. */
export interface H2Pool {
  /** Sends one request, again when a GOAWAY tells that no server processed it; answers what abandons it. */
  send(request: H2Request, events: H2Events): () => void;
  close(): void;
}

/** A pool; a connection that was told to go (GOAWAY) or broke is replaced at the next request, its streams may finish. */
export function createH2Pool(context: ProtocolContext): H2Pool {
  const links: H2Link[] = [];
  let turn = 0;
  const linkAt = (index: number): H2Link => {
    const known = links[index];
    if (known && isUsable(known)) return known;
    return (links[index] = openH2(context));
  };
  return {
    send: (request, events) => {
      const index = turn % context.connections;
      turn += 1;
      // Sent again it takes the place of the connection that leaves, which is new: the others may have to leave as well.
      return sendUntilProcessed(() => linkAt(index), request, events);
    },
    close: () => links.forEach((link) => link.session.destroy()),
  };
}

function sendUntilProcessed(pick: () => H2Link, request: H2Request, events: H2Events): () => void {
  let left = MAX_RESENDS;
  let abandoned = false;
  let abandonAttempt = (): void => undefined;
  const attempt = (): void => {
    let over = false;
    abandonAttempt = h2Exchange(pick(), request, (result) => {
      // An attempt tells its end more than once, and abandoning one ends it too: neither may start another.
      if (over || abandoned) return;
      over = true;
      if (!('failed' in result)) return events.onDone(result);
      if (!result.unprocessed || left === 0) return events.onDone(result.failed);
      left -= 1;
      events.onResend();
      attempt();
    });
  };
  attempt();
  return () => {
    abandoned = true;
    abandonAttempt();
  };
}
