import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { KubeObject } from '../../src/kube/api.ts';

/** What one recorded control plane pod answered. */
export interface RecordedIstiod {
  readonly pod: string;
  readonly namespace: string;
  readonly revision: string;
  readonly version: string;
  readonly syncz: readonly { readonly proxy: string; readonly [field: string]: unknown }[];
}

const folder = new URL('../../test/fixtures/recorded/canary/', import.meta.url);

function read(name: string): unknown {
  return JSON.parse(gunzipSync(readFileSync(new URL(name, folder))).toString());
}

/** A recorded cluster: two revisions, a tag, half of the workloads restarted. */
export function recordedObjects(): readonly KubeObject[] {
  return (read('30-restarted-half.json.gz') as { items: KubeObject[] }).items;
}

/** The answers of its two istiods. */
export function recordedIstiods(): readonly RecordedIstiod[] {
  return read('30-restarted-half.istiod.json.gz') as RecordedIstiod[];
}

/** The object of that kind and place. Throws Error when it was not recorded. */
export function recorded(objects: readonly KubeObject[], kind: string, place: string): KubeObject {
  const found = objects.find(
    (object) => object.kind === kind && `${object.metadata.namespace ?? ''}/${object.metadata.name}`.startsWith(place),
  );
  if (found === undefined) throw new Error(`recorded: no ${kind} ${place}`);
  return found;
}
