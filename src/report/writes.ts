/** Every write of a run, with its answer, or with what was seen later when there was none. */
import type { WriteReport } from './report.ts';
import type { Placed } from './placed.ts';

interface Sent extends Omit<WriteReport, 'again' | 'resolved'> {
  /** Place in the journal. */
  readonly index: number;
  /** Which try of its step it belongs to. */
  readonly attempt: number;
}

/** All writes in the order in which they were sent. */
export function writesOf(story: readonly Placed[]): readonly WriteReport[] {
  const sent = answered(story);
  const ends = endings(story);
  const accepted = new Map(sent.filter(({ outcome }) => outcome === 'ok').map((write) => [keyOf(write), write]));
  const refused = new Set<string>();
  return sent.map(({ index, attempt, ...write }) => {
    const tried = `${attempt} ${keyOf(write)}`;
    const again = refused.has(tried);
    if (write.outcome !== 'ok') refused.add(tried);
    const resolved =
      write.outcome === 'unknown'
        ? resolution(index, accepted.get(keyOf(write)), ends.get(`${write.phase} ${write.step}`))
        : '';
    return { ...write, again, resolved };
  });
}

const keyOf = ({ phase, step, verb, resource, namespace, name }: Omit<WriteReport, 'again' | 'resolved'>): string =>
  JSON.stringify([phase, step, verb, resource, namespace, name]);

/** Ids come again when a step is tried again: an answer belongs to the latest write of its id. */
function answered(story: readonly Placed[]): readonly Sent[] {
  const sent: Sent[] = [];
  const open = new Map<string, number>();
  const tries = new Map<string, number>();
  for (const [index, { event, at, by, epoch, phase }] of story.entries()) {
    if (event.type === 'step' && event.what === 'started') tries.set(event.step, (tries.get(event.step) ?? 0) + 1);
    if (event.type === 'write') {
      open.set(event.id, sent.length);
      const unanswered = { outcome: 'unknown' as const, detail: 'no answer was written down' };
      sent.push({
        index,
        attempt: tries.get(event.step) ?? 0,
        at,
        phase,
        step: event.step,
        by,
        epoch,
        ...event.write,
        ...unanswered,
      });
    }
    if (event.type !== 'written') continue;
    const place = open.get(event.id);
    const write = place === undefined ? undefined : sent[place];
    if (place === undefined || write === undefined) continue;
    sent[place] = { ...write, outcome: event.outcome, detail: event.detail };
  }
  return sent;
}

interface Ending {
  readonly index: number;
  readonly at: string;
}

/** Where each step was last seen done in the cluster; on the way back the same id means the opposite. */
function endings(story: readonly Placed[]): ReadonlyMap<string, Ending> {
  const found = new Map<string, Ending>();
  for (const [index, { event, at, phase }] of story.entries()) {
    if (event.type === 'step' && (event.what === 'done' || event.what === 'skipped'))
      found.set(`${phase} ${event.step}`, { index, at });
  }
  return found;
}

function resolution(index: number, accepted: Sent | undefined, ending: Ending | undefined): string | null {
  if (accepted !== undefined && accepted.index > index) return `sent again and accepted at ${accepted.at}`;
  if (ending !== undefined && ending.index > index) return `its step was seen done in the cluster at ${ending.at}`;
  return null;
}
