import { homedir } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { layoutOf, type Layout } from './layout.ts';

const goNames: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** Layout for this process: the one place that reads the environment. */
export function ownLayout(): Layout {
  return layoutOf({
    home: homedir(),
    cacheHome: process.env['XDG_CACHE_HOME'],
    stateHome: process.env['XDG_STATE_HOME'],
    source: dirname(dirname(fileURLToPath(import.meta.url))),
    arch: goNames[process.arch] ?? process.arch,
  });
}
