/** How long a proxy goes on after SIGTERM. */
import type { ControlPlane } from '../../../mesh/control-plane-model.ts';
import type { TemplateFact } from '../../../mesh/facts.ts';

/** Drain of a proxy. */
export interface Drain {
  /** Seconds; 5 by default (pkg/config/mesh). */
  readonly seconds: number;
  /** It waits until no connection is left, as long as the grace period lets it (EXIT_ON_ZERO_ACTIVE_CONNECTIONS). */
  readonly untilIdle: boolean;
  /** Where the number comes from: 'annotation proxy.istio.io/config', 'mesh config', 'default'. */
  readonly from: string;
}

/** By annotation, else by the mesh config of its control plane, else the default; null when that mesh config was not read. */
export function drainOf({ proxyConfig }: TemplateFact, plane: ControlPlane | undefined): Drain | null {
  const untilIdle = proxyConfig['proxyMetadata.EXIT_ON_ZERO_ACTIVE_CONNECTIONS'] ?? '';
  const own = secondsOf(proxyConfig['terminationDrainDuration']);
  if (own !== null) return { seconds: own, untilIdle: untilIdle === 'true', from: 'annotation proxy.istio.io/config' };
  if (plane === undefined || plane.meshConfig === null) return null;
  const defaults = record(plane.meshConfig['defaultConfig']);
  const metadata = record(defaults['proxyMetadata']);
  const seconds = secondsOf(defaults['terminationDrainDuration']);
  const idle = untilIdle === '' ? metadata['EXIT_ON_ZERO_ACTIVE_CONNECTIONS'] : untilIdle;
  return { seconds: seconds ?? 5, untilIdle: idle === 'true', from: seconds === null ? 'default' : 'mesh config' };
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

const units: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600 };

/** Seconds of '45s', '1m30s', '500ms'; null for anything else. */
export function secondsOf(value: unknown): number | null {
  if (typeof value !== 'string' || !/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(value)) return null;
  return [...value.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)].reduce(
    (sum, [, number, unit]) => sum + Number(number) * (units[unit ?? 's'] ?? 1),
    0,
  );
}
