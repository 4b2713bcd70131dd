/** Negative control of the time that asking takes: BENCH_ISTIODS istiods, one after the other. */
import { openBenchApi } from './api.ts';

const pods = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true };
const api = await openBenchApi();
const names: string[] = [];
const options = { namespace: 'istio-system', labelSelector: 'app=istiod' };
for await (const page of api.list(pods, { ...options, project: (object) => object.metadata.name })) {
  names.push(...page.items);
}
for (const pod of names.slice(0, Number(process.env['BENCH_ISTIODS']))) {
  await api.forwardedRequest({ namespace: 'istio-system', pod, port: 15014 }, '/debug/syncz');
}
await api.close();
