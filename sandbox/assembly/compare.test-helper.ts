/** Compares a cluster of the sandbox with a recorded moment. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Cluster } from '../cluster.ts';
import { recordedObjects } from '../istio/recorded.test-helper.ts';
import { objectsAt, textAt } from '../store/json.ts';
import { resources } from '../store/resources.ts';
import { onlyIn, proxyLines, summaryOf } from './summary.test-helper.ts';

/** A difference that is right, and why. */
export interface Accepted {
  readonly line: RegExp;
  readonly why: string;
}

/** Differences between any recording and the sandbox that are right; every other one is a defect. */
export const accepted: readonly Accepted[] = [
  {
    line: /^only recorded: \w+ kube-system\/kube-dns/,
    why: 'the recorded node had a DNS of its own; the sandbox has none',
  },
  {
    line: /^only recorded: ServiceAccount kube-system\/(?!default )/,
    why: 'accounts of the controller manager; the controllers of the sandbox are no clients',
  },
  {
    line: /^only recorded: (Service|EndpointSlice) default\/kubernetes /,
    why: 'the API server makes them for itself',
  },
  {
    line: /^only recorded: ConfigMap kube-system\/(extension-apiserver-authentication|kube-apiserver-legacy-\S+) /,
    why: 'the API server makes them for itself',
  },
  {
    line: /^only recorded: Lease (kube-node-lease|kube-system)\//,
    why: 'heartbeats of Kubernetes: the processes that hold them are not modelled',
  },
  {
    line: /^only here: Secret istio-system\/istio-ca-secret /,
    why: 'secrets other than those of Helm were left out of the recording',
  },
];

/** What differs from a recorded moment, and which entries of a table were needed. */
export interface Comparison {
  readonly unlisted: readonly string[];
  readonly used: ReadonlySet<Accepted>;
}

/** Compares all objects of the kinds that were recorded. */
export function compareObjects(cluster: Cluster, moment: string, table: readonly Accepted[]): Comparison {
  const recorded = recordedObjects(moment);
  const kinds = new Set(recorded.map(({ kind }) => kind));
  const known = [...cluster.store.kinds()].filter(({ kind }) => kinds.has(kind));
  const here = known.flatMap((kind) => [...cluster.store.all(kind)]).map(summaryOf);
  const there = recorded.map(summaryOf);
  const lines = [
    ...onlyIn(here, there).map((line) => `only here: ${line}`),
    ...onlyIn(there, here).map((line) => `only recorded: ${line}`),
  ];
  const entries = lines.map((line) => ({ line, entry: table.find((one) => one.line.test(line)) }));
  return {
    unlisted: entries.filter(({ entry }) => entry === undefined).map(({ line }) => line),
    used: new Set(entries.flatMap(({ entry }) => entry ?? [])),
  };
}

/** Which istiod listed which proxies at a recorded moment; see `proxyLines`. */
export function recordedProxies(moment: string): string[] {
  const url = new URL(`../../test/fixtures/recorded/${moment}.istiod.json.gz`, import.meta.url);
  const list = { list: JSON.parse(gunzipSync(readFileSync(url)).toString()) as unknown };
  return objectsAt(list, 'list').flatMap((one) => proxyLines(textAt(one, 'revision') ?? '', one['syncz']));
}

/** The same of the cluster, asked over the API. */
export async function proxiesOf({ store, api }: Cluster): Promise<string[]> {
  const pods = store.list(resources.pods, { namespace: 'istio-system', labelSelector: 'app=istiod' }).items;
  const lines = pods.map(async ({ metadata }) => {
    const place = { namespace: 'istio-system', pod: metadata.name, port: 15014 };
    const { body } = await api.forwardedRequest(place, '/debug/syncz');
    return proxyLines(metadata.labels?.['istio.io/rev'] ?? '', JSON.parse(body));
  });
  return (await Promise.all(lines)).flat();
}
