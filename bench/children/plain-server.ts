/**
 * The reference of the traffic benchmark: Node's own HTTP server with an answer after 2 ms. Prints {services}, then {cpuMs}
 * for each line on stdin; ends with it.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';

const server = createServer((_request, response) => void setTimeout(() => response.end('plain\n'), 2));
server.keepAliveTimeout = 0;
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
console.log(JSON.stringify({ services: [{ name: 'plain', urls: [{ protocol: 'http1', url }] }] }));
for await (const line of createInterface(process.stdin)) {
  const { user, system } = process.cpuUsage();
  console.log(JSON.stringify({ line, cpuMs: (user + system) / 1000 }));
}
server.closeAllConnections();
server.close();
