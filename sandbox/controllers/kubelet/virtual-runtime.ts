import type { Scheduler } from '../../clock/scheduler.ts';
import { textAt } from '../../store/json.ts';
import type { PodRuntime } from './runtime.ts';
import type { Timing } from './timing.ts';
import { VirtualPod } from './virtual-pod.ts';

/** Runs pods as models, on whatever clock it is given. Nodes remember the images that they have pulled. */
export function virtualRuntime(scheduler: Scheduler, timing: Timing): PodRuntime {
  const pods = new Map<string, VirtualPod>();
  const images = new Map<string, Set<string>>();
  const imagesOf = (node: string) => {
    const found = images.get(node) ?? new Set<string>();
    images.set(node, found);
    return found;
  };
  return {
    start: (pod, report) => {
      const node = textAt(pod, 'spec', 'nodeName') ?? '';
      const model = new VirtualPod(pod, { scheduler, timing, images: imagesOf(node), report });
      pods.set(pod.metadata.uid ?? '', model);
      model.start();
    },
    stop: (pod, graceSeconds, done) => {
      const uid = pod.metadata.uid ?? '';
      const model = pods.get(uid);
      if (!model) return done();
      model.stop(graceSeconds, () => {
        pods.delete(uid);
        done();
      });
    },
  };
}
