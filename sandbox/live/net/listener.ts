import { createServer, type Socket } from 'node:net';
import { Transient } from '../../../src/errors.ts';

/** The only address of live mode. */
export const loopback = '127.0.0.1';

/** A listening loopback port with all connections that came through it. */
export interface Listener {
  readonly port: number;
  /** Open connections. */
  readonly connections: number;
  /** New connections are refused from now on; present ones go on. */
  refuse(): void;
  /** Ends everything as a dying process does: the kernel closes each connection with FIN, or RST where bytes lay unread. */
  destroy(): void;
  /** Cuts every present connection with RST; new ones are still taken. */
  reset(): void;
}

/**
 * Listens on a free loopback port. Connections are half-open-able: FIN of one side leaves the other direction open.
 * @throws Transient when the machine has no port or file descriptor left
 */
export function listen(onConnection: (socket: Socket) => void): Promise<Listener> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    // What becomes of a broken connection is decided where it is used; here it must only not end the process.
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    onConnection(socket);
  });
  const listener = (port: number): Listener => ({
    port,
    get connections() {
      return sockets.size;
    },
    refuse: () => void server.close(),
    destroy: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
    reset: () => {
      for (const socket of sockets) reset(socket);
    },
  });
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      const remedy = 'Close other programs or raise the limit of open files, then start again.';
      reject(new Transient(`No loopback port could be opened: ${cause.message}.`, { object: loopback, remedy, cause }));
    });
    server.listen(0, loopback, () => {
      const address = server.address();
      resolve(listener(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** Cuts a connection with RST alone; resetAndDestroy may let a FIN go first, and the peer would see a clean end. */
export function reset(socket: Socket): void {
  Reflect.set(socket, 'resetAndClosing', true);
  socket.destroy();
}
