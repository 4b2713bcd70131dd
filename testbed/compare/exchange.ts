import { type RequestOptions as TlsOptions, request as httpsRequest } from 'node:https';
import { request as httpRequest } from 'node:http';
import type { Fields, Row } from './row.ts';

/** A server to send rows to; `tls` for one that wants a client certificate. */
export interface Server {
  readonly url: string;
  readonly tls?: Pick<TlsOptions, 'ca' | 'cert' | 'key'>;
}

/** An answer in the form in which two are compared. */
export interface Told {
  readonly status: number;
  readonly reason: unknown;
  readonly message: unknown;
  /** Undefined of a refusal. */
  readonly body: unknown;
}

/** Sends rows one after another to one server, remembering versions; each answer in its comparable form. */
export async function tellAll(server: Server, rows: readonly Row[]): Promise<readonly Told[]> {
  const versions = new Map<string, string>();
  const told: Told[] = [];
  for (const row of rows) {
    const { status, text } = await send(server, fill(row, versions));
    const body = parse(text);
    const version = (body['metadata'] as Fields | undefined)?.['resourceVersion'];
    if (row.remember !== undefined && typeof version === 'string') versions.set(row.remember, version);
    told.push(comparable(row, status, body));
  }
  return told;
}

function fill(row: Row, versions: ReadonlyMap<string, string>): Row {
  const text = JSON.stringify(row.body)?.replace(/\{rv:(\w+)\}/g, (_, name: string) => versions.get(name) ?? '');
  return text === undefined || typeof row.body === 'string' ? row : { ...row, body: text };
}

function parse(text: string): Fields {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Fields) : { text };
  } catch {
    return { text };
  }
}

function comparable(row: Row, status: number, body: Fields): Told {
  const isRefusal = status >= 300;
  const whole = row.compare && !isRefusal ? row.compare(body) : body;
  return {
    status,
    reason: isRefusal ? body['reason'] : undefined,
    message: isRefusal ? plain(body['message'] ?? body['text']) : undefined,
    body: isRefusal ? undefined : plain(whole),
  };
}

/** Fields that two servers never agree on. */
const own: Readonly<Record<string, string>> = {
  uid: 'UID',
  resourceVersion: 'VERSION',
  creationTimestamp: 'TIME',
  deletionTimestamp: 'TIME',
  time: 'TIME',
  clusterIP: 'IP',
  clusterIPs: 'IPS',
};

/**
 * Without what is by its nature another on every server. managedFields are left out: their order follows the time of
 * writing to the second, and the sandbox leaves out the marks (".") of the parents of owned fields.
 */
function plain(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(uids, 'UID').replace(/current: \d+/, 'current: VERSION');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => key !== 'managedFields');
  return Object.fromEntries(kept.map(([key, field]) => [key, replaced(key, field)]));
}

const uids = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

function replaced(key: string, field: unknown): unknown {
  const isGiven = field === 'None' || field === null;
  return own[key] !== undefined && !isGiven ? own[key] : plain(field);
}

function send({ url, tls }: Server, row: Row): Promise<{ readonly status: number; readonly text: string }> {
  const text = row.body === undefined ? undefined : typeof row.body === 'string' ? row.body : JSON.stringify(row.body);
  const content = { 'content-type': row.type ?? 'application/json', 'content-length': Buffer.byteLength(text ?? '') };
  const headers = {
    accept: row.accept ?? 'application/json',
    'user-agent': 'compare',
    ...(text !== undefined && content),
  };
  const request = tls ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const sent = request(url + row.path, { method: row.method, headers, agent: false, ...tls }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(pieces).toString() }));
    });
    sent.setTimeout(15_000, () => sent.destroy(new Error(`no answer to ${row.method} ${row.path}`)));
    sent.on('error', reject);
    sent.end(text);
  });
}
