/** Changes of behaviour and bad pairs of a file of knowledge. */
import { compareVersions } from '../../mesh/versions.ts';
import type { BehaviourChange, Revert } from '../changes/model.ts';
import type { BadPair, VersionSpan } from '../model.ts';
import { readMatcher } from './matcher.ts';
import * as r from './reader.ts';
import type { Origin } from './release.ts';

const severities = ['high', 'medium', 'low'] as const;

/** A change. Throws InvalidInput. */
export function readChange(place: r.Place, origin: Origin): BehaviourChange {
  const found = r.fields(place, [
    ...(['id', 'since', 'until', 'title', 'effect', 'affected', 'severity'] as const),
    ...(['detect', 'remedy', 'revert', 'source'] as const),
  ]);
  const text = (name: 'title' | 'effect' | 'affected' | 'remedy'): string => r.text(r.required(found, name, place));
  return {
    id: readId(r.required(found, 'id', place)),
    since: readSince(r.required(found, 'since', place)),
    until: r.nullable(found.until, r.version),
    ...{ title: text('title'), effect: text('effect'), affected: text('affected'), remedy: text('remedy') },
    severity: r.word(r.required(found, 'severity', place), severities),
    detect: readMatcher(r.required(found, 'detect', place)),
    revert: r.nullable(found.revert, readRevert),
    source: found.source === undefined ? origin.source : r.text(found.source),
    date: origin.date,
  };
}

function readId(place: r.Place): string {
  const id = r.text(place);
  return /^[a-z0-9]+(-[a-z0-9]+)*$/.test(id) ? id : r.fail(place, 'must be lower-case words joined by hyphens');
}

function readSince(place: r.Place): readonly string[] {
  const since = r.elements(place).map(r.version);
  if (since.length === 0) r.fail(place, 'must name a version');
  const sorted = since.every((one, index) => index === 0 || compareVersions(since[index - 1] ?? '', one) < 0);
  return sorted ? since : r.fail(place, 'must be in rising order');
}

function readRevert(place: r.Place): Revert {
  const found = r.fields(place, ['by', 'setting', 'until']);
  return {
    by: r.word(r.required(found, 'by', place), ['env', 'proxy', 'compatibility', 'value']),
    setting: r.text(r.required(found, 'setting', place)),
    until: r.nullable(found.until, r.version),
  };
}

/** A pair. Throws InvalidInput. */
export function readPair(place: r.Place, origin: Origin): BadPair {
  const found = r.fields(place, [
    ...(['id', 'title', 'from', 'to', 'between', 'effect'] as const),
    ...(['affected', 'remedy', 'severity', 'source'] as const),
  ]);
  const text = (name: 'title' | 'effect' | 'affected' | 'remedy'): string => r.text(r.required(found, name, place));
  return {
    id: readId(r.required(found, 'id', place)),
    from: readSpans(r.required(found, 'from', place)),
    to: readSpans(r.required(found, 'to', place)),
    between: r.word(r.required(found, 'between', place), [
      'control-planes',
      'proxy-control-plane',
      'nodes',
      'installer',
    ]),
    ...{ title: text('title'), effect: text('effect'), affected: text('affected'), remedy: text('remedy') },
    severity: r.word(r.required(found, 'severity', place), severities),
    source: found.source === undefined ? origin.source : r.text(found.source),
    date: origin.date,
  };
}

function readSpans(place: r.Place): readonly VersionSpan[] {
  const spans = r.elements(place).map((one) => {
    const found = r.fields(one, ['from', 'before']);
    return { from: r.nullable(found.from, r.version), before: r.nullable(found.before, r.version) };
  });
  return spans.length === 0 ? r.fail(place, 'must not be empty') : spans;
}
