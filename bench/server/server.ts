import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { performance } from 'node:perf_hooks';
import { WebSocketServer } from 'ws';
import { addBulk } from './bulk.ts';
import { addControlPlane, answersOf, inventoryOf, type IstiodAnswers } from './control-plane.ts';
import { noCounts, type ServerCounts } from './counts.ts';
import { discover } from './discovery.ts';
import { Lists, parsePath, type ObjectRequest } from './lists.ts';
import { servePortForward, type IstiodManner } from './port-forward.ts';
import { recordedIstiods, recordedObjects } from './recorded.ts';
import { shapesOf } from './shapes.ts';
import { emptyWorld, type ClusterSize } from './world.ts';

/** What a synthetic server does besides serving objects. */
export interface ServerOptions {
  readonly size: ClusterSize;
  /** Milliseconds that each istiod takes for /debug/syncz. */
  readonly istiodDelayMs: number;
  /** So many istiod pods, the last ones, never answer. */
  readonly silentIstiods: number;
}

/** A running server. */
export interface BenchServer {
  readonly port: number;
  /** Objects by plural. */
  readonly objects: Readonly<Record<string, number>>;
  readonly istiods: number;
  /** Proxies connected to istiods that never answer. */
  readonly silentProxies: number;
  readonly counts: () => ServerCounts;
  readonly close: () => Promise<void>;
}

interface State {
  readonly lists: Lists;
  readonly istiods: readonly IstiodAnswers[];
  readonly manner: IstiodManner;
  counts: ServerCounts;
  /** Clock of the first port-forward since the last reset; null before. */
  firstForward: number | null;
  cpuStart: NodeJS.CpuUsage;
}

function buildState(options: ServerOptions): { state: State; objects: Record<string, number> } {
  const world = emptyWorld();
  const objects = recordedObjects();
  const answers = recordedIstiods();
  const pods = addControlPlane(world, objects, answers, options.size.istiodsPerRevision);
  addBulk(world, shapesOf(objects), options.size);
  const istiods = answersOf(world, answers, pods);
  const quiet = istiods.slice(istiods.length - options.silentIstiods);
  const silent = new Set(quiet.map((istiod) => `${istiod.namespace}/${istiod.pod}`));
  const manner = { delayMs: options.istiodDelayMs, silent };
  const fresh = { counts: noCounts(), firstForward: null, cpuStart: process.cpuUsage() };
  return { state: { lists: new Lists(world), istiods, manner, ...fresh }, objects: inventoryOf(world) };
}

function send(state: State, response: ServerResponse, status: number, type: string, pieces: readonly Buffer[]): void {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  state.counts.bytes += length;
  response.writeHead(status, { 'content-type': type, 'content-length': length });
  response.cork();
  for (const piece of pieces) response.write(piece);
  response.end();
  response.uncork();
}

function sendJson(state: State, response: ServerResponse, status: number, body: object): void {
  send(state, response, status, 'application/json', [Buffer.from(JSON.stringify(body))]);
}

function refuse(state: State, response: ServerResponse, code: 404 | 405, path: string): void {
  state.counts.refused.push(path);
  const reason = code === 404 ? 'NotFound' : 'MethodNotAllowed';
  const message = `the bench server does not serve ${path}`;
  sendJson(state, response, code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, reason, code });
}

function countList(counts: ServerCounts, url: URL, answer: { total: number; paged: boolean }): void {
  const { searchParams } = url;
  const name = `${url.pathname}?${searchParams.get('labelSelector') ?? ''}&${searchParams.get('fieldSelector') ?? ''}`;
  counts.lists[name] = (counts.lists[name] ?? 0) + 1;
  const limit = Number(searchParams.get('limit') ?? 0);
  if (limit <= 0 || limit > 1000) counts.unpaged.push(url.pathname);
  if (!answer.paged) return;
  counts.pages += 1;
  if (!searchParams.get('continue')) counts.pagesNeeded += Math.ceil(answer.total / 500);
}

function sendObjects(state: State, url: URL, request: IncomingMessage, response: ServerResponse): void {
  const wanted = parsePath(url.pathname);
  if (wanted === undefined || url.searchParams.has('watch')) return refuse(state, response, 404, url.pathname);
  if (wanted.name !== '') return sendOne(state, url, wanted, response);
  const metadataOnly = String(request.headers.accept).includes('as=PartialObjectMetadataList');
  const answer = state.lists.page(wanted, url.searchParams, metadataOnly);
  countList(state.counts, url, answer);
  send(state, response, 200, 'application/json', answer.pieces);
}

function sendOne(state: State, url: URL, wanted: ObjectRequest, response: ServerResponse): void {
  const text = state.lists.one(wanted);
  if (text === undefined) return refuse(state, response, 404, url.pathname);
  send(state, response, 200, 'application/json', [Buffer.from(text)]);
}

const kubernetesVersion = { major: '1', minor: '34', gitVersion: 'v1.34.4', platform: 'linux/amd64' };

function readCounts(state: State): ServerCounts {
  const { user, system } = process.cpuUsage(state.cpuStart);
  return { ...state.counts, cpuSeconds: (user + system) / 1e6 };
}

function resetCounts(state: State): void {
  state.counts = noCounts();
  state.firstForward = null;
  state.cpuStart = process.cpuUsage();
}

/** GET /__counts tells the counts, POST /__counts tells them and sets them to zero. */
function sendCounts(state: State, method: string | undefined, response: ServerResponse): void {
  const text = Buffer.from(JSON.stringify(readCounts(state)));
  if (method === 'POST') resetCounts(state);
  response.writeHead(200, { 'content-type': 'application/json' }).end(text);
}

function handle(state: State, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  if (url.pathname === '/__counts') return sendCounts(state, request.method, response);
  state.counts.requests += 1;
  if (request.method !== 'GET') return refuse(state, response, 405, `${request.method} ${url.pathname}`);
  if (url.pathname === '/version') return sendJson(state, response, 200, kubernetesVersion);
  const found = discover(url.pathname, String(request.headers.accept));
  if (found === undefined) return sendObjects(state, url, request, response);
  send(state, response, 200, found.contentType, [Buffer.from(JSON.stringify(found.body))]);
}

function acceptForwards(state: State): WebSocketServer {
  const handleProtocols = (offered: Set<string>) => (offered.has('v4.channel.k8s.io') ? 'v4.channel.k8s.io' : false);
  const forwards = new WebSocketServer({ noServer: true, perMessageDeflate: false, handleProtocols });
  forwards.on('connection', (socket, request) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const [, namespace, pod] = /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)\/portforward$/.exec(url.pathname) ?? [];
    const istiod = state.istiods.find((one) => one.namespace === namespace && one.pod === pod);
    if (istiod === undefined) return socket.close(1011, 'no such istiod');
    state.counts.portForwards += 1;
    const first = (state.firstForward ??= performance.now());
    servePortForward(socket, Number(url.searchParams.get('ports')), istiod, state.manner, (took, now) => {
      state.counts.slowestIstiodMs = Math.max(state.counts.slowestIstiodMs, took);
      state.counts.askingMs = Math.max(state.counts.askingMs, now - first);
    });
  });
  return forwards;
}

/** Builds the cluster and serves it on a free loopback port. */
export async function startBenchServer(options: ServerOptions): Promise<BenchServer> {
  const { state, objects } = buildState(options);
  const server = createServer((request, response) => handle(state, request, response));
  const forwards = acceptForwards(state);
  server.on('upgrade', (request, socket, head) => {
    state.counts.requests += 1;
    forwards.handleUpgrade(request, socket, head, (client) => forwards.emit('connection', client, request));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  resetCounts(state);
  const silent = state.istiods.filter((one) => state.manner.silent.has(`${one.namespace}/${one.pod}`));
  return {
    port: (server.address() as AddressInfo).port,
    objects,
    istiods: state.istiods.length,
    silentProxies: silent.reduce((sum, one) => sum + one.proxies, 0),
    counts: () => readCounts(state),
    close: () => closeAll(server, forwards),
  };
}

async function closeAll(server: ReturnType<typeof createServer>, forwards: WebSocketServer): Promise<void> {
  forwards.clients.forEach((client) => client.terminate());
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
