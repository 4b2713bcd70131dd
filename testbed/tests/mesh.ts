import { istioInput, ownLayout, searchPath } from '../src/environment.ts';
import { tools, type Tools } from '../src/istio/install.ts';
import { importMeshImages } from '../src/istio/mesh-images.ts';
import { istioInUse } from '../src/istio/source.ts';
import { progress } from '../src/progress.ts';

/** Versions between which the tests upgrade. */
export const versions = { old: '1.29.6', next: '1.30.3' } as const;

/** Says which Istio is used, puts its images on the node, and gives the tools that install it. */
export async function prepareMesh(): Promise<Tools> {
  const told = progress(
    (text) => process.stderr.write(text),
    () => performance.now(),
  );
  told.say(`Istio: ${await istioInUse(istioInput(), Object.values(versions))}`);
  const layout = ownLayout();
  await importMeshImages(layout, told);
  return tools(layout, searchPath(), Object.values(versions));
}
