import type { KubeObject } from '../../../src/kube/api.ts';
import { isObject } from '../../store/json.ts';
import type { Random } from '../../store/random.ts';
import type { ContainerSpec } from './containers.ts';

/** How a container behaves. Milliseconds. */
export interface ContainerTiming {
  /** Until its image is there; counts only where the node does not have it or it is always pulled. */
  readonly pullMs: number;
  /** Why its image cannot be pulled; then it never starts. */
  readonly pullError?: string;
  /** From the image to its start. */
  readonly createMs: number;
  /** From its start until its startup probe succeeds; 0 without one. */
  readonly startMs: number;
  /** From then until its readiness probe succeeds; 0 without one. */
  readonly readyMs: number;
  /** From its start until it ends by itself; left out: never. */
  readonly runMs?: number;
  /** With which it ends by itself. Default 0. */
  readonly exitCode?: number;
  /** From SIGTERM until it has ended, preStop hooks but for `sleep` included. */
  readonly stopMs: number;
}

/** How the containers of pods behave. */
export type Timing = (pod: KubeObject, container: ContainerSpec) => ContainerTiming;

/**
 * Annotation of a pod that changes the timing of its containers: JSON, container name or '*' → fields of
 * ContainerTiming. The container's own entry wins. What cannot be read keeps the pod from starting, and its status says so.
 */
export const timingAnnotation = 'sandbox.meshlift.dev/timing';

/**
 * Times like those of small services on a real node (one to three seconds from created to ready, less than one to end),
 * drawn from the random source, under what the pod's annotation says. Init containers end by themselves.
 */
export function defaultTiming(random: Random): Timing {
  const between = (low: number, high: number) => Math.round(low + random() * (high - low));
  const probe = (container: ContainerSpec, name: string, low: number, high: number) =>
    container.spec[name] === undefined ? 0 : between(low, high);
  return (pod, container) => ({
    pullMs: between(400, 1500),
    createMs: between(200, 600),
    startMs: probe(container, 'startupProbe', 500, 1500),
    readyMs: probe(container, 'readinessProbe', 300, 1500),
    stopMs: between(300, 900),
    ...(container.role === 'init' && { runMs: between(200, 600) }),
    ...annotated(pod, container.name),
  });
}

function annotated(pod: KubeObject, name: string): Partial<ContainerTiming> {
  const text = pod.metadata.annotations?.[timingAnnotation];
  if (text === undefined) return {};
  const all = parse(text);
  if (!isObject(all)) return { pullError: `annotation ${timingAnnotation} is no JSON object: ${text}` };
  const entries = [all['*'], all[name]].filter(isObject);
  return Object.assign({}, ...entries) as Partial<ContainerTiming>;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
