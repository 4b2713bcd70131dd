import type { Socket } from 'node:net';

/** What is spoken on a connection; WebSocket begins as http1. */
export type WireProtocol = 'http1' | 'h2' | 'tcp';

/**
 * Tells by its first bytes what is spoken on a connection, as Istio's protocol detection does, and hands it on with
 * these bytes still to be read. The caller resumes it. A client that waits for the server to speak first is never detected.
 */
export function detectProtocol(socket: Socket, use: (protocol: WireProtocol) => void): void {
  const leave = () => socket.end();
  socket.once('end', leave);
  socket.once('data', (first: Buffer) => {
    socket.off('end', leave);
    socket.pause();
    socket.unshift(first);
    use(protocolOf(first.toString('latin1', 0, 24)));
  });
}

function protocolOf(start: string): WireProtocol {
  if (start.startsWith('PRI * HTTP/2')) return 'h2';
  return /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|TRACE) /.test(start) ? 'http1' : 'tcp';
}
