/**
 * Negative control of the memory bound: the product's own paged list, but what it keeps of a pod is the whole pod. Stops
 * at BENCH_PODS. Prints {pods}.
 */
import type { KubeObject } from '../../src/kube/api.ts';
import { openBenchApi } from './api.ts';

const wanted = Number(process.env['BENCH_PODS']);
const pods = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true };
const api = await openBenchApi();
const kept: KubeObject[] = [];
for await (const page of api.list(pods, { project: (object) => object })) {
  kept.push(...page.items);
  if (kept.length >= wanted) break;
}
await api.close();
console.log(JSON.stringify({ pods: kept.length }));
