import type { ProbeReport } from '../../src/probe/report.ts';
import { istioInput, ownLayout, searchPath } from '../src/environment.ts';
import { importGivenImages } from '../src/istio/given-images.ts';
import { tools, type Tools } from '../src/istio/install.ts';
import { importMeshImages } from '../src/istio/mesh-images.ts';
import { asksForReal, istioInUse, versionPair } from '../src/istio/source.ts';
import { progress } from '../src/progress.ts';
import type { PodReport } from './pod-load.ts';

const input = istioInput();

/** Versions between which the tests upgrade. */
export const versions = versionPair(input);

/** Whether a real Istio is given; the stand-in is used otherwise. */
export const isReal = asksForReal(input);

/** For titles of tests: which Istio it is. */
export const istioName = isReal ? 'a real Istio, mutual TLS STRICT' : 'a stand-in Istio and real Envoys';

/** Says which Istio is used, puts its images on the node, and gives the tools that install it. */
export async function prepareMesh(): Promise<Tools> {
  const told = progress(
    (text) => process.stderr.write(text),
    () => performance.now(),
  );
  const istio = await istioInUse(input);
  told.say(`Istio: ${istio.words}`);
  const layout = ownLayout();
  const both = Object.values(versions);
  if (istio.kind === 'real') await importGivenImages(layout, istio, both, told);
  else await importMeshImages(layout, told);
  return tools(layout, searchPath(), istio, both);
}

/** Below this share of requests sent within 20 ms of their time a run has measured the machine, not the mesh. */
const lowestShare = 0.95;

/** A ticker leaves out what is overdue. */
const lowestPodShare = 0.9;

/** Ends a test as skipped, with the reason, as a test's context has it. */
type Skip = (why: string) => void;

/**
 * Prints what a probe has measured, with the Istio it was. When the probe itself was too slow to have measured, the test ends as skipped:
 * nothing was shown, and nothing was lost. To be called after the assertions.
 */
export function measured(what: string, { istio }: Tools, report: ProbeReport, skip: Skip): void {
  const { verdict, sender, targets, durationMs } = report;
  const gap = Math.max(...targets.map(({ gaps }) => gaps.longest.ms));
  const kept = `${(sender.onScheduleShare * 100).toFixed(2)} % on schedule, worst ${sender.maxLateMs.toFixed(0)} ms late`;
  const numbers = `${String(sender.scheduled)} requests, ${String(verdict.failed)} failed, longest gap ${gap.toFixed(0)} ms`;
  process.stderr.write(`${what}: ${numbers} in ${(durationMs / 1000).toFixed(0)} s; ${kept} (${istio.words})\n`);
  if (sender.scheduled === 0) throw new Error(`${what}: the probe sent nothing`);
  if (sender.onScheduleShare < lowestShare) skip(`unmeasured: the probe did not keep its schedule: ${kept}`);
}

/** The same of a client in a pod. */
export function measuredInPod(what: string, { istio }: Tools, report: PodReport, skip: Skip): void {
  const share = `${(report.sentShare * 100).toFixed(1)} % of what was due`;
  process.stderr.write(`${what}, from a pod: ${JSON.stringify(report.byWorkload)}, ${share} (${istio.words})\n`);
  if (report.sentShare === 0) throw new Error(`${what}: the pod sent nothing`);
  if (report.sentShare < lowestPodShare) skip(`unmeasured: the client in the pod sent ${share}`);
}
