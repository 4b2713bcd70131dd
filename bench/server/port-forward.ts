import { performance } from 'node:perf_hooks';
import type { WebSocket } from 'ws';
import type { IstiodAnswers } from './control-plane.ts';

/** How the fake istiods behave. */
export interface IstiodManner {
  /** Milliseconds until /debug/syncz is answered; /version is answered at once. */
  readonly delayMs: number;
  /** 'namespace/pod' of those that accept a connection and never answer anything. */
  readonly silent: ReadonlySet<string>;
}

/** Told of every answer: milliseconds from the port-forward's opening, and the clock (milliseconds) then. */
export type OnAnswer = (took: number, now: number) => void;

/** A streaming API server copies in pieces of this size. */
const frameBytes = 32 * 1024;

function response(status: string, body: Buffer): Buffer {
  const head = `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

function answerTo(path: string, istiod: IstiodAnswers): Buffer {
  if (path === '/version') return response('200 OK', istiod.version);
  if (path.startsWith('/debug/syncz')) return response('200 OK', istiod.syncz);
  return response('404 Not Found', Buffer.from('404 page not found\n'));
}

/** Sends bytes on channel 0. */
function sendData(socket: WebSocket, bytes: Buffer): void {
  for (let offset = 0; offset < bytes.length && socket.readyState === socket.OPEN; offset += frameBytes) {
    const piece = bytes.subarray(offset, offset + frameBytes);
    socket.send(Buffer.concat([Buffer.from([0]), piece]));
  }
}

/**
 * Serves one port-forward to a fake istiod in the way of subprotocol v4.channel.k8s.io: each frame's first byte is the
 * channel (0 data, 1 error), and the first frame of each channel holds the port, two bytes, low byte first.
 */
export function servePortForward(
  socket: WebSocket,
  port: number,
  istiod: IstiodAnswers,
  manner: IstiodManner,
  onAnswer: OnAnswer,
): void {
  const opened = performance.now();
  const portBytes = [port & 255, port >> 8];
  socket.send(Buffer.from([0, ...portBytes]));
  socket.send(Buffer.from([1, ...portBytes]));
  const timers = new Set<NodeJS.Timeout>();
  let received = '';
  socket.on('message', (data) => {
    const frame = Buffer.isBuffer(data) ? data : Buffer.concat(Array.isArray(data) ? data : [Buffer.from(data)]);
    if (frame[0] !== 0) return;
    received += frame.subarray(1).toString('latin1');
    for (let end = received.indexOf('\r\n\r\n'); end >= 0; end = received.indexOf('\r\n\r\n')) {
      const head = received.slice(0, end);
      received = received.slice(end + 4);
      if (!manner.silent.has(`${istiod.namespace}/${istiod.pod}`)) reply(head);
    }
  });
  socket.on('close', () => timers.forEach(clearTimeout));
  socket.on('error', () => socket.terminate());

  function reply(head: string): void {
    const path = head.split(' ')[1] ?? '';
    const last = /^connection:\s*close/im.test(head);
    const timer = setTimeout(() => send(path, last), path.startsWith('/debug/') ? manner.delayMs : 0);
    timers.add(timer);
  }

  function send(path: string, last: boolean): void {
    sendData(socket, answerTo(path, istiod));
    const now = performance.now();
    onAnswer(now - opened, now);
    if (last) socket.close();
  }
}
