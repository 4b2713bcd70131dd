/** Releases of a file of knowledge. */
import type { Datum, MinorRange, Release } from '../model.ts';
import { minorOf, minorsBetween } from '../versions.ts';
import * as r from './reader.ts';

/** Source and day that hold for what names none of its own. */
export interface Origin {
  readonly source: string;
  readonly date: string;
}

const names = ['minor', 'released', 'endOfLife', 'kubernetes', 'codeMinimum', 'latest'] as const;
type Names = (typeof names)[number];

/** A release; fields that a known minor does not name stay as they are. Throws InvalidInput. */
export function readRelease(place: r.Place, known: readonly Release[], origin: Origin): Release {
  const found = r.fields(place, names);
  const minor = r.minor(r.required(found, 'minor', place));
  const old = known.find((one) => one.minor === minor);
  return { minor, ...readData(place, found, minor, old, origin) };
}

function readData(
  place: r.Place,
  found: r.Fields<Names>,
  minor: string,
  old: Release | undefined,
  origin: Origin,
): Omit<Release, 'minor'> {
  const datum = <T>(value: T): Datum<T> => ({ value, ...origin });
  const given = <T>(name: Names, read: (one: r.Place) => T, before: Datum<T> | undefined): Datum<T> => {
    const own = found[name];
    if (own === undefined && before !== undefined) return before;
    return datum(read(r.required(found, name, place)));
  };
  const { endOfLife, codeMinimum } = found;
  return {
    released: given('released', r.day, old?.released),
    endOfLife: endOfLife === undefined && old ? old.endOfLife : datum(r.nullable(endOfLife, r.day)),
    kubernetes: given('kubernetes', kubernetesRange, old?.kubernetes),
    codeMinimum: codeMinimum === undefined ? (old?.codeMinimum ?? null) : datum(r.minor(codeMinimum)),
    latest: given('latest', (one) => patchOf(one, minor), old?.latest),
  };
}

function kubernetesRange(place: r.Place): MinorRange {
  const found = r.fields(place, ['from', 'to']);
  const range = { from: r.minor(r.required(found, 'from', place)), to: r.minor(r.required(found, 'to', place)) };
  if ((minorsBetween(range.from, range.to) ?? -1) < 0) r.fail(place, 'must not end before it begins');
  return range;
}

function patchOf(place: r.Place, minor: string): string {
  const version = r.version(place);
  if (minorOf(version) !== minor) r.fail(place, `must be a version of ${minor}, not "${version}"`);
  return version;
}
