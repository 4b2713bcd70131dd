/** Facts of a snapshot in our own format (docs/snapshot-format.md). */
import { InvalidInput } from '../errors.ts';
import type { KubeObject } from '../kube/api.ts';
import type { Facts, IstiodFact } from '../mesh/facts.ts';
import { assemble, createFactLists, type FactLists } from './fact-lists.ts';
import { isRecord, text, type Json } from './json.ts';
import { kinds, listOf, listedKinds, type ListedKind } from './kinds.ts';
import type { Lines } from './lines.ts';
import { byPlace } from './istiods.ts';
import { snapshotHeader } from './save-snapshot.ts';

interface State {
  readonly lists: FactLists;
  readonly istiods: IstiodFact[];
  /** Undefined until the file says it. */
  istiodsUnread: string | null | undefined;
  objects: number;
  ended: number | null;
}

/**
 * Facts of the lines after the header. A file that is cut off gives what could be read; the lists that had not come to
 * their end are unread. Throws InvalidInput for a version that this program does not know.
 */
export async function readLines(
  file: string,
  header: Json,
  lines: Lines,
): Promise<{ facts: Facts; damaged: string | null }> {
  if (header['apiVersion'] !== snapshotHeader.apiVersion) {
    throw new InvalidInput(
      `file ${file} is a snapshot of version ${text(header['apiVersion']) || '(none)'}; known is ${snapshotHeader.apiVersion}.`,
      { object: `file ${file}`, remedy: 'Read it with the version of meshlift that made it, or save it again.' },
    );
  }
  const state: State = {
    ...{ lists: createFactLists(), istiods: [], istiodsUnread: undefined, objects: 0, ended: null },
  };
  const damaged = await readAll(state, lines);
  const missing = damaged === null ? 'not recorded in this file' : `the file ${damaged}`;
  const facts = assemble(
    state.lists.lists(() => missing),
    {
      source: { type: 'snapshot', file, takenAt: text(header['takenAt']) },
      kubernetesVersion: text(header['kubernetesVersion']) || null,
      istiods: {
        items: state.istiods.sort(byPlace),
        unread: state.istiodsUnread === undefined ? missing : state.istiodsUnread,
      },
    },
  );
  return { facts, damaged: damaged === null ? null : `file ${file} ${damaged}` };
}

async function readAll(state: State, lines: Lines): Promise<string | null> {
  for (let number = 2; ; number += 1) {
    const line = await lines.next();
    if (line === null) return endOf(state, lines.error);
    const value = parsed(line);
    if (value === null || !take(state, value)) {
      // A last line that is cut in two is no different from one that is missing.
      if ((await lines.next()) === null) return endOf(state, lines.error);
      return `is damaged: line ${String(number)} is no object of a snapshot; ${readSoFar(state)}`;
    }
  }
}

function endOf(state: State, error: string | null): string | null {
  if (state.ended === state.objects) return null;
  if (state.ended !== null) return `is damaged: it should hold ${String(state.ended)} objects; ${readSoFar(state)}`;
  return error === null ? `is cut off before its end; ${readSoFar(state)}` : `${error}; ${readSoFar(state)}`;
}

function readSoFar(state: State): string {
  return `${String(state.objects)} objects were read, the rest is missing`;
}

function parsed(line: string): Json | null {
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

function take(state: State, line: Json): boolean {
  if (typeof line['kind'] === 'string') return takeObject(state, line);
  if (isRecord(line['istiod'])) state.istiods.push(istiodFact(line['istiod']));
  else if ('done' in line) finish(state, text(line['done']), null);
  else if ('unread' in line) finish(state, text(line['unread']), text(line['why']) || 'unread');
  else if ('restart' in line) restart(state, text(line['restart']), text(line['kindOfObject']));
  else if ('end' in line) state.ended = typeof line['objects'] === 'number' ? line['objects'] : -1;
  return true;
}

// Kinds that a later version writes are counted, so that the end line fits, and left out.
function takeObject(state: State, line: Json): boolean {
  if (!isRecord(line['metadata'])) return false;
  state.objects += 1;
  const object = line as unknown as KubeObject;
  const kind = listOf(object);
  if (kind !== null) state.lists.add(kind, object, text(line['kind']));
  return true;
}

function finish(state: State, what: string, unread: string | null): void {
  if (what === 'istiods') state.istiodsUnread = unread;
  else if (isListed(what)) state.lists.finish(what, unread);
}

function restart(state: State, what: string, objectKind: string): void {
  if (!isListed(what)) return;
  state.objects -= state.lists.clear(what, objectKind);
}

function isListed(what: string): what is ListedKind {
  return what in kinds && listedKinds.includes(what as ListedKind);
}

// Written by ourselves from this very type; what is damaged is caught by the end line and by gzip's checksum.
function istiodFact(value: Json): IstiodFact {
  return value as unknown as IstiodFact;
}
