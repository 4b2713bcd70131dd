/** Words of findings about many things. */

/** The first five names, and how many more there are: 'a, b and 3 more'. */
export function listed(names: readonly string[]): string {
  const rest = names.length - 5;
  return `${names.slice(0, 5).join(', ')}${rest > 0 ? ` and ${String(rest)} more` : ''}`;
}
