/** A sandbox on virtual time in which steps work; every write of theirs is seen and can be made to fail. */
import { Transient } from '../../src/errors.ts';
import { sandboxInstaller } from '../../src/installers/sandbox.ts';
import { readCluster } from '../../src/inventory/read-cluster.ts';
import type { KubeApi, KubeObject, ObjectRef } from '../../src/kube/api.ts';
import { buildMesh } from '../../src/mesh/build.ts';
import { stepKindOf } from '../../src/steps/kinds.ts';
import type { Release, StepSpec } from '../../src/steps/spec.ts';
import type { Recalled, StepContext, View } from '../../src/steps/step.ts';
import { createCluster, type Cluster, type ClusterOptions } from '../../sandbox/cluster.ts';
import { VirtualScheduler } from '../../sandbox/clock/virtual.ts';
import { loadScenario } from '../../sandbox/scenarios/load.ts';
import { scenarioNamed } from '../../sandbox/scenarios/table.ts';

/** What happens at a write. `lost`: it is done, and its answer does not come. */
export type Crash = 'before' | 'after' | 'lost';

/** Stands for the end of the process. */
export class Killed extends Error {}

/** A cluster, the time in it, and what steps did. */
export interface Lab {
  readonly cluster: Cluster;
  readonly clock: VirtualScheduler;
  /** 'patch MutatingWebhookConfiguration x', without dry runs, in their order. */
  readonly writes: string[];
  readonly dryRuns: string[];
  readonly notes: string[];
  /** What was waited for, at every look. */
  readonly waits: string[];
  /** What an earlier call of the step left. */
  readonly remembered: Map<string, Recalled>;
  readonly evidence: [string, string | number][];
  readonly context: StepContext;
  /** Fails the write of this number, counted from 0. */
  crashAt: { readonly number: number; readonly how: Crash } | null;
  /** Called after every write and every wait. */
  watch: () => void;
  look(): Promise<View>;
  apply(spec: StepSpec): Promise<void>;
  verify(spec: StepSpec): Promise<ReturnType<ReturnType<typeof stepKindOf>['verify']>>;
  observe(spec: StepSpec): Promise<ReturnType<ReturnType<typeof stepKindOf>['observe']>>;
}

/** The old and the new revision of the scenarios. */
export const young = { revision: '1-30-3', version: '1.30.3' };

/** A release of Helm in istio-system. */
export function helm(name: string): Release {
  return { owner: 'helm', name, namespace: 'istio-system' };
}

/** A scenario, settled, with nothing done yet. */
export async function labOf(name: string, options: Partial<ClusterOptions> = {}): Promise<Lab> {
  const clock = new VirtualScheduler(Date.UTC(2026, 0, 1));
  const { nodes, gatewayApi, ...scenario } = scenarioNamed(name);
  const cluster = createCluster({
    ...{ clock, seed: 7, nodes, installations: true, ...(gatewayApi !== undefined && { gatewayApi }), ...options },
  });
  const pass = (ms: number) => Promise.resolve(clock.advance(ms));
  await loadScenario(cluster, { nodes, ...scenario }, pass);
  return around(cluster, clock);
}

/** The same around a cluster that is there. */
export function around(cluster: Cluster, clock: VirtualScheduler): Lab {
  const lab: Lab = {
    ...{
      cluster,
      clock,
      writes: [],
      dryRuns: [],
      notes: [],
      waits: [],
      evidence: [],
      crashAt: null,
      watch: () => undefined,
    },
    remembered: new Map(),
    context: {} as StepContext,
    look: async () => {
      const facts = await readCluster(cluster.api, { context: 'sandbox' });
      return { facts, mesh: buildMesh(facts), seenAt: clock.now() };
    },
    apply: (spec) => stepKindOf(spec).apply(lab.context, spec),
    verify: async (spec) => stepKindOf(spec).verify(await lab.look(), spec),
    observe: async (spec) => stepKindOf(spec).observe(await lab.look(), spec),
  };
  Object.assign(lab.context, contextOf(lab));
  return lab;
}

function contextOf(lab: Lab): StepContext {
  const time = {
    now: () => lab.clock.now(),
    sleep: (ms: number) => {
      lab.clock.advance(ms);
      lab.watch();
      return Promise.resolve();
    },
  };
  const api = spied(lab);
  return {
    ...{ api, clock: time, signal: new AbortController().signal, mark: 'run-1', look: () => lab.look() },
    installer: sandboxInstaller({ api, clock: time }),
    limitSeconds: 300,
    note: (text) => void lab.notes.push(text),
    waits: (why) => void lab.waits.push(why),
    evidence: (name, value) => void lab.evidence.push([name, value]),
    recall: (name) => lab.remembered.get(name) ?? null,
  };
}

function spied(lab: Lab): KubeApi {
  const { api } = lab.cluster;
  const sent = async <T>(verb: string, object: string, dryRun: boolean | undefined, write: () => Promise<T>) => {
    if (dryRun === true) {
      lab.dryRuns.push(object);
      return write();
    }
    const how = lab.crashAt?.number === lab.writes.length ? lab.crashAt.how : null;
    if (how === 'before') {
      lab.crashAt = null;
      throw new Killed(`before ${verb} ${object}`);
    }
    lab.writes.push(`${verb} ${object}`);
    const result = await write();
    lab.watch();
    if (how === null) return result;
    lab.crashAt = null;
    throw how === 'after' ? new Killed(`after ${verb} ${object}`) : new Transient(`no answer to ${verb} ${object}`);
  };
  const nameOf = ({ resource, namespace, name }: ObjectRef): string =>
    `${resource.kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;
  return {
    ...api,
    create: (resource, object, options = {}) => {
      const { name, namespace } = object.metadata;
      const ref = { resource, name, ...(namespace !== undefined && { namespace }) };
      return sent('create', nameOf(ref), options.dryRun, () => api.create(resource, object, options));
    },
    patch: (ref, kind, patch, options = {}) =>
      sent('patch', nameOf(ref), options.dryRun, () => api.patch(ref, kind, patch, options)),
    delete: (ref, options = {}) => sent('delete', nameOf(ref), options.dryRun, () => api.delete(ref, options)),
  };
}

/** A VirtualService resource of the store. */
const virtualServices = {
  ...{ group: 'networking.istio.io', version: 'v1', plural: 'virtualservices', kind: 'VirtualService' },
  namespaced: true,
};

/** G1: throws unless a valid VirtualService passes and an invalid one is refused now, by an istiod that answers. */
export function mustJudge({ cluster }: Pick<Lab, 'cluster'>): void {
  const object = (spec: object): KubeObject => ({
    ...{ apiVersion: 'networking.istio.io/v1', kind: 'VirtualService' },
    ...{ metadata: { name: 'g1', namespace: 'default' }, spec },
  });
  const write = (spec: object) => cluster.store.create(virtualServices, object(spec), { dryRun: true });
  write({ hosts: ['a.example'], http: [{ route: [{ destination: { host: 'a' } }] }] });
  try {
    write({ hosts: ['a.example'] });
  } catch (error) {
    if (error instanceof Error && error.message.includes('denied the request')) return;
    throw error;
  }
  throw new Error('an invalid VirtualService was taken');
}
