import { InvalidInput, Transient } from '../../src/errors.ts';
import type { KubeObject } from '../../src/kube/api.ts';
import { HandOverScheduler } from '../clock/hand-over.ts';
import { realTimeScheduler } from '../clock/real-time.ts';
import type { Scheduler } from '../clock/scheduler.ts';
import type { VirtualScheduler } from '../clock/virtual.ts';
import type { Cluster, ClusterOptions } from '../cluster.ts';
import { isActive } from '../controllers/base/pods.ts';
import type { PodRuntime } from '../controllers/kubelet/runtime.ts';
import type { ControlPlaneLink } from '../live/control-plane.ts';
import { startLiveMode, type LiveMode } from '../live/live-mode.ts';
import type { LiveTiming } from '../live/timing.ts';
import { resources } from '../store/resources.ts';
import { handOverRuntime, type HandOverRuntime } from './adopt.ts';
import { takesPod } from './takes.ts';

/** Each live pod has two listening ports and some connections; a process often has a thousand descriptors. */
const mostPods = 200;
/** Milliseconds: streams that come up within it are told of once, and how long pods may take to become servers. */
const times = { together: 20, limit: 30_000 };

/** Clock, pods and ports of a cluster that is modelled in its past and served by real servers from `begin` on. */
export class LiveHost {
  /** For the cluster. */
  readonly shape: Pick<ClusterOptions, 'clock' | 'runtime' | 'ports'>;
  readonly #clock: HandOverScheduler;
  #model: PodRuntime | undefined;
  #pods: HandOverRuntime | undefined;
  #live: LiveMode | undefined;

  constructor(past: VirtualScheduler) {
    this.#clock = new HandOverScheduler(past);
    const error = 'connect: connection refused';
    this.shape = {
      clock: this.#clock,
      runtime: (model) => {
        this.#model = model;
        this.#pods = handOverRuntime(model);
        return this.#pods.runtime;
      },
      ports: { call: (request) => this.#live?.ports.call(request) ?? { kind: 'refused', error } },
    };
  }

  /**
   * From now on the time is the machine's, and each pod that `takesPod` names is a real server, ready ones at once.
   * @param now the real time in milliseconds since 1970
   * @throws InvalidInput when too many pods would be servers, Transient when they do not come up
   */
  async begin({ store, streams }: Cluster, now: () => number, timing: Partial<LiveTiming> = {}): Promise<LiveMode> {
    const pods = [...store.all(resources.pods)].filter((pod) => takesPod(pod) && isActive(pod));
    if (pods.length > mostPods) throw tooMany(pods.length);
    if (!this.#model || !this.#pods) throw new TypeError('begin needs a cluster that was made with shape');
    this.#clock.handOver({ ...realTimeScheduler(), now });
    const adopting = { now: true };
    const link = linkTo(streams, this.#clock, () => adopting.now);
    const live = startLiveMode({ store, scheduler: this.#clock, others: this.#model, link, takes: takesPod, timing });
    this.#live = live;
    await within(this.#clock, this.#pods.handOver(live.runtime, pods));
    adopting.now = false;
    return live;
  }

  /** Ends servers and connections; nothing happens any more. */
  async close(): Promise<void> {
    this.#clock.stop();
    await this.#live?.close();
  }
}

/** Proxies know what their istiod told them; those that ran before keep what they had, also where none answers now. */
function linkTo(streams: Cluster['streams'], scheduler: Scheduler, adopting: () => boolean): ControlPlaneLink {
  return {
    answers: (pod: KubeObject) => adopting() || streams.answers(pod),
    onChange: (listener) => {
      let waiting = false;
      return streams.onChange(() => {
        if (waiting) return;
        waiting = true;
        scheduler.after(times.together, () => {
          waiting = false;
          listener();
        });
      });
    },
  };
}

/** @throws Transient when it takes too long */
async function within(scheduler: Scheduler, ready: Promise<void>): Promise<void> {
  let cancel = () => undefined as void;
  const late = new Promise<never>((_, reject) => {
    cancel = scheduler.after(times.limit, () => {
      const remedy = 'Try again when the machine is less busy, or start without --live.';
      reject(new Transient('The servers of the pods did not come up in time.', { object: 'live pods', remedy }));
    });
  });
  await Promise.race([ready, late]).finally(() => cancel());
}

function tooMany(count: number): InvalidInput {
  return new InvalidInput(`${count.toLocaleString('en')} pods would be real servers, which is more than ${mostPods}.`, {
    object: '--live',
    remedy: 'Take a smaller scenario or snapshot, or start without --live.',
  });
}
