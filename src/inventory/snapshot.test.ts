import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Blocked, InvalidInput, Transient } from '../errors.ts';
import type { KubeObject } from '../kube/api.ts';
import type { Facts } from '../mesh/facts.ts';
import { memoryApi, recordedObjects, type MemoryCluster } from './memory-api.test-helper.ts';
import { readCluster } from './read-cluster.ts';
import { readSnapshot } from './read-snapshot.ts';
import { saveSnapshot } from './save-snapshot.ts';

const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
const answers = (_pod: string, path: string) =>
  Promise.resolve({ status: 200, body: path === '/version' ? '1.30.3-a-Clean' : '[{"proxy":"a.b","resources":{}}]' });

/** The recordings have their certificates and configs dropped: puts some in. */
function filled(moment: string): KubeObject[] {
  const objects = recordedObjects(moment);
  for (const one of objects) {
    const name = one.metadata.name;
    if (name.startsWith('istio-sidecar-injector') && one.kind === 'ConfigMap') {
      one['data'] = {
        config: 'policy: enabled\nneverInjectSelector:\n- matchLabels: {a: b}\ntemplates: {x: "long"}\n',
      };
    }
    if (name === 'istio-ca-root-cert') one['data'] = { 'root-cert.pem': pem };
    if (one.kind === 'MutatingWebhookConfiguration') {
      const bundle = Buffer.from(pem).toString('base64');
      Object.assign(one, JSON.parse(JSON.stringify(one).replaceAll('REDACTED-CA', bundle)));
    }
  }
  return objects;
}

async function save(cluster: MemoryCluster) {
  const parts: Uint8Array[] = [];
  const options = { context: 'test', takenAt: new Date('2026-11-21T02:00:00Z') };
  const summary = await saveSnapshot(memoryApi(cluster), options, (bytes) => {
    parts.push(bytes);
    return Promise.resolve();
  });
  return { summary, bytes: Buffer.concat(parts) };
}

const readBytes = (bytes: Uint8Array, beside: Readonly<Record<string, Uint8Array>> = {}, file = 'x.json.gz') => {
  const files: Readonly<Record<string, Uint8Array>> = { [file]: bytes, ...beside };
  return readSnapshot(file, {
    exists: (path) => Promise.resolve(files[path] !== undefined),
    readFile: (path) => Promise.resolve(files[path] ?? new Uint8Array()),
  });
};

/** What may differ: where it comes from, and the hash of a mesh config that lost its proxyMetadata. */
const comparable = (facts: Facts) => ({
  ...facts,
  source: null,
  configMaps: { ...facts.configMaps, items: facts.configMaps.items.map((one) => ({ ...one, meshHash: '' })) },
});

describe('snapshot', () => {
  it.each(['canary/30-restarted-half', 'ambient/40-after', 'inplace/00-before', 'broken/control-plane-removed-in-use'])(
    'of %s gives the facts of the cluster again',
    async (moment) => {
      const cluster: MemoryCluster = { objects: filled(moment), istiod: answers, pageSize: 7 };
      const live = await readCluster(memoryApi(cluster), { context: 'test' });
      const { summary, bytes } = await save(cluster);
      const { facts, damaged } = await readBytes(bytes);
      expect(damaged).toBeNull();
      expect(comparable(facts)).toEqual(comparable(live));
      expect(facts.source).toEqual({ type: 'snapshot', file: 'x.json.gz', takenAt: '2026-11-21T02:00:00.000Z' });
      expect(summary.bytes).toBe(bytes.byteLength);
      expect(summary.unread).toEqual([]);
      const root = facts.configMaps.items.find((one) => one.meta.name === 'istio-ca-root-cert');
      expect(root?.rootCertHash).toMatch(/^[0-9a-f]{64}$/);
    },
  );

  it('records what could not be read, and forgets what a restarted list had', async () => {
    const expired = new Transient('expired', { status: 410 });
    const failures = {
      pods: { after: 1, errors: [expired] },
      nodes: { errors: [new Blocked('nodes is forbidden', { status: 403 })] },
    };
    const { bytes, summary } = await save({
      objects: filled('inplace/00-before'),
      istiod: answers,
      pageSize: 5,
      failures,
    });
    const { facts, damaged } = await readBytes(bytes);
    expect(damaged).toBeNull();
    expect(facts.pods.items).toHaveLength(15);
    expect(facts.nodes).toEqual({ items: [], unread: 'forbidden: nodes is forbidden' });
    expect(summary.unread).toEqual([{ what: 'nodes', why: 'forbidden: nodes is forbidden' }]);
  });

  it('ends with the error of the sink', async () => {
    const full = new Error('disk full');
    const options = { context: 'test', takenAt: new Date(0) };
    const sink = () => Promise.reject(full);
    await expect(saveSnapshot(memoryApi({ objects: filled('inplace/00-before') }), options, sink)).rejects.toBe(full);
  });

  it('gives what can be read of a file that is cut off, and marks the rest', async () => {
    const { bytes } = await save({ objects: filled('inplace/00-before'), istiod: answers });
    const whole = (await readBytes(bytes)).facts;
    for (const size of [bytes.length - 1, bytes.length - 20, Math.floor(bytes.length / 2)]) {
      const { facts, damaged } = await readBytes(bytes.subarray(0, size));
      if (damaged === null) {
        expect(facts).toEqual(whole);
        continue;
      }
      expect(damaged).toContain('file x.json.gz');
      if (size < bytes.length / 2) expect(facts.istiods.unread).toContain('cut off');
    }
    const text = gunzipSync(bytes).toString();
    const lines = text.split('\n');
    const cut = await readBytes(Buffer.from(lines.slice(0, 20).join('\n').slice(0, -5)));
    expect(cut.damaged).toContain('cut off');
    expect(cut.facts.pods.unread).toContain('cut off');
    const without = await readBytes(Buffer.from(lines.filter((_line, index) => index !== 5).join('\n')));
    expect(without.damaged).toContain('objects');
  });

  it('shows the whole objects of a plain List that is cut off, and takes no list of it for whole', async () => {
    const pods = ['a', 'b', 'c'].map((name) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'shop' },
    }));
    const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: pods });
    for (const bytes of [Buffer.from(text.slice(0, -30)), gzipSync(text).subarray(0, -12)]) {
      const { facts, damaged } = await readBytes(bytes);

      expect(damaged).toMatch(/^file x\.json\.gz is damaged: .*whole objects before that place were read$/);
      expect(facts.pods.items.slice(0, 2).map((pod) => pod.meta.name)).toEqual(['a', 'b']);
      expect(facts.pods.unread).toContain('damaged');
      expect(facts.mutatingWebhooks.unread).toContain('damaged');
    }
  });

  it('refuses what is no snapshot, saying where', async () => {
    await expect(readBytes(new Uint8Array())).rejects.toThrow('file x.json.gz is empty.');
    await expect(readBytes(Buffer.from('{\n "kind": "List",\n "items": [}'))).rejects.toThrow(/line 3, column 12/);
    await expect(readBytes(Buffer.from('{"kind": "Cake"}'))).rejects.toThrow('holds no Kubernetes objects');
    await expect(readBytes(Buffer.from('just some text'))).rejects.toThrow('holds no Kubernetes objects');
    await expect(readBytes(Buffer.from('a: [1'))).rejects.toThrow(/neither JSON nor YAML: line 2, column 1/);
    await expect(readBytes(Buffer.from('kind: *gone'))).rejects.toThrow(/^file x.json.gz .*gone/);
    const other = gzipSync('{"apiVersion":"meshlift.dev/v9","kind":"Snapshot"}\n');
    await expect(readBytes(other)).rejects.toThrow('version meshlift.dev/v9');
    const damagedGzip = Buffer.concat([gzipSync('x').subarray(0, 10), Buffer.from('ffffffff')]);
    await expect(readBytes(damagedGzip)).rejects.toBeInstanceOf(InvalidInput);
    await expect(
      readSnapshot('gone', { exists: () => Promise.resolve(false), readFile: () => Promise.reject(new Error()) }),
    ).rejects.toThrow('does not exist');
  });

  it('reads a plain List, compressed, in YAML, with and without answers beside it', async () => {
    const json = JSON.stringify({
      kind: 'PodList',
      apiVersion: 'v1',
      items: [{ metadata: { name: 'a', namespace: 'b' } }],
    });
    const plain = (await readBytes(Buffer.from(json))).facts;
    expect(plain.pods.items.map((one) => one.meta.name)).toEqual(['a']);
    expect(plain.services.unread).toBe('not in the file');
    expect(plain.istiods.unread).toBe('no answers of istiod in the file');
    const yaml =
      'apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  namespace: b\n---\nkind: Node\napiVersion: v1\nmetadata: {name: n}\n';
    expect((await readBytes(Buffer.from(yaml), {}, 'x.yaml')).facts.nodes.items[0]?.meta.name).toBe('n');
    const beside = {
      'x.istiod.json': Buffer.from('[{"pod":"p","namespace":"n","revision":"r","version":"1","syncz":null}]'),
    };
    const answered = (await readBytes(gzipSync(json), beside)).facts;
    expect(answered.istiods).toMatchObject({ unread: null, items: [{ pod: 'p', version: '1', syncz: null }] });
    expect(answered.istiods.items[0]?.error).toContain('/debug/syncz');
  });
});
