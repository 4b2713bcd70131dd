/** What of annotation proxy.istio.io/config may be known: the settings of drain, start and image; nothing of proxyMetadata but two names. */
import type { Labels } from '../mesh/facts.ts';
import { record, text } from './json.ts';
import { parseObject } from './mesh-config.ts';

/** The annotation. */
export const proxyConfigKey = 'proxy.istio.io/config';

const simple = ['terminationDrainDuration', 'drainDuration', 'holdApplicationUntilProxyStarts', 'concurrency'];
const metadata = ['EXIT_ON_ZERO_ACTIVE_CONNECTIONS', 'MINIMUM_DRAIN_DURATION', 'ISTIO_DELTA_XDS'];
const shown = /^[\w.-]{1,60}$/;

/** Known settings by dotted path; a value that looks like anything but a word, a number or a duration is left out. */
export function proxyConfigOf(annotation: string): Labels {
  const config = annotation === '' ? null : parseObject(annotation);
  if (config === null) return {};
  const entries = [
    ...simple.map((name): [string, string] => [name, text(config[name])]),
    ['image.imageType', text(record(config['image'])['imageType'])] as [string, string],
    ...metadata.map((name): [string, string] => [`proxyMetadata.${name}`, text(record(config['proxyMetadata'])[name])]),
  ];
  return Object.fromEntries(entries.filter(([, value]) => shown.test(value)));
}

/** The annotation as a snapshot writes it: JSON of the known settings. */
export function writtenProxyConfig(annotation: string): string {
  const { image, meta, ...rest } = grouped(proxyConfigOf(annotation));
  return JSON.stringify({
    ...rest,
    ...(image === undefined ? {} : { image: { imageType: image } }),
    ...(meta === undefined ? {} : { proxyMetadata: meta }),
  });
}

interface Grouped {
  readonly image?: string;
  readonly meta?: Labels;
  readonly [name: string]: unknown;
}

function grouped(config: Labels): Grouped {
  const meta = Object.entries(config).filter(([name]) => name.startsWith('proxyMetadata.'));
  const rest = Object.entries(config).filter(([name]) => simple.includes(name));
  const image = config['image.imageType'];
  return {
    ...Object.fromEntries(rest),
    ...(image === undefined ? {} : { image }),
    ...(meta.length === 0
      ? {}
      : { meta: Object.fromEntries(meta.map(([name, value]) => [name.slice('proxyMetadata.'.length), value])) }),
  };
}
