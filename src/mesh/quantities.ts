/** Kubernetes quantities (apimachinery, pkg/api/resource) as plain numbers. */

const scales: Readonly<Record<string, number>> = {
  ...{ n: 1e-9, u: 1e-6, m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
};

/** Value of a quantity such as '250m', '1.5Gi' or '1e3'; 0 when it is none. */
export function quantity(value: unknown): number {
  const found = /^([+-]?[\d.]+(?:[eE][+-]?\d+)?)([numkKMGTPE]?i?)$/.exec(
    String(typeof value === 'string' || typeof value === 'number' ? value : '').trim(),
  );
  const scale = scales[found?.[2] ?? ''];
  const number = Number(found?.[1]);
  return found === null || scale === undefined || !Number.isFinite(number) ? 0 : number * scale;
}

/** CPU in thousandths of a core, rounded up as the scheduler does. */
export function cpuMillis(value: unknown): number {
  return Math.ceil(Number((quantity(value) * 1000).toFixed(6)));
}

/** Memory in bytes. */
export function bytes(value: unknown): number {
  return Math.ceil(quantity(value));
}
