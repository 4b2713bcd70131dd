/** Median; the mean of the two in the middle for an even number. NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  if (sorted.length % 2 === 1) return sorted[Math.floor(middle)] ?? NaN;
  return ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

/** 'median (min to max)' with a number of decimals; only the value when there is one. */
export function spread(values: readonly number[], decimals: number): string {
  const [low, high] = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(decimals));
  const middle = median(values).toFixed(decimals);
  return values.length === 1 ? middle : `${middle} (${low} to ${high})`;
}
