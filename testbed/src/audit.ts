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

interface AuditEvent {
  readonly stage: string;
  readonly verb: string;
  readonly requestURI: string;
  readonly userAgent?: string;
  readonly user: { readonly username?: string };
  readonly impersonatedUser?: { readonly username?: string };
  readonly objectRef?: {
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
  const text = await readFile(layout.auditLog, 'utf8');
  // The last line may still be in the making.
  const lines = text.slice(0, text.lastIndexOf('\n')).split('\n');
  const events = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as AuditEvent);
  return events.filter(isWrite).map(writeOf).filter(selects);
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
