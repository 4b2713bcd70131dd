import type { FetchText } from '../../engine/prometheus.ts';
import { Transient } from '../../errors.ts';

/** Text of a URL by Node's own fetch. @throws Transient */
export const fetchText: FetchText = async (url, timeoutMs) => {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    return { status: answer.status, body: await answer.text() };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Transient(`No answer from ${new URL(url).origin}: ${why}.`, { object: new URL(url).origin, cause });
  }
};
