import { readFile } from 'node:fs/promises';
import type { Layout } from './layout.ts';

/** A write as the API server recorded it (audit.k8s.io/v1, level Metadata). */
export interface AuditedWrite {
  /** 'create', 'update', 'patch', 'delete' or 'deletecollection'. An eviction is a create of subresource 'eviction'. */
  readonly verb: string;
  readonly user: string;
  readonly userAgent: string;
  readonly resource: string;
  readonly subresource: string | undefined;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  /** HTTP status of the answer. */
  readonly code: number;
  /** With dryRun in the query: nothing was stored. */
  readonly isDryRun: boolean;
}

/** A request to the API server, of whatever kind, as it was recorded. */
export interface AuditedRequest {
  /** As RBAC names it: 'get', 'list', 'watch', 'create', …; of a path that is no object: 'get'. */
  readonly verb: string;
  /** API group, '' for the core group. */
  readonly group: string;
  /** Plural, with '/SUBRESOURCE' where there is one; '' for a path that is no object. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  /** Path with its query. */
  readonly uri: string;
  readonly userAgent: string;
  /** HTTP status of the answer; 0 when it was not recorded. */
  readonly code: number;
}

interface AuditEvent {
  readonly stage: string;
  readonly verb: string;
  readonly requestURI: string;
  readonly userAgent?: string;
  readonly user: { readonly username?: string };
  readonly impersonatedUser?: { readonly username?: string };
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number };
}

const writes = ['create', 'update', 'patch', 'delete', 'deletecollection'];

/** All writes that the API server has answered so far and that `selects` takes, oldest first; refused ones too. */
export async function auditedWrites(
  layout: Layout,
  selects: (write: AuditedWrite) => boolean,
): Promise<readonly AuditedWrite[]> {
  return (await events(layout)).filter(isWrite).map(writeOf).filter(selects);
}

/** All requests of a user that the API server has answered so far, oldest first. @throws what reading the log throws */
export async function auditedRequests(layout: Layout, user: string): Promise<readonly AuditedRequest[]> {
  // A connection that is upgraded (a port-forward) has ResponseStarted, and ResponseComplete only at its end.
  const ended = (await events(layout)).filter(({ stage }) => stage === 'ResponseComplete');
  return ended.filter((event) => event.user.username === user).map(requestOf);
}

async function events(layout: Layout): Promise<readonly AuditEvent[]> {
  const text = await readFile(layout.auditLog, 'utf8');
  // The last line may still be in the making.
  const lines = text.slice(0, text.lastIndexOf('\n')).split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as AuditEvent);
}

function requestOf({
  verb,
  requestURI,
  userAgent = '',
  objectRef: object,
  responseStatus,
}: AuditEvent): AuditedRequest {
  const { apiGroup: group = '', resource = '', subresource, namespace = '', name = '' } = object ?? {};
  const full = subresource === undefined ? resource : `${resource}/${subresource}`;
  return { verb, group, resource: full, namespace, name, uri: requestURI, userAgent, code: responseStatus?.code ?? 0 };
}

const isWrite = ({ stage, verb }: AuditEvent) => stage === 'ResponseComplete' && writes.includes(verb);

function writeOf(event: AuditEvent): AuditedWrite {
  const { objectRef: object, user, impersonatedUser: impersonated } = event;
  return {
    verb: event.verb,
    user: impersonated?.username ?? user.username ?? '',
    userAgent: event.userAgent ?? '',
    resource: object?.resource ?? '',
    subresource: object?.subresource,
    namespace: object?.namespace,
    name: object?.name,
    code: event.responseStatus?.code ?? 0,
    isDryRun: event.requestURI.includes('dryRun=All'),
  };
}
