/** Kubeconfigs in a folder of their own, and servers to reach by them. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { connect, type ConnectOptions } from './connection.ts';
import { httpKubeApi } from './http-api.ts';
import { type Handler, type Loopback, loopback, type Received, TEST_CERT } from './loopback.test-helper.ts';

/** Something that must be closed. */
interface Closable {
  close(): Promise<void>;
}

/** What one test has; it is closed and removed when the test ends. */
export interface Workspace {
  /** The path of a file in the folder; without a name, the folder. */
  path(name?: string): string;
  /** Writes a file, what is no text as JSON; gives its path. */
  write(name: string, content: unknown): Promise<string>;
  /** Starts a server; it answers ok unless told otherwise. */
  serve(tls?: boolean, handler?: Handler): Promise<Loopback>;
  /** Connects and sends one request; gives what arrived. */
  ask(server: Loopback, options: ConnectOptions): Promise<Received | undefined>;
  /** Closes it when the test ends, the latest first. */
  closeAfter<T extends Closable>(thing: T): T;
}

/** A workspace that is new for every test of the file. */
export function workspaceForEach(): Workspace {
  const open: Closable[] = [];
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'meshlift-kube-'));
  });
  afterEach(async () => {
    for (const thing of open.splice(0).reverse()) await thing.close();
    await rm(folder, { recursive: true, force: true });
  });
  const closeAfter = <T extends Closable>(thing: T): T => {
    open.push(thing);
    return thing;
  };
  const path = (name = ''): string => join(folder, name);
  return {
    path,
    closeAfter,
    async write(name, content) {
      const file = path(name);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
      return file;
    },
    serve: async (tls = false, handler = (_, response) => response.end('ok')) =>
      closeAfter(await loopback(handler, tls)),
    async ask(server, options) {
      const api = closeAfter(httpKubeApi(await connect(options), { requestTimeoutMs: 5_000, backoffMs: 2 }));
      await api.getRaw('/version');
      return server.received.at(-1);
    },
  };
}

/** Text as fields ending in -data hold it. */
export function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** Fields of a cluster that trusts servers with TEST_CERT. */
export const authority = { 'certificate-authority-data': base64(TEST_CERT) };

/** A kubeconfig as an object. */
export interface TestConfig {
  readonly 'current-context': string;
  readonly clusters: readonly { readonly name: string; readonly cluster: Record<string, unknown> }[];
  readonly users: readonly { readonly name: string; readonly user: unknown }[];
  readonly contexts: readonly { readonly name: string; readonly context: Record<string, string> }[];
}

/** A kubeconfig with one context `name` for the server. */
export function config(
  server: string,
  user: unknown = {},
  cluster: Record<string, unknown> = {},
  name = 'main',
): TestConfig {
  return {
    'current-context': name,
    clusters: [{ name, cluster: { server, ...cluster } }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  };
}
