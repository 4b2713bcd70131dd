import { setDeadline } from '../clock.ts';
import { endOfFailure, everyInterval } from '../held.ts';
import type { OpenHold } from '../held.ts';
import { openSocket } from '../protocols/connect.ts';
import { readLines } from '../protocols/tcp.ts';
import { failure, failureFromError } from '../taxonomy.ts';
import type { Failure } from '../taxonomy.ts';

/** One TCP or TLS connection with an echoed line per interval. */
export const holdTcp: OpenHold = (context, events) => {
  let busy = false;
  let cancelDeadline = setDeadline(context.clock, context.timeoutMs, () => end(failure('timeout', 'no connection')));
  const end = (failed: Failure): void => events.onEnd(endOfFailure(failed, busy));
  const socket = openSocket(context, [], () => {
    cancelDeadline();
    events.onOpen();
  });
  const heard = (): void => {
    busy = false;
    cancelDeadline();
  };
  readLines(socket, heard, end);
  socket.on('end', () => end(failure('closed', 'the server ended the connection')));
  socket.on('error', (error) => end(failureFromError(error)));
  const stop = everyInterval(context, () => {
    if (busy || socket.connecting) return;
    busy = true;
    cancelDeadline = setDeadline(context.clock, context.timeoutMs, () =>
      end(failure('timeout', 'a line was not echoed')),
    );
    socket.write('meshlift-hold\n');
  });
  return () => {
    stop();
    cancelDeadline();
    socket.destroy();
  };
};
