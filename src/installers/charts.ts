/** Where the charts are: a repository, an OCI registry, or a directory. Pure. */

/** What the user named; '' is the repository that Istio documents. */
const documented = 'https://istio-release.storage.googleapis.com/charts';

/** Arguments of helm that name a chart; one version of them is tried after the other. */
export function chartArguments(
  charts: string,
  chart: 'base' | 'istiod',
  version: string,
): readonly (readonly string[])[] {
  const place = charts === '' ? documented : charts.replace(/\/+$/, '');
  if (/^https?:\/\//.test(place)) return [[chart, '--repo', place, '--version', version]];
  if (place.startsWith('oci://')) return [[`${place}/${chart}`, '--version', version]];
  // An unpacked release keeps istiod's chart elsewhere than a directory of pulled charts does.
  const below = { base: ['base'], istiod: ['istiod', 'istio-control/istio-discovery'] }[chart];
  return below.map((folder) => [`${place}/${folder}`]);
}

/** Whether charts come from a directory, which holds one version only. */
export function isDirectory(charts: string): boolean {
  return charts !== '' && !/^(https?|oci):\/\//.test(charts);
}
