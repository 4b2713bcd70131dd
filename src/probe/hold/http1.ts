import { setDeadline } from '../clock.ts';
import { endOfFailure, everyInterval } from '../held.ts';
import type { OpenHold } from '../held.ts';
import { http1Agent, http1Request } from '../protocols/http1.ts';
import { failure, failureFromError } from '../taxonomy.ts';

/** One HTTP/1.1 keep-alive connection with a request per interval; what is answered does not matter, only that it is. */
export const holdHttp1: OpenHold = (context, events) => {
  const agent = http1Agent(context, 1);
  const watched = new WeakSet<object>();
  let busy = false;
  let cancelDeadline = (): void => undefined;

  const ask = (): void => {
    if (busy) return;
    busy = true;
    cancelDeadline = setDeadline(context.clock, context.timeoutMs, () => {
      events.onEnd(endOfFailure(failure('timeout', 'a request was not answered'), true));
    });
    http1Request(
      context,
      agent,
      ({ failed, announcedClose, answered }) => {
        cancelDeadline();
        busy = false;
        if (!answered && failed) return events.onEnd(endOfFailure(failed, true));
        events.onOpen();
        if (announcedClose) events.onEnd({ how: 'connection-close', graceful: true, detail: 'Connection: close' });
      },
      (socket) => {
        if (watched.has(socket)) return;
        watched.add(socket);
        socket.on('error', (error) => events.onEnd(endOfFailure(failureFromError(error), busy)));
        socket.on('end', () => {
          if (!busy) events.onEnd(endOfFailure(failure('closed', 'the server ended an idle connection'), false));
        });
      },
    );
  };
  ask();
  const stop = everyInterval(context, ask);
  return () => {
    stop();
    cancelDeadline();
    agent.destroy();
  };
};
