/**
 * Reads the pages of the pod list and does nothing with them but JSON.parse: the part of the time that no client without
 * a decoder of its own can save. Prints {pods, bytes, parseSeconds, seconds}.
 */
import { performance } from 'node:perf_hooks';

interface PodPage {
  readonly metadata: { readonly continue?: string };
  readonly items: readonly unknown[];
}

const server = process.env['BENCH_SERVER'] ?? '';
const started = performance.now();
const total = { pods: 0, bytes: 0, parseMs: 0 };
for (let token: string | undefined = ''; token !== undefined;) {
  const answer = await fetch(`${server}/api/v1/pods?limit=500&continue=${token}`);
  const text = await answer.text();
  const before = performance.now();
  const page = JSON.parse(text) as PodPage;
  total.parseMs += performance.now() - before;
  total.bytes += text.length;
  total.pods += page.items.length;
  token = page.metadata.continue;
}
const seconds = (performance.now() - started) / 1000;
console.log(JSON.stringify({ pods: total.pods, bytes: total.bytes, parseSeconds: total.parseMs / 1000, seconds }));
