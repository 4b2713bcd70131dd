import type { Socket } from 'node:net';
import type { Answer } from './http1.ts';

/** Raw TCP: what comes is sent back. */
export class TcpEcho {
  readonly #answer: Answer;
  readonly #sockets = new Set<Socket>();

  constructor(answer: Answer) {
    this.#answer = answer;
  }

  take(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('data', (data) => this.#answer(undefined, () => void (socket.writable && socket.write(data))));
    socket.on('end', () => this.#answer(undefined, () => socket.end()));
  }

  /** Ends every connection with FIN. */
  sayGoodbye(): void {
    for (const socket of this.#sockets) socket.end();
  }
}
