/** Text for people: tables, wrapped lines, plurals, colours. */
import type { CliIo } from './io.ts';

/** How text is decorated here and now. Each colour returns its text unchanged when there are none. */
export interface Style {
  /** Width that no line of prose exceeds. */
  readonly width: number;
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  yellow(text: string): string;
  green(text: string): string;
  readonly glyphs: { readonly full: string; readonly empty: string; readonly arrow: string; readonly dot: string };
}

const unicode = { full: '█', empty: '░', arrow: '→', dot: '·' };
const ascii = { full: '#', empty: '.', arrow: '->', dot: '-' };

/** Style for a terminal or a pipe. Prose is never wider than 100, nor narrower than 40. */
export function styleOf(io: Pick<CliIo, 'color' | 'columns' | 'env'>): Style {
  const paint =
    (code: number) =>
    (text: string): string =>
      io.color ? `\u001b[${code}m${text}\u001b[0m` : text;
  return {
    width: Math.max(40, Math.min(io.columns, 100)),
    ...{ bold: paint(1), dim: paint(2), red: paint(31), yellow: paint(33), green: paint(32) },
    glyphs: isUnicode(io.env) ? unicode : ascii,
  };
}

// Containers mostly set no locale at all, and their logs are UTF-8: only a locale that says otherwise counts.
function isUnicode(env: CliIo['env']): boolean {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  return locale === '' || /utf-?8/i.test(locale) || locale.startsWith('C.');
}

/** '1 proxy', '5 proxies'. `many` defaults to `one` with an s. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

/** Columns as wide as their widest cell, two spaces between; no space at line ends. */
export function table(rows: readonly (readonly string[])[], indent = '  '): string[] {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, cell.length)));
  return rows.map((row) => {
    const cells = row.map((cell, column) => cell.padEnd(widths[column] ?? 0));
    return `${indent}${cells.join('  ')}`.trimEnd();
  });
}

/** Lines of at most `width`, broken at spaces; a word that is longer stands alone. `hang` begins all lines but the first. */
export function wrap(text: string, width: number, first = '', hang = first): string[] {
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    if (!empty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = hang;
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  return [...lines, line];
}

/** At most `limit` of the names, and how many more there are. */
export function some(names: readonly string[], limit: number): string {
  const rest = names.length - limit;
  return rest <= 0 ? names.join(', ') : `${names.slice(0, limit).join(', ')} and ${rest.toLocaleString('en')} more`;
}
