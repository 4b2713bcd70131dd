/** Flags, for people. */
import type { FlagTable } from '../../knowledge/model.ts';
import { plural, table, wrap, type Style } from '../text.ts';
import type { KnowledgeReport } from './report.ts';

/** Lines of the block; `whole` false: a count. */
export function flagLines(report: KnowledgeReport, whole: boolean, style: Style): readonly string[] {
  const { flags, flagChanges, move } = report;
  if (move !== null)
    return flagChanges === null ? [`  not known for ${move.from} or ${move.to}`] : moved(flagChanges, style);
  if (flags === null) return [];
  const count = plural(Object.keys(flags.flags).length, 'flag');
  if (!whole) return [`  ${count}; see them with "meshlift knowledge flags"`];
  return [...wrap(flags.source, style.width, '  ').map((line) => style.dim(line)), ...table(rowsOf(flags, style))];
}

function moved(changes: NonNullable<KnowledgeReport['flagChanges']>, style: Style): readonly string[] {
  const { arrow } = style.glyphs;
  return table([
    ...changes.changed.map(({ name, from, to }) => ['default', name, `${shown(from)} ${arrow} ${shown(to)}`]),
    ...changes.removed.map(({ name, value }) => ['removed', name, `was ${shown(value)}`]),
    ...changes.added.map(({ name, value }) => ['new', name, shown(value)]),
  ]);
}

function rowsOf({ flags }: FlagTable, style: Style): readonly (readonly string[])[] {
  return Object.keys(flags)
    .toSorted()
    .map((name) => {
      const phases = (flags[name] ?? []).map(
        ([minor, value]) => `${minor} ${value === null ? 'removed' : shown(value)}`,
      );
      return [name, phases.join(` ${style.glyphs.arrow} `)];
    });
}

function shown(value: string): string {
  return value === '' ? '""' : value;
}
