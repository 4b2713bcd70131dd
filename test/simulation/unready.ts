/** Pods that run and do not become ready for a while. */
import type { PodReport } from '../../sandbox/controllers/kubelet/runtime.ts';
import type { Random } from '../../sandbox/store/random.ts';
import type { RuntimeOverlay } from '../upgrade/world.ts';

/** When it begins and ends, in milliseconds since 1970, and which share of the pods that are made meanwhile it hits. */
export interface UnreadyWindow {
  from: number;
  to: number;
  share: number;
}

/** Lays it over a model; the window may be set later. */
export function unready(random: Random, window: UnreadyWindow): RuntimeOverlay {
  return (scheduler) => (model) => ({
    start: (pod, report) => {
      const { from, to, share } = window;
      const now = scheduler.now();
      if (now < from || now >= to || random() >= share) return model.start(pod, report);
      let last: PodReport | null = null;
      scheduler.after(to - now, () => last && report(last));
      model.start(pod, (state) => {
        last = state;
        if (scheduler.now() >= to) report(state);
        else report({ ...state, containers: state.containers.map((one) => ({ ...one, ready: false })) });
      });
    },
    stop: (pod, graceSeconds, done) => model.stop(pod, graceSeconds, done),
  });
}
