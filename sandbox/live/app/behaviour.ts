import { InvalidInput } from '../../../src/errors.ts';
import type { KubeObject } from '../../../src/kube/api.ts';
import { isObject, type JsonObject } from '../../store/json.ts';

/** How the application of a pod behaves. Times in milliseconds. */
export interface AppBehaviour {
  /** From a request to its answer. Default 2. A request may ask for another with `?answerMs=N`, at most 60,000. */
  readonly answerMs: number;
  /** From its start until it listens. Default 100. */
  readonly startMs: number;
  /** From then until its readiness probe succeeds. Default 0. */
  readonly readyMs: number;
  /**
   * What SIGTERM does. `exit`: ends at once, whatever is under way. `serve`: goes on for `serveMs`, sends its clients away
   * meanwhile, then closes when nothing is under way. Default serve.
   */
  readonly onTerm: 'exit' | 'serve';
  /** Default 2,000. */
  readonly serveMs: number;
}

/** Annotation of a pod that makes it live and tells how its application behaves: JSON with fields of AppBehaviour. */
export const appAnnotation = 'sandbox.meshlift.dev/app';

const defaults: AppBehaviour = { answerMs: 2, startMs: 100, readyMs: 0, onTerm: 'serve', serveMs: 2000 };
const longestMs = 3_600_000;

/** The behaviour that a pod's annotation asks for. @throws InvalidInput when it cannot be read */
export function behaviourOf(pod: KubeObject): AppBehaviour {
  const asked = read(pod);
  for (const [field, value] of Object.entries(asked)) {
    if (!(field in defaults)) throw refused(pod, `has the unknown field ${JSON.stringify(field)}`);
    const fits = field === 'onTerm' ? value === 'exit' || value === 'serve' : isTime(value);
    if (!fits) throw refused(pod, `has ${field} ${JSON.stringify(value)}`);
  }
  return { ...defaults, ...asked };
}

const isTime = (value: unknown) => typeof value === 'number' && value >= 0 && value <= longestMs;

function read(pod: KubeObject): JsonObject {
  const text = pod.metadata.annotations?.[appAnnotation] ?? '{}';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refused(pod, `is no JSON: ${text.slice(0, 100)}`);
  }
  if (isObject(value)) return value;
  throw refused(pod, `is no JSON object: ${text.slice(0, 100)}`);
}

function refused(pod: KubeObject, problem: string): InvalidInput {
  return new InvalidInput(`annotation ${appAnnotation} ${problem}`, {
    object: `Pod ${pod.metadata.name}`,
    remedy: `Write it as a JSON object with ${Object.keys(defaults).join(', ')}: times in milliseconds, onTerm exit or serve.`,
  });
}
