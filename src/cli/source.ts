/** Facts for a reading command: from a snapshot when one is named, else from the cluster. */
import type { Facts } from '../mesh/facts.ts';
import { openCluster } from './cluster.ts';
import type { ClusterFlags } from './flags.ts';
import type { CliIo } from './io.ts';
import { progressLine } from './progress.ts';

/** What was read. */
export interface SourceRead {
  readonly facts: Facts;
  /** What is wrong with a file of which only a part could be read; null when it is whole, and for a cluster. */
  readonly damaged: string | null;
}

/** A place that can be read again and again. */
export interface Source {
  /** Throws what `readCluster` or `readSnapshot` throws. */
  read(signal?: AbortSignal): Promise<SourceRead>;
  close(): Promise<void>;
}

/** Opens what the flags name. Throws InvalidInput for a configuration that names no cluster. */
export async function openSource(flags: ClusterFlags & { readonly snapshot?: string }, io: CliIo): Promise<Source> {
  const { snapshot } = flags;
  return snapshot === undefined ? clusterSource(flags, io) : snapshotSource(snapshot, io);
}

async function snapshotSource(file: string, io: CliIo): Promise<Source> {
  const { readSnapshot } = await import('../inventory/read-snapshot.ts');
  return { read: () => readSnapshot(file, io), close: () => Promise.resolve() };
}

async function clusterSource(flags: ClusterFlags, io: CliIo): Promise<Source> {
  const { readCluster } = await import('../inventory/read-cluster.ts');
  const { api, context } = await openCluster(flags, io);
  return {
    read: async (signal) => {
      const progress = progressLine(io);
      try {
        const options = { context, onProgress: progress.report, ...(signal === undefined ? {} : { signal }) };
        return { facts: await readCluster(api, options), damaged: null };
      } finally {
        progress.end();
      }
    },
    close: () => api.close(),
  };
}
