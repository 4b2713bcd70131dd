import { controllerConformance } from '../../test/conformance/controllers/index.ts';
import type { ControllerTarget } from '../../test/conformance/controllers/harness.ts';
import { images } from '../src/images.ts';
import { until } from '../src/run.ts';
import { testNamespace } from './cluster.ts';

async function target(): Promise<ControllerTarget> {
  const { api, namespace, cleanup } = await testNamespace();
  return {
    api,
    namespace,
    cleanup,
    image: images.pause,
    eventually: (what, condition) => until(what, 120_000, condition),
    pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  };
}

controllerConformance('real controllers', target, true);
