/** Plans an upgrade of a synthetic mesh: PLAN_WORKLOADS and PLAN_PODS say how large. Prints one line of JSON. */
import { performance } from 'node:perf_hooks';
import { describing } from '../../src/engine/execute.ts';
import { planHops } from '../../src/knowledge/hops.ts';
import { builtInKnowledge } from '../../src/knowledge/knowledge.ts';
import { buildMesh } from '../../src/mesh/build.ts';
import { toText } from '../../src/planner/document.ts';
import { planUpgrade } from '../../src/planner/plan-upgrade.ts';
import { defaultPolicy } from '../../src/policy/policy.ts';
import { stepKinds } from '../../src/steps/kinds.ts';
import { largeMesh } from '../lib/large-mesh.ts';

const workloads = Number(process.env['PLAN_WORKLOADS']);
const facts = largeMesh({ workloads, pods: Number(process.env['PLAN_PODS']), workloadsANamespace: 20 });
const knowledge = builtInKnowledge;
const hops = planHops({ from: '1.29.6', to: '1.30.3', strategy: 'revision', kubernetes: 'v1.34.4', knowledge });
if (hops.outcome !== 'hops') throw new Error(hops.refused);

const began = performance.now();
const mesh = buildMesh(facts);
const built = performance.now();
const planned = planUpgrade({
  ...{ view: { facts, mesh, seenAt: 0 }, to: '1.30.3', revision: null, policy: defaultPolicy, hops: hops.hops },
  ...{ findings: [], kinds: describing(stepKinds), createdAt: '2026-09-01T00:00:00Z' },
  ...{ tool: 'meshlift bench', clusterUid: 'uid' },
});
if ('nothing' in planned) throw new Error(planned.nothing);
const made = performance.now();
const text = toText(planned.plan);
const written = performance.now();

const renewals = planned.plan.stages.flatMap(({ steps }) => steps).filter(({ spec }) => spec.kind === 'renew-workload');
const times = { modelMs: built - began, planMs: made - built, textMs: written - made };
process.stdout.write(JSON.stringify({ ...times, renewals: renewals.length, bytes: Buffer.byteLength(text) }));
