/** The proxies of a large mesh lie in several entries: here they are one again. */
import type { JournalEvent } from './entry.ts';

type Proxies = Extract<JournalEvent, { type: 'proxies' }>;

/**
 * The same entries with those that are parts of one measurement united in the place of its last part. Parts of one that was
 * never finished, because the process ended in the middle, are left out.
 */
export function withWholeProxies<T extends { readonly event: JournalEvent }>(entries: readonly T[]): readonly T[] {
  let begun: { readonly when: string; readonly parts: Proxies[] } | null = null;
  return entries.flatMap((entry) => {
    const { event } = entry;
    if (event.type !== 'proxies' || event.part === undefined) return [entry];
    const { number, of } = event.part;
    if (number === 1) begun = { when: event.when, parts: [] };
    if (begun === null || begun.when !== event.when || begun.parts.length !== number - 1) return [];
    begun.parts.push(event);
    return number === of ? [{ ...entry, event: united(begun.parts, event.when) }] : [];
  });
}

function united(parts: readonly Proxies[], when: Proxies['when']): Proxies {
  return { type: 'proxies', when, proxies: Object.assign({}, ...parts.map(({ proxies }) => proxies)) };
}
