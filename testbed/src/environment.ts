import { homedir } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EnvHttpProxyAgent, fetch } from 'undici';
import type { GoSource } from './go.ts';
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

/** A real Istio that the person gives, with its settings. */
export function istioInput(): IstioInput {
  return {
    releases: process.env['ISTIO_RELEASES'],
    images: process.env['ISTIO_IMAGES'],
    versions: process.env['ISTIO_VERSIONS'],
    hub: process.env['ISTIO_HUB'],
    tag: process.env['ISTIO_TAG'],
    values: process.env['ISTIO_VALUES'],
  };
}

/** The person's search path. */
export const searchPath = (): string => process.env['PATH'] ?? '';

/** Where Go is fetched from when there is none: GOPROXY, by default the public proxy; through HTTPS_PROXY where that is set. */
export function goSource(): GoSource {
  return { proxies: process.env['GOPROXY'] || 'https://proxy.golang.org,direct', download };
}

/** Longest download in milliseconds: Go is 70 MB. */
const downloadMs = 600_000;

async function download(url: string): Promise<Buffer> {
  const agent = new EnvHttpProxyAgent();
  try {
    const answer = await fetch(url, { dispatcher: agent, signal: AbortSignal.timeout(downloadMs) });
    if (answer.ok) return Buffer.from(await answer.arrayBuffer());
    throw new Error(`HTTP ${String(answer.status)}`);
  } finally {
    await agent.close();
  }
}
