/** Says whether labels match. */
export type Matcher = (labels: Readonly<Record<string, string>>) => boolean;

/** Splits at commas outside parentheses. */
function requirements(selector: string): string[] {
  return selector
    .split(/,(?![^(]*\))/)
    .map((text) => text.trim())
    .filter((text) => text !== '');
}

function matcherOf(requirement: string): Matcher {
  const set = /^(\S+)\s+(in|notin)\s+\((.*)\)$/.exec(requirement);
  if (set !== null) {
    const key = set[1] ?? '';
    const values = new Set((set[3] ?? '').split(',').map((value) => value.trim()));
    if (set[2] === 'in') return (labels) => values.has(labels[key] ?? '\0');
    return (labels) => !values.has(labels[key] ?? '\0');
  }
  const equality = /^([^=!\s]+)\s*(==|=|!=)\s*(\S*)$/.exec(requirement);
  if (equality !== null) {
    const [, key = '', operator, value] = equality;
    return operator === '!=' ? (labels) => labels[key] !== value : (labels) => labels[key] === value;
  }
  if (requirement.startsWith('!')) return (labels) => !(requirement.slice(1) in labels);
  return (labels) => requirement in labels;
}

/** Reads a label selector as the API server does: =, ==, !=, in, notin, key, !key. '' matches everything. */
export function parseLabelSelector(selector: string): Matcher {
  const matchers = requirements(selector).map(matcherOf);
  return (labels) => matchers.every((matches) => matches(labels));
}
