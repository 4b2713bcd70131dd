import type { Socket } from 'node:net';
import { reset } from './listener.ts';

/**
 * Joins two connections: bytes, FIN of each direction, and RST go from one to the other, as through a router. `onEnd` is
 * called once, when both are over.
 */
export function splice(a: Socket, b: Socket, onEnd: () => void = () => undefined): void {
  let open = 2;
  const over = () => {
    open -= 1;
    if (open === 0) onEnd();
  };
  join(a, b, over);
  join(b, a, over);
}

function join(from: Socket, to: Socket, over: () => void): void {
  from.on('error', () => reset(to));
  from.on('close', () => {
    // After a FIN of both sides nothing is left to do; a connection that was dropped takes the other one with it.
    to.destroySoon();
    over();
  });
  from.pipe(to);
}
