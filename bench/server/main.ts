/**
 * The synthetic cluster as a process: `tsx bench/server/main.ts JSON` with ServerOptions. Tells a line of JSON on stdout
 * when it is ready, and ends when its standard input closes (its parent has gone) or after its time limit.
 */
import { startBenchServer, type ServerOptions } from './server.ts';

const timeLimitMs = 15 * 60_000;

const options = JSON.parse(process.argv[2] ?? '{}') as ServerOptions;
const server = await startBenchServer(options);
const { port, objects, istiods, silentProxies } = server;
process.stdout.write(`${JSON.stringify({ port, objects, istiods, silentProxies })}\n`);

const end = () => process.exit(0);
process.stdin.on('end', end).on('error', end).resume();
setTimeout(end, timeLimitMs);
