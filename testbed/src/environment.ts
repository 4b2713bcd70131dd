import { homedir } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { IstioInput } from './istio/source.ts';
import { layoutOf, type Layout } from './layout.ts';

const goNames: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** Layout for this process. This file is the one place that reads the environment. */
export function ownLayout(): Layout {
  return layoutOf({
    home: homedir(),
    cacheHome: process.env['XDG_CACHE_HOME'],
    stateHome: process.env['XDG_STATE_HOME'],
    source: dirname(dirname(fileURLToPath(import.meta.url))),
    arch: goNames[process.arch] ?? process.arch,
  });
}

/** A real Istio that the person gives. */
export function istioInput(): IstioInput {
  return { releases: process.env['ISTIO_RELEASES'], images: process.env['ISTIO_IMAGES'] };
}

/** The person's search path. */
export const searchPath = (): string => process.env['PATH'] ?? '';
