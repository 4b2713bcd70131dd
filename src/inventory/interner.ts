/** Shares equal strings and maps among facts: the replicas of one workload carry the same labels, images and owners. */
import type { Labels } from '../mesh/facts.ts';
import { record } from './json.ts';

/** Made once a read; lives as long as the read. */
export interface Interner {
  /** One copy of an often repeated string. Not for unique ones: each distinct string is kept. */
  text(value: string): string;
  /** One copy of a string map; entries that are no strings, or that `keep` refuses, are left out. */
  map(value: unknown, keep?: (key: string) => boolean): Labels;
  /** The value made first for this key. */
  same<T extends object>(key: string, make: () => T): T;
}

/** An empty interner. */
export function createInterner(): Interner {
  const strings = new Map<string, string>();
  const made = new Map<string, object>();
  const same = <T extends object>(key: string, make: () => T): T => {
    const known = made.get(key);
    // Every key starts with the name of what it stands for, so a key always gives the type that it was made with.
    if (known !== undefined) return known as T;
    const value = make();
    made.set(key, value);
    return value;
  };
  return {
    same,
    text: (value) => {
      const known = strings.get(value);
      if (known === undefined) strings.set(value, value);
      return known ?? value;
    },
    map: (value, keep = () => true) => {
      const entries = Object.entries(record(value)).filter(
        (entry): entry is [string, string] => typeof entry[1] === 'string' && keep(entry[0]),
      );
      return same(`map ${JSON.stringify(entries)}`, (): Labels => Object.fromEntries(entries));
    },
  };
}
