/** What the scheduler knows of the renewal of one workload. Times in milliseconds. */
export interface WaveTask {
  readonly id: string;
  readonly replicas: number;
  /** Pods in renewal at the same time; at least 1. */
  readonly width: number;
  /** From a pod made to Ready, and from SIGTERM to gone: estimates. */
  readonly readyMs: number;
  readonly drainMs: number;
  /** Workloads that share a key (a disruption budget, an exclusive group) never move together. Default none. */
  readonly groups?: readonly string[];
  /** With `zonesApart` workloads of different zones never move together. Default '', which is none. */
  readonly zone?: string;
}

/** How much may happen at the same time. */
export interface WaveLimits {
  /** Pods being made beside those that are wanted. */
  readonly surgePods: number;
  /** Pods made a second, all workloads together: what the controllers of the cluster bear. */
  readonly startsPerSecond: number;
  readonly maxWorkloads: number;
  /** Proxies that the control plane admits a second. Default: it does not bind. */
  readonly admissionsPerSecond?: number;
  /** Default false. */
  readonly zonesApart?: boolean;
}

/** Pods that a workload really moves at a time. */
export function widthOf({ replicas, width }: WaveTask): number {
  return Math.max(1, Math.min(width, replicas));
}

/** Milliseconds that a renewal takes: batches of `width`, in which the drain of one overlaps with making the next. */
export function pathMs(task: WaveTask): number {
  return Math.ceil(task.replicas / widthOf(task)) * task.readyMs + task.drainMs;
}

/** Pods that are still to be renewed after so many milliseconds. The last batch counts until the old pods are gone. */
export function remainingPods(task: WaveTask, elapsedMs: number): number {
  const width = widthOf(task);
  const last = Math.ceil(task.replicas / width) - 1;
  return task.replicas - Math.min(last, Math.floor(elapsedMs / Math.max(1, task.readyMs))) * width;
}

/** Pods that a renewal has made when so many are still to be renewed. */
export function startedPods(task: WaveTask, remaining: number): number {
  return Math.min(task.replicas, task.replicas - remaining + widthOf(task));
}
