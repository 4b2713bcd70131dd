/**
 * A sandbox in live mode for probes of another process: Services `web` and `rude`, three pods each behind sidecars, both
 * rolled without losing a ready pod. `web` serves on after SIGTERM, `rude` dies at once with what is under way. Prints
 * {services} when it is ready. Commands on stdin, one a line: `restart NAME` is answered with {restarted} when no old pod
 * is left, `usage` with {cpuMs} so far; the end of stdin ends it.
 */
import { createInterface } from 'node:readline';
import { startLiveSandbox } from '../../sandbox/live-start.ts';
import type { Scenario, WorkloadSpec } from '../../sandbox/scenarios/types.ts';
import { resources } from '../../sandbox/store/resources.ts';
import type { KubeObject } from '../../src/kube/api.ts';

const rolling = { replicas: 3, strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } } } as const;
const workloads: readonly WorkloadSpec[] = [
  { name: 'web', ...rolling, behaviour: { answerMs: 2, readyMs: 200 } },
  { name: 'rude', ...rolling, behaviour: { answerMs: 50, readyMs: 200, onTerm: 'exit' } },
];
const scenario: Scenario = {
  name: 'traffic',
  description: 'Two Services under load',
  nodes: 2,
  steps: [
    {
      do: 'install',
      install: [
        { chart: 'base', version: '1.29.6', defaultRevision: '1-29-6' },
        { chart: 'istiod', version: '1.29.6', revision: '1-29-6' },
      ],
    },
    { do: 'settle' },
    { do: 'deploy', namespaces: [{ name: 'shop', labels: { 'istio.io/rev': '1-29-6' }, workloads }] },
    { do: 'settle' },
  ],
};

const { api, services, close } = await startLiveSandbox({ content: { scenario }, port: 0, now: Date.now });

async function podsOf(app: string): Promise<readonly KubeObject[]> {
  const found: KubeObject[] = [];
  const options = { namespace: 'shop', labelSelector: `app=${app}`, project: (pod: KubeObject) => pod };
  for await (const page of api.list(resources.pods, options)) found.push(...page.items);
  return found;
}

async function restart(name: string): Promise<void> {
  const old = new Set((await podsOf(name)).map(({ metadata }) => metadata.uid));
  const annotations = { 'kubectl.kubernetes.io/restartedAt': new Date().toISOString() };
  const ref = { resource: resources.deployments, namespace: 'shop', name };
  await api.patch(ref, 'strategic', { spec: { template: { metadata: { annotations } } } });
  while ((await podsOf(name)).some(({ metadata }) => old.has(metadata.uid))) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const tell = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);
tell({ services });
for await (const line of createInterface(process.stdin)) {
  const [, name] = /^restart (\w+)$/.exec(line) ?? [];
  if (name !== undefined) await restart(name);
  const { user, system } = process.cpuUsage();
  tell(name === undefined ? { cpuMs: (user + system) / 1000 } : { restarted: name });
}
await close();
