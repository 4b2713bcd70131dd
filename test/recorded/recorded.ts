import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { readSnapshot } from '../../src/inventory/read-snapshot.ts';
import { buildMesh } from '../../src/mesh/build.ts';
import type { Mesh } from '../../src/mesh/mesh.ts';
import { meshStatus, type MeshStatus } from '../../src/mesh/status.ts';

/** A recorded moment of a real cluster as the program sees it. `moment` is 'folder/name' under test/fixtures/recorded. */
export async function recorded(moment: string): Promise<{ mesh: Mesh; status: MeshStatus }> {
  const file = fileURLToPath(new URL(`../fixtures/recorded/${moment}.json.gz`, import.meta.url));
  const io = {
    readFile: (path: string) => readFile(path),
    exists: (path: string) => Promise.resolve(existsSync(path)),
  };
  const { facts, damaged } = await readSnapshot(file, io);
  if (damaged !== null) throw new Error(`${moment} is damaged: ${damaged}`);
  const mesh = buildMesh(facts);
  return { mesh, status: meshStatus(mesh, { takenAt: '2026-11-21T02:30:00Z', toolVersion: '0.0.0' }) };
}
