const factors: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** Number of a Kubernetes quantity such as "250m", "1.5Gi" or 2; undefined when it is none. */
export function quantity(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  const match = typeof value === 'string' ? /^([0-9.]+(?:e[0-9]+)?)([A-Za-z]{0,2})$/.exec(value) : null;
  const factor = match ? factors[match[2] ?? ''] : undefined;
  const number = Number(match?.[1]);
  return factor === undefined || !Number.isFinite(number) ? undefined : number * factor;
}
