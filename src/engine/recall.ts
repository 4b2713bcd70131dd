/** What a step of this run measured earlier. */
import type { JournalEntry } from '../journal/entry.ts';
import type { Recalled } from '../steps/step.ts';

/**
 * The last evidence of a name that a step left, and whether any step has sent a write since. The journal tells what was
 * measured, never what is: whoever recalls something looks whether it was measured on what is there now.
 */
export function recalled(entries: readonly JournalEntry[], step: string, name: string): Recalled | null {
  const place = entries.findLastIndex(
    ({ event }) => event.type === 'evidence' && event.step === step && event.name === name,
  );
  const found = entries[place];
  if (found?.event.type !== 'evidence') return null;
  const undisturbed = !entries.slice(place).some(({ event }) => event.type === 'write');
  return { value: found.event.value, at: Date.parse(found.at), undisturbed };
}
