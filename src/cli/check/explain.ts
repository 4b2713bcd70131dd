/** What a check is, and which there are, without a cluster. */
import { pageOf, type Check, type Family } from '../../checks/check.ts';
import { table, wrap, type Style } from '../text.ts';

/** All that is known of one check, as text or as JSON without its code. */
export function explanation(
  { family, check }: { readonly family: Family; readonly check: Check },
  output: 'table' | 'json',
  style: Style,
): string {
  if (output === 'json') return `${JSON.stringify({ family: family.name, ...dataOf(check) }, null, 2)}\n`;
  const part = (title: string, text: string): string[] => ['', style.bold(title), ...wrap(text, style.width, '  ')];
  const lines = [
    style.bold(`${check.id}: ${check.title}`),
    style.dim(`${family.title}; ${check.severities.join(' or ')}`),
    ...part('LOOKS AT', check.looksAt),
    ...part('WHY', check.why),
    ...part('WHAT TO DO', check.remedy),
    ...part('NEEDS', check.needs.length === 0 ? 'nothing' : check.needs.join(', ')),
    ...part('SOURCE', check.source),
    ...part('PAGE', pageOf(check.id)),
  ];
  return `${lines.join('\n')}\n`;
}

/** Every check, family by family. */
export function listing(families: readonly Family[], output: 'table' | 'json', style: Style): string {
  if (output === 'json') {
    const all = families.flatMap((family) => family.checks.map((check) => ({ family: family.name, ...dataOf(check) })));
    return `${JSON.stringify(all, null, 2)}\n`;
  }
  const lines = families.flatMap((family) => [
    ...['', style.bold(`${family.title} (${family.name})`)],
    ...table(family.checks.map(({ id, severities, title }) => [id, severities[0] ?? '', title])),
  ]);
  return `${lines.slice(1).join('\n')}\n`;
}

function dataOf({ id, title, looksAt, why, remedy, source, severities, needs, pains }: Check): Omit<Check, 'run'> {
  return { id, title, looksAt, why, remedy, source, severities, needs, pains };
}
