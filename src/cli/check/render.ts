/** The report for people: what blocks first, then what warns, with what to do. */
import type { Severity } from '../../checks/check.ts';
import type { CheckReport, CheckResult, FamilyResult, ReportedFinding } from '../../checks/report.ts';
import { objectName } from '../../checks/selection.ts';
import { groupBy } from '../../mesh/group.ts';
import { plural, some, table, wrap, type Style } from '../text.ts';

/** Findings of one check that are shown without --wide. */
const SHOWN = 5;

const words: Readonly<Record<Severity, string>> = { blocks: 'BLOCKS', warns: 'WARNS ', informs: 'INFO  ' };

/** The whole text, with a line end. `wide` names every object, and the checks that passed. */
export function render(report: CheckReport, style: Style, wide: boolean): string {
  const lines = [
    ...wrap(headline(report, style), style.width).map((line) => style.bold(line)),
    ...wrap(summary(report), style.width).map((line) => style.dim(line)),
    ...report.families.flatMap((family) => familyLines(family, style, wide)),
    ...section('NOT CHECKED', notChecked(report, style), style),
    ...section('COULD NOT BE JUDGED', unseen(report, style, wide), style),
    ...section('IGNORED', ignored(report, style), style),
  ];
  return `${lines.join('\n')}\n`;
}

function headline({ target, counts }: CheckReport, { glyphs }: Style): string {
  const verdict =
    counts.blocks > 0
      ? `${plural(counts.blocks, 'finding')} ${counts.blocks === 1 ? 'blocks' : 'block'} the upgrade`
      : counts.warns > 0
        ? `nothing found that blocks, ${plural(counts.warns, 'warning')}`
        : 'nothing found that blocks or warns';
  if (target === null) return `${capital(verdict)}; no target was given.`;
  const stops = [target.from, ...target.hops.map(({ to }) => to)].filter((one) => one !== null);
  const way = stops.length > 1 ? stops.join(` ${glyphs.arrow} `) : `to ${target.version}`;
  const how = target.strategy === 'revision' ? 'by revision' : 'in place';
  return `Istio ${way} ${how}: ${verdict}${target.known ? '' : '; nothing is known of the target'}.`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function summary({ source, kubernetesVersion, counts, knowledge, target }: CheckReport): string {
  const where = source.type === 'cluster' ? `${source.context} (${source.server})` : `file ${source.file}`;
  const rest = [
    counts.found > 0 ? `${String(counts.found)} with findings` : '',
    counts.ignored > 0 ? `${String(counts.ignored)} ignored` : '',
    counts.skipped > 0 ? `${String(counts.skipped)} skipped` : '',
    counts.unseen > 0 ? `${String(counts.unseen)} could not judge everything` : '',
    counts.notAsked > 0 ? `${String(counts.notAsked)} need --to` : '',
  ].filter((part) => part !== '');
  const parts = [
    where,
    `Kubernetes ${kubernetesVersion ?? 'of unknown version'}`,
    `${plural(counts.checks, 'check')}: ${[`${String(counts.passed)} passed`, ...rest].join(', ')}`,
    `knowledge of ${knowledge.map(({ name, date }) => `${date} (${name})`).join(', ')}`,
    ...(target?.problem ? [target.problem] : []),
  ];
  return parts.join('; ');
}

function section(title: string, body: readonly string[], style: Style): string[] {
  return body.length === 0 ? [] : ['', style.bold(title), ...body];
}

function familyLines({ title, checks }: FamilyResult, style: Style, wide: boolean): string[] {
  const found = checks.filter(({ findings }) => findings.length > 0);
  const passed = checks.filter(({ state }) => state === 'passed');
  if (found.length === 0 && !wide) return [];
  const counts = [
    passed.length > 0 ? `${String(passed.length)} passed` : '',
    found.length > 0 ? `${String(found.length)} with findings` : '',
  ].filter((part) => part !== '');
  const body = [
    ...found.toSorted((a, b) => rank(a) - rank(b)).flatMap((result) => resultLines(result, style, wide)),
    ...(wide ? passed.map(({ id, title: text }) => `  ${style.green('ok    ')} ${id} ${text}`) : []),
  ];
  return ['', `${style.bold(title.toUpperCase())}  ${style.dim(counts.join(', '))}`, ...body];
}

function rank({ severity }: CheckResult): number {
  return severity === 'blocks' ? 0 : severity === 'warns' ? 1 : 2;
}

function resultLines({ id, title, findings }: CheckResult, style: Style, wide: boolean): string[] {
  const shown = wide ? findings : findings.slice(0, SHOWN);
  const rest = findings.slice(shown.length).map(({ object }) => objectName(object));
  const [worst] = findings;
  const mark = worst === undefined ? '' : paint(worst.severity, style)(words[worst.severity]);
  return [
    ...wrap(`${id} should be: ${title}`, style.width - 9, '', '').map((line, index) =>
      index === 0 ? `  ${mark} ${line}` : `         ${line}`,
    ),
    ...shown.flatMap((finding, index) => findingLines(finding, shown[index - 1], style)),
    ...(rest.length === 0
      ? []
      : wrap(`and ${plural(rest.length, 'object')} more: ${some(rest, 3)}`, style.width, '         ')),
  ];
}

// Findings of one cause say the same why and remedy: told once.
function findingLines(finding: ReportedFinding, before: ReportedFinding | undefined, style: Style): string[] {
  const { object, message, why, remedy } = finding;
  return [
    ...wrap(`${objectName(object)}: ${message}`, style.width, '         '),
    ...(before?.why === why ? [] : wrap(why, style.width, '           ').map((line) => style.dim(line))),
    ...(before?.remedy === remedy
      ? []
      : wrap(remedy, style.width, `           ${style.glyphs.arrow} `, '             ')),
  ];
}

function paint(severity: Severity, style: Style): (text: string) => string {
  if (severity === 'blocks') return style.red;
  return severity === 'warns' ? style.yellow : style.dim;
}

function notChecked({ families }: CheckReport, style: Style): string[] {
  const results = families.flatMap(({ checks }) => checks).filter(({ reason }) => reason !== '');
  return [...groupBy(results, ({ reason }) => reason)].flatMap(([reason, checks]) =>
    wrap(`${checks.map(({ id }) => id).join(', ')}: ${reason}`, style.width, '  ', '    '),
  );
}

function unseen({ families }: CheckReport, style: Style, wide: boolean): string[] {
  const limit = wide ? Number.POSITIVE_INFINITY : SHOWN;
  return families
    .flatMap(({ checks }) => checks)
    .flatMap(({ id, unseen: objects }) =>
      [...groupBy(objects, ({ why }) => why)].flatMap(([why, all]) => {
        const names = all.map(({ object }) => objectName(object));
        return wrap(`${id} ${some(names, limit)}: ${why}`, style.width, '  ', '    ');
      }),
    );
}

function ignored({ families, unusedIgnores }: CheckReport, style: Style): string[] {
  const rows = families
    .flatMap(({ checks }) => checks)
    .flatMap(({ id, ignored: all }) => all.map(({ object, reason }) => [id, objectName(object), reason]));
  const unused = unusedIgnores.map(
    ({ id, object }) => `The ignore of ${id}${object === '' ? '' : `=${object}`} meets no finding any more.`,
  );
  return [...table(rows), ...unused.flatMap((line) => wrap(line, style.width, '  ', '    '))];
}
