import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { InvalidInput } from '../../../src/errors.ts';
import { isRecord, type Json } from '../../../src/inventory/json.ts';

/** What a person may give, as environment variables hold it; undefined or '' when not given. */
export interface IstioInput {
  /** ISTIO_RELEASES: folder with unpacked releases, VERSION/bin/istioctl and VERSION/manifests/charts. */
  readonly releases?: string | undefined;
  /** ISTIO_IMAGES: folder with archives pilot-VERSION.tar and proxyv2-VERSION.tar, of one image each. */
  readonly images?: string | undefined;
  /** ISTIO_VERSIONS: 'OLD,NEW', the versions to upgrade between. Default: 1.29.6,1.30.3. */
  readonly versions?: string | undefined;
  /** ISTIO_HUB: the images get names in it on the node, whatever their archives call them. Default: testbed.local/given-istio. */
  readonly hub?: string | undefined;
  /** ISTIO_TAG: their tag, with VERSION for the version. Default: VERSION. */
  readonly tag?: string | undefined;
  /** ISTIO_VALUES: file with values of the istiod chart, laid over those of values.ts. */
  readonly values?: string | undefined;
}

/** Versions that an upgrade goes between. */
export interface VersionPair {
  readonly old: string;
  readonly next: string;
}

/** The test bed's own Istio. */
export interface StandIn {
  readonly kind: 'stand-in';
  /** What is used, for every output. */
  readonly words: string;
}

/** An Istio that the person has given, found to be whole. */
export interface GivenIstio {
  readonly kind: 'real';
  /** What is used, for every output. */
  readonly words: string;
  readonly releases: string;
  readonly images: string;
  readonly hub: string;
  /** Tag of the images of a version. */
  tag(version: string): string;
  /** The person's values of the istiod chart; {} when there are none. */
  readonly values: Json;
}

/** Which Istio is installed on the node. */
export type Istio = StandIn | GivenIstio;

const object = 'ISTIO_RELEASES and ISTIO_IMAGES';

/** Whether a real Istio is asked for, even if half of it is missing. */
export function asksForReal({ releases = '', images = '' }: IstioInput): boolean {
  return releases !== '' || images !== '';
}

/** The versions to upgrade between. @throws InvalidInput when they are not two */
export function versionPair({ versions = '' }: IstioInput): VersionPair {
  const [old = '', next = '', ...more] = (versions === '' ? '1.29.6,1.30.3' : versions).split(',');
  if (/^\d+\.\d+\.\d+/.test(old) && /^\d+\.\d+\.\d+/.test(next) && more.length === 0) return { old, next };
  const remedy = 'Write the older and the newer version with a comma between them, for example 1.29.6,1.30.3.';
  throw new InvalidInput(`ISTIO_VERSIONS is ${versions}, not two versions.`, { object: 'ISTIO_VERSIONS', remedy });
}

/** Files that a real Istio of these versions is made of. */
function wantedFiles(releases: string, images: string, versions: readonly string[]): readonly string[] {
  return versions.flatMap((version) => [
    join(releases, version, 'bin', 'istioctl'),
    join(releases, version, 'manifests', 'charts'),
    ...['pilot', 'proxyv2'].map((name) => join(images, `${name}-${version}.tar`)),
  ]);
}

/**
 * What Istio the tests run with: the person's, or the stand-in when none is given. Nothing is installed yet.
 * @throws InvalidInput for half of a real Istio, for one with missing files, and for values that can't be read
 */
export async function istioInUse(input: IstioInput): Promise<Istio> {
  if (!asksForReal(input)) {
    return { kind: 'stand-in', words: 'stand-in Istio of the test bed, with Envoy as the Envoy project releases it' };
  }
  const { releases = '', images = '', hub = '', tag = '', values = '' } = input;
  if (releases === '' || images === '') {
    const remedy = 'Give both folders, or neither: then the stand-in is used.';
    throw new InvalidInput('Only one of ISTIO_RELEASES and ISTIO_IMAGES is given.', { object, remedy });
  }
  const versions = Object.values(versionPair(input));
  await allThere(wantedFiles(releases, images, versions));
  return {
    kind: 'real',
    words: `real Istio ${versions.join(' and ')}, from ${releases} and ${images}`,
    releases,
    images,
    hub: hub === '' ? 'testbed.local/given-istio' : hub,
    tag: (version) => (tag === '' ? version : tag.replaceAll('VERSION', version)),
    values: values === '' ? {} : await readValues(values),
  };
}

async function allThere(files: readonly string[]): Promise<void> {
  const checks = files.map((file) =>
    access(file).then(
      () => [],
      () => [file],
    ),
  );
  const missing = (await Promise.all(checks)).flat();
  if (missing.length === 0) return;
  const remedy = 'Put the files there, or unset both variables: then the stand-in is used.';
  throw new InvalidInput(`A real Istio lacks ${missing.join(', ')}.`, { object, remedy });
}

async function readValues(file: string): Promise<Json> {
  const wrong = (why: string, cause?: unknown) =>
    new InvalidInput(`${file} ${why}.`, {
      object: 'ISTIO_VALUES',
      remedy: 'Name a YAML file with values of the istiod chart.',
      cause,
    });
  const content = await readFile(file, 'utf8').catch((error: unknown) => {
    throw wrong('could not be read', error);
  });
  const values: unknown = parse(content);
  if (!isRecord(values)) throw wrong('holds no values');
  return values;
}
