import type { ProbeReport } from '../../src/probe/report.ts';
import { istioInput, ownLayout, searchPath } from '../src/environment.ts';
import { importGivenImages } from '../src/istio/given-images.ts';
import { tools, type Tools } from '../src/istio/install.ts';
import { importMeshImages } from '../src/istio/mesh-images.ts';
import { asksForReal, istioInUse, versionPair, type IstioInput } from '../src/istio/source.ts';
import { progress } from '../src/progress.ts';

const input: IstioInput = {
  ...istioInput(),
  versions: process.env['ISTIO_VERSIONS'],
  hub: process.env['ISTIO_HUB'],
  tag: process.env['ISTIO_TAG'],
  values: process.env['ISTIO_VALUES'],
};

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

/** Prints what a probe has measured, with the Istio it was; throws when the probe itself was too slow to have measured. */
export function measured(what: string, { istio }: Tools, { verdict, sender, targets, durationMs }: ProbeReport): void {
  const gap = Math.max(...targets.map(({ gaps }) => gaps.longest.ms));
  const kept = `${(sender.onScheduleShare * 100).toFixed(2)} % on schedule, worst ${sender.maxLateMs.toFixed(0)} ms late`;
  const numbers = `${String(sender.scheduled)} requests, ${String(verdict.failed)} failed, longest gap ${gap.toFixed(0)} ms`;
  process.stderr.write(`${what}: ${numbers} in ${(durationMs / 1000).toFixed(0)} s; ${kept} (${istio.words})\n`);
  if (sender.scheduled > 0 && sender.onScheduleShare >= lowestShare) return;
  throw new Error(`unmeasured: the probe did not keep its schedule: ${kept}`);
}
