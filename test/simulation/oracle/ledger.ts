/** I10: every write is announced in the journal before it is sent, is in the plan, and its result is written down. */
import type { KubeObject } from '../../../src/kube/api.ts';
import type { JournalEntry } from '../../../src/journal/entry.ts';
import type { Write } from '../../../src/steps/spec.ts';
import { objectAt } from '../../../sandbox/store/json.ts';
import type { ApiCall } from '../../upgrade/interpose.ts';
import { labelsOf } from './mirror.ts';

const partKey = 'meshlift.dev/part';

/** Intents in the journal against what is sent. */
export class Ledger {
  readonly #allowed: readonly Write[];
  readonly #seen = new Set<string>();
  /** Intents that nothing was sent for yet, by what they announce. */
  readonly #open = new Map<string, string[]>();
  /** Intents without a result, by id. */
  readonly #pending = new Map<string, string>();
  readonly #tools = new Set<string>();

  /** @param allowed every write of the plan, forward and back */
  constructor(allowed: readonly Write[]) {
    this.#allowed = allowed;
  }

  /** Takes what was added to a ConfigMap of the journal. */
  take(object: KubeObject): void {
    if (labelsOf(object)[partKey] !== 'journal') return;
    for (const [key, text] of Object.entries(objectAt(object, 'data') ?? {})) {
      const place = `${object.metadata.name}/${key}`;
      if (this.#seen.has(place) || typeof text !== 'string') continue;
      this.#seen.add(place);
      for (const line of text.split('\n')) this.#entry(JSON.parse(line) as JournalEntry);
    }
  }

  /** What is wrong with a write that is being sent; null: nothing. */
  problem(call: ApiCall): string | null {
    if (isOwn(call)) return null;
    const key = keyOf(call);
    if (call.resource === 'installations.sandbox.meshlift.dev')
      return this.#tools.size > 0 ? null : `${key} is sent, and no tool was announced in the journal`;
    if (!this.#allowed.some((write) => isThe(write, call))) return `${key} is sent, and the plan does not list it`;
    const open = this.#open.get(key)?.shift();
    return open === undefined ? `${key} is sent, and the journal did not announce it` : null;
  }

  /** Intents of processes that lived to the end, of which no result was written. */
  withoutResult(): readonly string[] {
    return [...this.#pending.values()];
  }

  #entry({ event }: JournalEntry): void {
    if (event.type === 'written') {
      this.#pending.delete(event.id);
      this.#tools.delete(event.id);
    }
    if (event.type !== 'write') return;
    const key = keyOf(event.write);
    this.#pending.set(event.id, key);
    if (event.write.verb === 'tool') this.#tools.add(event.id);
    else this.#open.set(key, [...(this.#open.get(key) ?? []), event.id]);
  }
}

function keyOf({
  verb,
  resource,
  namespace,
  name,
}: Pick<ApiCall, 'resource' | 'namespace' | 'name'> & { verb: string }) {
  return `${verb} ${resource} ${namespace}/${name}`;
}

/** Its lease and its ConfigMaps. */
export function isOwn({ resource, name }: ApiCall): boolean {
  return (resource === 'configmaps' && name.startsWith('meshlift-')) || resource === 'leases.coordination.k8s.io';
}

function isThe(write: Write, call: ApiCall): boolean {
  if (write.verb !== call.verb || write.resource !== call.resource || write.namespace !== call.namespace) return false;
  return write.name === call.name || (write.name.endsWith('*') && call.name.startsWith(write.name.slice(0, -1)));
}
