import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PortCaller } from '../api/ports.ts';
import type { JsonObject } from '../store/json.ts';
import type { Store } from '../store/store.ts';
import { testCluster } from '../store/test-cluster.test-helper.ts';
import { kubeconfigFor } from './kubeconfig.ts';
import { startHttp } from './server.ts';

/** Writes the kubeconfig of a server into a folder of its own. */
export async function kubeconfigFile(url: string): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'meshlift-sandbox-'));
  const path = join(folder, 'config');
  await writeFile(path, kubeconfigFor(url));
  return { path, remove: () => rm(folder, { recursive: true }) };
}

/** An answer whose body was JSON; text bodies come as `{ text }`. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: JsonObject;
}

/** A served cluster with namespace shop, and ways to ask it. */
export interface Served {
  readonly store: Store;
  readonly clock: { now: number };
  readonly url: string;
  get(path: string, accept?: string): Promise<Reply>;
  send(method: string, path: string, body: unknown, contentType?: string): Promise<Reply>;
  /** Lines of a watch, parsed, until the server ends the stream or the caller stops reading. */
  watch(path: string, accept?: string): AsyncGenerator<WatchLine, void, undefined>;
}

/** One event of a watch. */
export interface WatchLine {
  readonly type: string;
  readonly object: JsonObject;
}

/** Answers with where the request arrived; port 1 refuses. */
export const echoPorts: PortCaller = {
  call: ({ to, path, method, via }) =>
    to.port === 1
      ? { kind: 'refused', error: 'connect: connection refused' }
      : { kind: 'answered', status: 200, body: `${method} ${to.pod}:${to.port}${path} by ${via}` },
};

/** Runs a body against a server of its own and closes it whatever happens. */
export async function withServed(body: (served: Served) => Promise<void>, bookmarkMs = 60_000): Promise<void> {
  const { store, clock } = testCluster();
  const server = await startHttp({ store, ports: echoPorts }, { bookmarkMs });
  const ask = async (path: string, init: RequestInit): Promise<Reply> => {
    const response = await fetch(server.url + path, init);
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
    const parsed = isJson ? (JSON.parse(text) as JsonObject) : { text };
    return { status: response.status, headers: response.headers, body: parsed };
  };
  const served: Served = {
    store,
    clock,
    url: server.url,
    get: (path, accept = 'application/json') => ask(path, { headers: { accept } }),
    send: (method, path, sent, contentType = 'application/json') => {
      const text = typeof sent === 'string' ? sent : JSON.stringify(sent);
      const headers = { 'content-type': contentType, 'user-agent': 'tester/1.0 (here)' };
      return ask(path, { method, body: text, headers });
    },
    watch: (path, accept = 'application/json') => linesOf(server.url + path, accept),
  };
  try {
    await body(served);
  } finally {
    await server.close();
  }
}

async function* linesOf(url: string, accept: string): AsyncGenerator<WatchLine, void, undefined> {
  const stop = new AbortController();
  const response = await fetch(url, { headers: { accept }, signal: stop.signal });
  if (response.status !== 200 || response.body === null) throw new Error(`watch answered ${response.status}`);
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for await (const chunk of response.body) {
      rest += decoder.decode(chunk as Uint8Array, { stream: true });
      const lines = rest.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield JSON.parse(line) as WatchLine;
    }
    if (rest !== '') throw new Error(`the stream ended within a line: ${rest}`);
  } finally {
    stop.abort();
  }
}
