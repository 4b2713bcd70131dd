import { Transient } from '../errors.ts';
import type { PromCondition } from '../policy/policy.ts';

/** Asks for a URL's text: passed in, so that nothing here opens connections by itself. */
export type FetchText = (url: string, timeoutMs: number) => Promise<{ readonly status: number; readonly body: string }>;

/**
 * One number of an instant query (Prometheus HTTP API, /api/v1/query). Null when the answer is empty, no number, or more than
 * one: inconclusive is not fine. `$REVISION` and `$OLD` are replaced.
 * @throws Transient when Prometheus does not answer
 */
export async function queryNumber(
  fetchText: FetchText,
  { url, query }: Pick<PromCondition, 'url' | 'query'>,
  revisions: { readonly old: string; readonly new: string },
): Promise<number | null> {
  const text = query.replaceAll('$REVISION', revisions.new).replaceAll('$OLD', revisions.old);
  const answer = await fetchText(`${url.replace(/\/$/, '')}/api/v1/query?query=${encodeURIComponent(text)}`, 10_000);
  if (answer.status === 200) return oneNumber(answer.body);
  throw new Transient(`Prometheus at ${url} answered ${answer.status}.`, {
    object: url,
    remedy: 'See whether it is up.',
  });
}

function oneNumber(body: string): number | null {
  const data = (parsed(body) as { data?: { resultType?: unknown; result?: unknown } } | null)?.data;
  const result: readonly unknown[] = Array.isArray(data?.result) ? data.result : [];
  // A scalar is its own sample: [time, text]. A vector is a list of series, each with its sample.
  if (data?.resultType === 'scalar') return numberOf(result[1]);
  return result.length === 1 ? numberOf((result[0] as { value?: readonly unknown[] } | null)?.value?.[1]) : null;
}

function numberOf(text: unknown): number | null {
  const value = typeof text === 'string' && text !== '' ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : null;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return null;
  }
}
