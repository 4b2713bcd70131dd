/** What is known, for people. */
import type { HopResult } from '../../knowledge/hops.ts';
import type { BadPair, VersionSpan } from '../../knowledge/model.ts';
import type { Support } from '../../knowledge/support.ts';
import { plural, table, wrap, type Style } from '../text.ts';
import type { Section } from './options.ts';
import { flagLines } from './render-flags.ts';
import type { KnowledgeReport, ReportedChange } from './report.ts';

/** Days after which a minor is likely to be missing: Istio has one about every three months. */
const oldAfterDays = 120;

/** The whole text, with a line end. Without a section, changes and pairs are titles only, and flags a count unless there is a move. */
export function renderKnowledge(report: KnowledgeReport, section: Section | null, style: Style): string {
  const { move, ways, releases, changes, pairs } = report;
  const whole = section !== null;
  const lines = [
    ...wrap(headline(report), style.width).map((line) => style.bold(line)),
    ...wrap(ageLine(report), style.width).map((line) => style.dim(line)),
    ...(ways
      ? block('WAYS', [...way('by revision', ways.revision, style), ...way('in place', ways.inPlace, style)])
      : []),
    ...(releases ? block('RELEASES', releaseLines(releases)) : []),
    ...(changes
      ? block(
          `CHANGES OF BEHAVIOUR (${changes.length})`,
          changes.flatMap((one) => changeLines(one, whole, style)),
        )
      : []),
    ...(section === null || section === 'flags'
      ? block('FLAGS', flagLines(report, whole || move !== null, style))
      : []),
    ...(pairs
      ? block(
          `KNOWN BAD PAIRS (${pairs.length})`,
          pairs.flatMap((one) => pairLines(one, whole, style)),
        )
      : []),
  ];
  return `${lines.join('\n')}\n`;
}

function block(title: string, lines: readonly string[]): readonly string[] {
  return ['', title, ...(lines.length === 0 ? ['  none'] : lines)];
}

function headline({ move, releases }: KnowledgeReport): string {
  if (move !== null) return `What is known of a move from Istio ${move.from} to ${move.to}.`;
  const [first, last] = [releases?.[0]?.minor, releases?.at(-1)?.minor];
  return first && last ? `What is known of Istio ${first} to ${last}.` : 'What is known of Istio.';
}

function ageLine({ age: { date, days }, parts }: KnowledgeReport): string {
  const files = parts.slice(1).map((part) => `; ${part.name} of ${part.date}`);
  const old =
    days > oldAfterDays ? ' A newer Istio is likely: add it with --knowledge FILE, or use a newer meshlift.' : '';
  const ago = days < 0 ? 'a day that the clock of this machine has not reached' : `${plural(days, 'day')} ago`;
  return `Built in, of ${date}, ${ago}${files.join('')}.${old}`;
}

function way(name: string, result: HopResult, style: Style): readonly string[] {
  const indent = ' '.repeat(15);
  if (result.outcome !== 'hops') {
    return wrap(`${result.refused} ${result.remedy}`, style.width, `  ${name.padEnd(13)}`, indent);
  }
  const { hops } = result;
  const first = hops[0];
  if (first === undefined) return [`  ${name.padEnd(13)}nothing to do`];
  const stops = [first.from, ...hops.map(({ to }) => to)].join(` ${style.glyphs.arrow} `);
  const all = [...new Set(hops.flatMap(({ notes }) => notes))];
  const notes = all.flatMap((note) => {
    const at = hops.filter((hop) => hop.notes.includes(note)).map(({ to }) => to);
    return wrap(`${at.join(', ')}: ${note}`, style.width, indent, `${indent}  `);
  });
  return [`  ${name.padEnd(13)}${stops}`, ...notes];
}

function releaseLines(releases: NonNullable<KnowledgeReport['releases']>): readonly string[] {
  const rows = releases.map(({ minor, latest, released, kubernetes, support }) => [
    ...[minor, latest.value, released.value, supportText(support)],
    `${kubernetes.value.from} to ${kubernetes.value.to}`,
  ]);
  return table([['MINOR', 'NEWEST', 'RELEASED', 'SUPPORT', 'KUBERNETES'], ...rows.toReversed()]);
}

function supportText(support: Support): string {
  switch (support.state) {
    case 'supported':
      return support.until === null ? 'yes, end not announced' : `until ${support.until}`;
    case 'end-of-life':
      return `ended ${support.since}`;
    case 'unknown':
      return `unknown: ${support.why}`;
  }
}

function changeLines(change: ReportedChange, whole: boolean, style: Style): readonly string[] {
  const { severity, since, title, direction } = change;
  const leaves = direction === 'leaves' ? ' (goes back)' : '';
  const head = wrap(
    `${title}${leaves}`,
    style.width,
    `  ${severity.padEnd(8)}${(since.at(-1) ?? '').padEnd(8)}`,
    detail,
  );
  if (!whole) return head;
  return [
    ...head,
    ...[
      `id: ${change.id}`,
      change.effect,
      `Affected: ${change.affected}.`,
      change.remedy,
      ...revertText(change),
    ].flatMap((line) => wrap(line, style.width, detail)),
    ...wrap(`Source: ${change.source}`, style.width, detail).map((line) => style.dim(line)),
  ];
}

const detail = ' '.repeat(18);

function revertText({ revert }: ReportedChange): readonly string[] {
  if (revert === null) return [];
  const where = { env: 'istiod with', proxy: 'proxies with', compatibility: 'compatibilityVersion', value: 'value' };
  const until = revert.until === null ? '' : `, up to below ${revert.until}`;
  return [`Old behaviour: ${where[revert.by]} ${revert.setting}${until}.`];
}

function pairLines(pair: BadPair, whole: boolean, style: Style): readonly string[] {
  const head = wrap(pair.title, style.width, `  ${pair.severity.padEnd(8)}`, ' '.repeat(10));
  if (!whole) return head;
  const versions = `${pair.between}: from ${spansText(pair.from)} to ${spansText(pair.to)}`;
  const facts = [`id: ${pair.id}`, versions, pair.effect, `Affected: ${pair.affected}.`, pair.remedy];
  return [
    ...head,
    ...facts.flatMap((line) => wrap(line, style.width, ' '.repeat(10))),
    ...wrap(`Source: ${pair.source}`, style.width, ' '.repeat(10)).map((line) => style.dim(line)),
  ];
}

function spansText(spans: readonly VersionSpan[]): string {
  return spans
    .map(({ from, before }) => {
      if (from === null) return before === null ? 'any version' : `below ${before}`;
      return before === null ? `${from} and later` : `${from} to below ${before}`;
    })
    .join(' or ');
}
