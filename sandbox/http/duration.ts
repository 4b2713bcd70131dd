/**
 * A duration as kubectl shows ages: two units while they matter, for example '45s', '3m20s', '5h12m', '4d2h', '30d', '3y45d'
 * (steps of k8s.io/apimachinery/pkg/util/duration).
 * @param seconds below zero becomes '0s': clocks differ
 */
export function humanDuration(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  const [m, h, d] = [Math.floor(s / 60), Math.floor(s / 3600), Math.floor(s / 86_400)];
  const y = Math.floor(d / 365);
  if (s < 120) return `${s}s`;
  if (m < 10) return pair(m, 'm', s % 60, 's');
  if (m < 180) return `${m}m`;
  if (h < 8) return pair(h, 'h', m % 60, 'm');
  if (h < 48) return `${h}h`;
  if (d < 8) return pair(d, 'd', h % 24, 'h');
  if (d < 730) return `${d}d`;
  return y < 8 ? pair(y, 'y', d % 365, 'd') : `${y}y`;
}

const pair = (large: number, unit: string, small: number, smallUnit: string) =>
  small === 0 ? `${large}${unit}` : `${large}${unit}${small}${smallUnit}`;
