import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { InvalidInput } from '../../src/errors.ts';
import type { InProcessCluster } from '../api/in-process.ts';
import { failureAnswer, type Answer } from './answer.ts';
import type { Door } from './door.ts';
import { placeOf } from './place.ts';
import { portForwards } from './port-forward.ts';
import { flagIn, readRequest } from './request.ts';
import { answerTo } from './router.ts';
import { serveWatch } from './watch.ts';

/** Where to listen. There is no authentication, so it should be loopback. */
export interface HttpDoorOptions {
  /** 0 for any free port. Default 0. */
  readonly port?: number;
  /** Default '127.0.0.1'. */
  readonly host?: string;
  /** Milliseconds between the bookmarks of a watch that asked for them. Default 60,000. */
  readonly bookmarkMs?: number;
}

/** A running server. */
export interface HttpDoor {
  readonly port: number;
  /** For example 'http://127.0.0.1:6443', without a slash at its end. */
  readonly url: string;
  /** Ends watches and port-forwards and frees the port. */
  close(): Promise<void>;
}

/**
 * Serves a cluster as a Kubernetes API server over plain HTTP. What it does not do is listed in README.md.
 * @throws InvalidInput when the port is in use or the address cannot be listened on
 */
export async function startHttp(cluster: InProcessCluster, options: HttpDoorOptions = {}): Promise<HttpDoor> {
  const { port = 0, host = '127.0.0.1', bookmarkMs = 60_000 } = options;
  const door: Door = {
    store: cluster.store,
    ports: cluster.ports ?? { call: () => ({ kind: 'refused', error: 'connect: connection refused' }) },
    gitVersion: cluster.gitVersion ?? 'v1.34.4',
    bookmarkMs,
  };
  const forwards = portForwards(door);
  const server = createServer((message, response) => void serve(door, message, response));
  server.on('upgrade', (message, socket, head) => forwards.upgrade(message, socket, head));
  const listening = await listen(server, port, host);
  return {
    port: listening,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${listening}`,
    async close() {
      forwards.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function listen(server: Server, port: number, host: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? 'the port is in use' : cause.message;
      const remedy = 'Choose another port, or 0 for any free one.';
      reject(new InvalidInput(`The sandbox cannot listen on ${host} port ${port}: ${why}.`, { cause, remedy }));
    });
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return address !== null && typeof address === 'object' ? address.port : port;
}

/** Never rejects: every failure is an answer, or an end of the connection once the answer has begun. */
async function serve(door: Door, message: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const request = await readRequest(message);
    const place = placeOf(door.store.kinds(), request.path);
    const watches = request.method === 'GET' && place !== undefined && place.name === undefined;
    if (watches && flagIn(request.query, 'watch')) serveWatch(door, place, request, response);
    else send(response, await answerTo(door, place, request));
  } catch (error) {
    if (response.headersSent) response.destroy();
    else send(response, failureAnswer(error));
  }
}

function send(response: ServerResponse, { status, contentType, body, headers = {} }: Answer): void {
  response.writeHead(status, { ...headers, 'content-type': contentType, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
