import { readFile } from 'node:fs/promises';
import type { JournalEntry } from '../../src/journal/entry.ts';
import { record, records, text } from '../../src/inventory/json.ts';
import { auditedWrites, type AuditedWrite } from '../src/audit.ts';
import type { Layout } from '../src/layout.ts';

/** 'patch pods shop/web-abc': what was written, without the group. */
type Line = string;

/** The audit log names a namespace as its own namespace in some requests and not in others. */
function line(verb: string, resource: string, namespace: string, name: string): Line {
  const plural = resource.split('.')[0] ?? '';
  return `${verb} ${plural} ${plural === 'namespaces' ? '' : namespace}/${name}`;
}

/** What a journal says was written through the API, and by tools. */
export interface Journalled {
  /** Answered well. */
  readonly ok: readonly Line[];
  /** Sent, and not heard of: the process was killed, or the answer was lost. */
  readonly open: readonly Line[];
  /** Refused by the server. */
  readonly refused: readonly Line[];
  /** Calls of tools: 'helm istio-system/istiod-1-30-3'. */
  readonly tools: readonly Line[];
}

/** Reads the journal files of one run; each process wrote its own. The same entry in two of them counts once. */
export async function journalled(files: readonly string[]): Promise<Journalled> {
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
  const lines = texts.flatMap((one) => one.slice(0, one.lastIndexOf('\n') + 1).split('\n')).filter((one) => one !== '');
  const entries = [
    ...new Map(lines.map((one) => JSON.parse(one) as JournalEntry).map((one) => [one.hash, one])).values(),
  ];
  const outcomes = new Map<string, string>();
  for (const { event } of entries) if (event.type === 'written') outcomes.set(event.id, event.outcome);
  const found = { ok: [] as Line[], open: [] as Line[], refused: [] as Line[], tools: [] as Line[] };
  for (const { event } of entries) {
    if (event.type !== 'write') continue;
    const { verb, resource, namespace, name } = event.write;
    if (verb === 'tool') {
      found.tools.push(`${resource} ${namespace}/${name}`);
      continue;
    }
    const outcome = outcomes.get(event.id);
    found[outcome === 'ok' ? 'ok' : outcome === 'refused' ? 'refused' : 'open'].push(
      line(verb, resource, namespace, name),
    );
  }
  return found;
}

/** What the API server recorded of meshlift and of helm since a moment. */
export interface Audited {
  /** meshlift's writes that were carried out, but for those on its own lease and journal. */
  readonly own: readonly Line[];
  /** helm's releases that were written: 'helm istio-system/istiod-1-30-3'. */
  readonly releases: readonly Line[];
}

const isOwnRecord = ({ resource, name = '' }: AuditedWrite): boolean =>
  (resource === 'leases' && name === 'meshlift') || (resource === 'configmaps' && name.startsWith('meshlift-'));

/** Asks about rights and who it is: stored nowhere. */
const isQuestion = ({ resource }: AuditedWrite): boolean => /reviews$/.test(resource);

const verbOf = ({ verb, subresource }: AuditedWrite): string => (subresource === 'eviction' ? 'evict' : verb);

/** Writes after the first `skipped` ones of the log. */
export async function audited(layout: Layout, skipped: number): Promise<Audited> {
  const all = (await auditedWrites(layout, () => true))
    .slice(skipped)
    .filter(({ code, isDryRun }) => code < 300 && !isDryRun);
  const own = all
    .filter(({ userAgent }) => userAgent.startsWith('meshlift'))
    .filter((one) => !isOwnRecord(one) && !isQuestion(one) && one.subresource !== 'portforward')
    .map((one) => line(verbOf(one), one.resource, one.namespace ?? '', one.name ?? ''));
  const releases = all
    .filter(({ userAgent, resource }) => userAgent.startsWith('Helm/') && resource === 'secrets')
    .map(
      ({ namespace = '', name = '' }) =>
        `helm ${namespace}/${/^sh\.helm\.release\.v1\.(.*)\.v\d+$/.exec(name)?.[1] ?? name}`,
    );
  return { own, releases: [...new Set(releases)].sort() };
}

/** Number of all writes in the log so far. */
export async function auditLength(layout: Layout): Promise<number> {
  return (await auditedWrites(layout, () => true)).length;
}

const counts = (lines: readonly Line[]): Map<Line, number> => {
  const found = new Map<Line, number>();
  for (const one of lines) found.set(one, (found.get(one) ?? 0) + 1);
  return found;
};

/** Where audit log and journal disagree; a write that nobody heard of may be there or not. */
export function disagreements({ ok, open }: Journalled, own: readonly Line[]): readonly string[] {
  const [said, maybe, seen] = [counts(ok), counts(open), counts(own)];
  return [...new Set([...said.keys(), ...maybe.keys(), ...seen.keys()])].flatMap((one) => {
    const [least, number] = [said.get(one) ?? 0, seen.get(one) ?? 0];
    const most = least + (maybe.get(one) ?? 0);
    if (number >= least && number <= most) return [];
    return [`${one}: ${String(number)} in the audit log, ${String(least)} to ${String(most)} in the journal`];
  });
}

/** All writes that a plan lists, anywhere in it. */
function listed(value: unknown): readonly Line[] {
  if (Array.isArray(value)) return value.flatMap(listed);
  const object = record(value);
  const own = records(object['writes']).map((one) =>
    line(text(one['verb']), text(one['resource']), text(one['namespace']), text(one['name'])),
  );
  return [
    ...own,
    ...Object.values(object)
      .filter((one) => typeof one === 'object' && one !== null)
      .flatMap(listed),
  ];
}

/** Writes that no entry of the plan's list covers; '*' in a name stands for any text. */
export function notListed(plan: unknown, own: readonly Line[]): readonly Line[] {
  const patterns = [...new Set(listed(plan))].map(
    (one) => new RegExp(`^${one.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`),
  );
  return own.filter((one) => !patterns.some((pattern) => pattern.test(one)));
}
