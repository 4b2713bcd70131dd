/**
 * A count as Kubernetes writes it, '25%' or '2', of so many pods (intstr.GetScaledValueFromIntOrPercent). '' and what is no number is
 * 0. The product comes first: 29 / 100 * 100 is less than 29.
 */
export function scaledCount(value: string, of: number, round: (value: number) => number): number {
  const found = value.endsWith('%') ? round((Number(value.slice(0, -1)) * of) / 100) : Number(value);
  return Number.isFinite(found) ? found : 0;
}
