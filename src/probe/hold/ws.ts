import { setDeadline } from '../clock.ts';
import { endOfFailure, everyInterval } from '../held.ts';
import type { OpenHold } from '../held.ts';
import { openWebSocket } from '../protocols/ws.ts';
import { failure, failureFromError } from '../taxonomy.ts';
import type { Failure } from '../taxonomy.ts';

/** Close code that Node reports when no close frame came (RFC 6455, 7.4.1). */
const NO_CLOSE_FRAME = 1006;

/** One WebSocket with a ping per interval. */
export const holdWs: OpenHold = (context, events) => {
  const end = (failed: Failure): void => events.onEnd(endOfFailure(failed, true));
  const deadline = (what: string): (() => void) =>
    setDeadline(context.clock, context.timeoutMs, () => end(failure('timeout', what)));
  let cancelDeadline = deadline('no answer to the handshake');
  let isOpen = false;
  let waiting = false;
  const { socket, onConnection } = openWebSocket(context, end);
  onConnection((connection) => connection.on('error', (error) => end(failureFromError(error))));
  const heard = (): void => {
    waiting = false;
    cancelDeadline();
  };
  socket.on('open', () => {
    isOpen = true;
    cancelDeadline();
    events.onOpen();
  });
  socket.on('pong', heard);
  socket.on('close', (code, reason) => {
    if (code === NO_CLOSE_FRAME) return end(failure('closed', 'the connection ended without a close frame'));
    events.onEnd({ how: 'close-frame', graceful: true, code, detail: reason.toString().slice(0, 120) });
  });
  const stop = everyInterval(context, () => {
    if (!isOpen || waiting) return;
    waiting = true;
    cancelDeadline = deadline('a ping was not answered');
    socket.ping();
  });
  return () => {
    stop();
    cancelDeadline();
    socket.terminate();
  };
};
