import type { Layout } from './layout.ts';
import { inside } from './node.ts';

interface Header {
  readonly header: { readonly revision: string };
}

/** Asks etcd's JSON gateway, which listens on the node's loopback only. */
async function ask<T>(layout: Layout, path: string, body: unknown): Promise<T> {
  const script = `
    const answer = await fetch('http://127.0.0.1:2379' + process.argv[1], { method: 'POST', body: process.argv[2] });
    const text = await answer.text();
    if (!answer.ok) throw new Error(text);
    process.stdout.write(text);`;
  const command = [process.execPath, '--input-type=module', '--eval', script, path, JSON.stringify(body)];
  return JSON.parse(await inside(layout, command)) as T;
}

/** Current revision of the store, which is the newest resourceVersion. */
export async function etcdRevision(layout: Layout): Promise<string> {
  const key = Buffer.from('/').toString('base64');
  const { header } = await ask<Header>(layout, '/v3/kv/range', { key, count_only: true });
  return header.revision;
}

/** Forgets all history up to now, as etcd does after five minutes: lists and watches from before can't go on. */
export async function compactEtcd(layout: Layout): Promise<string> {
  const revision = await etcdRevision(layout);
  await ask(layout, '/v3/kv/compaction', { revision, physical: true });
  return revision;
}
