import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { Blocked, InvalidInput } from '../../../src/errors.ts';

/** What a person may give: ISTIO_RELEASES and ISTIO_IMAGES; undefined or '' when not given. */
export interface IstioInput {
  /** Folder with unpacked releases: VERSION/bin/istioctl and VERSION/manifests/charts. */
  readonly releases?: string | undefined;
  /** Folder with archives pilot-VERSION.tar and proxyv2-VERSION.tar. */
  readonly images?: string | undefined;
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
 * What Istio the tests run with, in words for every output. Only the stand-in can be installed so far.
 * @throws InvalidInput for half of a real Istio or one with missing files, Blocked for a whole one
 */
export async function istioInUse(
  { releases = '', images = '' }: IstioInput,
  versions: readonly string[],
): Promise<string> {
  if (releases === '' && images === '')
    return 'stand-in Istio of the test bed, with Envoy as the Envoy project releases it';
  const object = 'ISTIO_RELEASES and ISTIO_IMAGES';
  if (releases === '' || images === '') {
    const remedy = 'Give both folders, or neither: then the stand-in is used.';
    throw new InvalidInput('Only one of ISTIO_RELEASES and ISTIO_IMAGES is given.', { object, remedy });
  }
  const checks = wantedFiles(releases, images, versions).map((file) =>
    access(file).then(
      () => [],
      () => [file],
    ),
  );
  const missing = (await Promise.all(checks)).flat();
  if (missing.length > 0) {
    const remedy = 'Put the files there, or unset both variables: then the stand-in is used.';
    throw new InvalidInput(`A real Istio lacks ${missing.join(', ')}.`, { object, remedy });
  }
  const remedy = 'Unset both variables: then the stand-in is used.';
  throw new Blocked(
    `A whole Istio was found in ${releases} and ${images}, but the test bed installs only its stand-in.`,
    {
      object,
      remedy,
    },
  );
}
