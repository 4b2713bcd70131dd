/** How long nothing has changed, as far as anybody could see. All times in milliseconds. */

/**
 * What a cluster may need to go on after its API server was away. Its controllers and kubelets ask again after at most a
 * minute, and once more when their place in the server's history is lost (client-go's reflector: waits that double up to 30 s,
 * with as much jitter); 77 s were measured after an outage of 30 s.
 */
export const comebackMs = 120_000;

/** Their waits double from try to try: those that follow an outage are, together, less than so many times as long. */
const waitsPerOutage = 6;

/** What was seen, and when. Made anew by each of the functions below. */
export interface Patience {
  /** When something changed last. */
  readonly since: number;
  /** How long the cluster could not be asked since then. */
  readonly unseen: number;
  /** Begin of an outage that goes on; null when the last question was answered. */
  readonly lostAt: number | null;
  /** When the cluster has got over its outages. */
  readonly recovered: number;
}

/** Patience that begins. */
export function freshPatience(now: number): Patience {
  return { since: now, unseen: 0, lostAt: null, recovered: now };
}

/** After a change. An outage that was just over is not forgotten: controllers come back one after the other. */
export function changed(patience: Patience, now: number): Patience {
  return { ...patience, since: now, unseen: 0 };
}

/** After a question that was not answered. */
export function notSeen(patience: Patience, now: number): Patience {
  return { ...patience, lostAt: patience.lostAt ?? now };
}

/** After an answer. */
export function seenAgain(patience: Patience, now: number): Patience {
  if (patience.lostAt === null) return patience;
  const outage = now - patience.lostAt;
  const recovered = Math.max(patience.recovered, now + Math.min(comebackMs, waitsPerOutage * outage));
  return { ...patience, unseen: patience.unseen + outage, lostAt: null, recovered };
}

/** Whether for longer than so many milliseconds nothing has changed although it could have, and would have been seen. */
export function isOver({ since, unseen, recovered }: Patience, now: number, limitMs: number): boolean {
  const comeback = Math.max(0, Math.min(comebackMs, recovered - since));
  return now - since - unseen > limitMs + comeback;
}
