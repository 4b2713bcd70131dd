/**
 * A count that Kubernetes lets be written as a number or as a percentage of a total.
 * @param round what happens to fractions of a pod
 * @returns undefined when it is neither
 */
export function intOrPercent(value: unknown, total: number, round: 'up' | 'down'): number | undefined {
  if (typeof value === 'number') return value;
  const percent = typeof value === 'string' ? /^(\d+)%$/.exec(value)?.[1] : undefined;
  if (percent === undefined) return undefined;
  const exact = (Number(percent) * total) / 100;
  return round === 'up' ? Math.ceil(exact) : Math.floor(exact);
}
