/** The program's own version: written into the bundle at build time, read from package.json when run from source. */
import { readFileSync } from 'node:fs';

declare const __MESHLIFT_VERSION__: string | undefined;

/** For example '0.1.0'. */
export function toolVersion(): string {
  return typeof __MESHLIFT_VERSION__ === 'string' ? __MESHLIFT_VERSION__ : versionOfPackage();
}

function versionOfPackage(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return /"version":\s*"([^"]+)"/.exec(text)?.[1] ?? 'unknown';
}
