/** Istio and Kubernetes versions as numbers. Order of full versions: `mesh/versions.ts`. */

/** The parts of a version. */
export interface Version {
  readonly major: number;
  readonly minor: number;
  /** Null when only a minor was given. */
  readonly patch: number | null;
  /** 'rc.0' of '1.31.0-rc.0'; '' for a release. */
  readonly pre: string;
}

/** Parts of '1.30', '1.30.3', 'v1.34.4', '1.31.0-rc.0' or 'v1.34.4-gke.100' (Kubernetes); null for anything else. */
export function parseVersion(text: string): Version | null {
  const match = /^v?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,6})(?:[-+]([0-9A-Za-z.+-]+))?)?$/.exec(text);
  if (match === null) return null;
  const [, major, minor, patch, pre = ''] = match;
  return { major: Number(major), minor: Number(minor), patch: patch === undefined ? null : Number(patch), pre };
}

/** '1.30' of '1.30.3'; null for what is no version. */
export function minorOf(version: string): string | null {
  const parsed = parseVersion(version);
  return parsed === null ? null : `${parsed.major}.${parsed.minor}`;
}

/** How many minors `to` lies above `from`, negative when below; null across majors and for what is no version. */
export function minorsBetween(from: string, to: string): number | null {
  const [a, b] = [parseVersion(from), parseVersion(to)];
  return a === null || b === null || a.major !== b.major ? null : b.minor - a.minor;
}
