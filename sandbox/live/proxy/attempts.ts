import type { Cluster, Endpoint } from './cluster.ts';
import { failureOf, type Attempt, type LocalFailure } from './local-reply.ts';

/** Attempts after the first: Istio's default. */
const retries = 2;

/**
 * Tries the endpoints of a cluster one after the other, as the retry policy allows.
 * @param attempt sends to one endpoint; it learns whether another attempt may follow
 * @returns undefined when it was answered, else what the client is to be told
 */
export async function tryEndpoints(
  cluster: Cluster,
  attempt: (endpoint: Endpoint, mayRetry: boolean) => Promise<Attempt>,
): Promise<LocalFailure | undefined> {
  const tried = new Set<string>();
  let last: Exclude<Attempt, 'answered'> | undefined;
  for (let left = retries; left >= 0; left -= 1) {
    const endpoint = cluster.pick(tried);
    if (!endpoint) break;
    tried.add(endpoint.uid);
    const came = await attempt(endpoint, left > 0);
    if (came === 'answered') return undefined;
    last = came;
    if (!cluster.retryOn.has(last)) break;
  }
  return last === undefined ? 'UH' : failureOf(last);
}
