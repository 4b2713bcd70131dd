import { describe, it } from 'vitest';
import { budgetBodies } from './budgets.ts';
import { daemonSetBodies } from './daemon-sets.ts';
import { deploymentBodies } from './deployments.ts';
import { endpointBodies } from './endpoints.ts';
import type { Body, MakeControllerTarget } from './harness.ts';
import { lifecycleBodies } from './lifecycle.ts';
import { replicaSetBodies } from './replica-sets.ts';
import { statefulSetBodies } from './stateful-sets.ts';

const families: Readonly<Record<string, readonly Body[]>> = {
  Deployment: deploymentBodies,
  ReplicaSet: replicaSetBodies,
  StatefulSet: statefulSetBodies,
  DaemonSet: daemonSetBodies,
  PodDisruptionBudget: budgetBodies,
  EndpointSlice: endpointBodies,
  'owners and namespaces': lifecycleBodies,
};

/**
 * What the controllers of any Kubernetes cluster must do, as tests; each asks for a target of its own.
 * @param concurrent several at once, for a cluster whose time passes by itself. Default: false
 */
export function controllerConformance(name: string, make: MakeControllerTarget, concurrent = false): void {
  describe(`controller conformance of ${name}`, { concurrent }, () => {
    describe.each(Object.entries(families))('%s', (_, bodies) => {
      it.each(bodies)('$says', async ({ run }) => {
        const target = await make();
        try {
          await run(target);
        } finally {
          await target.cleanup();
        }
      });
    });
  });
}
