/** Writes a snapshot while the cluster is read. The format is in docs/snapshot-format.md. */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { KubeApi } from '../kube/api.ts';
import { redact } from './redact.ts';
import { walkCluster, type WalkOptions } from './walk.ts';

/** First line of a snapshot. */
export const snapshotHeader = { apiVersion: 'meshlift.dev/v1alpha1', kind: 'Snapshot' } as const;

/** How to save. */
export interface SaveOptions extends WalkOptions {
  /** Name of the kubeconfig context; it is written into the file. */
  readonly context: string;
  /** The time now; it is written into the file. */
  readonly takenAt: Date;
}

/** Takes the bytes of the file in order; its promise tells that the next may come. */
export type SnapshotSink = (bytes: Uint8Array) => Promise<void>;

/** What is in the file. */
export interface SnapshotSummary {
  readonly objects: number;
  /** istiod pods asked, and how many of them answered everything. */
  readonly istiods: number;
  readonly answered: number;
  /** Compressed size. */
  readonly bytes: number;
  /** What could not be read, and why. */
  readonly unread: readonly { readonly what: string; readonly why: string }[];
}

interface Writer {
  /** Adds lines to the buffer. */
  add(line: unknown): void;
  /** Compresses and hands on what is buffered. */
  flush(): Promise<void>;
  readonly bytes: number;
}

const compress = promisify(gzip);

// Each flush is a gzip member of its own: RFC 1952 lets a file be several, and so no more than some pages are held.
function createWriter(sink: SnapshotSink): Writer {
  let lines: string[] = [];
  let bytes = 0;
  let tail = Promise.resolve();
  return {
    get bytes() {
      return bytes;
    },
    add: (line) => {
      lines.push(JSON.stringify(line));
    },
    flush: () => {
      tail = tail.then(async () => {
        if (lines.length === 0) return;
        const text = `${lines.join('\n')}\n`;
        lines = [];
        const member = await compress(text);
        bytes += member.byteLength;
        await sink(member);
      });
      return tail;
    },
  };
}

/**
 * Reads the cluster as `readCluster` does and writes every object that it sees, without secrets (`redact.ts`). Holds at most
 * a few pages. Throws what `readCluster` throws, and what the sink throws; the file is then cut off and says so to a reader.
 */
export async function saveSnapshot(api: KubeApi, options: SaveOptions, sink: SnapshotSink): Promise<SnapshotSummary> {
  const writer = createWriter(sink);
  const unread: { what: string; why: string }[] = [];
  const counts = new Map<string, number>();
  const finished = (what: string, why: string | null): void => {
    writer.add(why === null ? { done: what } : { unread: what, why });
    if (why !== null) unread.push({ what, why });
  };
  const walked = await walkCluster(api, options, {
    begin: async (kubernetesVersion) => {
      const { context, takenAt } = options;
      writer.add({ ...snapshotHeader, takenAt: takenAt.toISOString(), context, kubernetesVersion });
      await writer.flush();
    },
    object: (kind, object, resource) => {
      writer.add(redact(kind, object, resource));
      const key = `${kind} ${resource.kind}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    },
    page: () => writer.flush(),
    restarted: (kind, resource) => {
      writer.add({ restart: kind, kindOfObject: resource.kind });
      counts.delete(`${kind} ${resource.kind}`);
    },
    finished,
  });
  const { items } = walked.istiods;
  for (const istiod of items) writer.add({ istiod });
  finished('istiods', walked.istiods.unread);
  const objects = [...counts.values()].reduce((sum, count) => sum + count, 0);
  writer.add({ end: true, objects });
  await writer.flush();
  const answered = items.filter((istiod) => istiod.error === '').length;
  return { objects, istiods: items.length, answered, bytes: writer.bytes, unread };
}
