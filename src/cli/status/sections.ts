/** The sections of the overview, each as lines; empty when there is nothing to say. */
import type { ComponentStatus, DataPlaneStatus, MeshStatus, WorkloadStatus } from '../../mesh/status-document.ts';
import { plural, some, table, wrap, type Style } from '../text.ts';
import { compareVersions } from '../../mesh/versions.ts';
import { courseOf, lagGroups, wasRead, type LagGroup } from './course.ts';
import type { Problem } from './problem.ts';

/** Rows of one group that are shown without --wide. */
const ROWS = 10;

/** Title and body; nothing when the body is empty. */
export function section(title: string, body: readonly string[], style: Style): string[] {
  return body.length === 0 ? [] : ['', style.bold(title), ...body];
}

/** Control planes, one a line. */
export function controlPlanes({ controlPlanes: planes }: MeshStatus): string[] {
  if (planes.length === 0) return [];
  const rows = planes.map((plane) => [
    plane.revision,
    plane.version ?? 'unknown',
    `${plane.readyReplicas}/${plane.replicas}`,
    `${plane.namespace}/${plane.deployment}`,
    ownerText(plane),
  ]);
  return table([['REVISION', 'VERSION', 'READY', 'DEPLOYMENT', 'OWNER'], ...rows]);
}

/** 'helm istio-system/istiod', 'istioctl', 'none'. */
function ownerText({ owner, ownerName }: { readonly owner: string; readonly ownerName: string }): string {
  return ownerName === '' ? owner : `${owner} ${ownerName}`;
}

/** Tags, the default revision, and the webhooks in one line. */
export function revisions(status: MeshStatus, { glyphs, width }: Style): string[] {
  const { tags, defaultRevision, defaultRevisionSources: from, controlPlanes: planes } = status;
  const rows = tags.map((tag) => [`tag ${tag.name}`, `${glyphs.arrow} ${tag.revision}`]);
  const sources = [
    ...(from.tag === null ? [] : [`tag default ${glyphs.arrow} ${from.tag}`]),
    ...(from.injector === null ? [] : ['injector without a revision']),
    ...(from.validator === null ? [] : [`istiod-default-validator ${glyphs.arrow} ${from.validator}`]),
  ];
  if (planes.length === 0 && tags.length === 0 && sources.length === 0) return [];
  const known = wasRead(status, 'mutatingWebhooks');
  const serves = from.injects || !known ? '' : '; nobody injects for istio-injection=enabled';
  const why = sources.length === 0 ? '' : ` (${sources.join('; ')})`;
  rows.push(['default', `${glyphs.arrow} ${defaultRevision ?? (known ? 'nobody' : 'not known')}${why}${serves}`]);
  return table(rows).flatMap((line) => wrapped(line, width));
}

function wrapped(line: string, width: number): string[] {
  return line.length <= width ? [line] : wrap(line, width, '  ', '      ');
}

/** Bars by revision and by version. */
export function dataPlane({ dataPlane: plane }: MeshStatus, style: Style): string[] {
  if (plane.proxies === 0) return [];
  const doubts = [
    ...(plane.notConnected > 0 ? [style.red(`${plane.notConnected.toLocaleString('en')} not connected`)] : []),
    ...(plane.notSynced > 0 ? [style.yellow(`${plane.notSynced.toLocaleString('en')} not in sync`)] : []),
    ...(plane.connectionUnknown > 0
      ? [style.yellow(`${plane.connectionUnknown.toLocaleString('en')} whose connection is not known`)]
      : []),
  ];
  const state = doubts.length === 0 ? 'all connected and in sync' : doubts.join(', ');
  return [
    `  ${plural(plane.proxies, 'proxy', 'proxies')}: ${state}`,
    ...bars('revision', plane.byRevision, plane, style),
    ...bars('version', plane.byVersion, plane, style),
  ];
}

function bars(title: string, counts: Readonly<Record<string, number>>, plane: DataPlaneStatus, style: Style): string[] {
  const { proxies: total, byRevision, byVersion } = plane;
  const entries = Object.entries(counts);
  const label = Math.max(...Object.keys({ ...byRevision, ...byVersion }).map((name) => name.length));
  const size = Math.max(10, Math.min(40, style.width - label - 24));
  return entries.map(([name, count], index) => {
    // What is there must be seen: a single proxy of 100,000 gets a cell too, and never all of them.
    const cells = count === total ? size : Math.min(size - 1, Math.max(1, Math.round((count / total) * size)));
    const bar = style.glyphs.full.repeat(cells) + style.glyphs.empty.repeat(size - cells);
    return `  ${(index === 0 ? title : '').padEnd(8)}  ${name.padEnd(label)}  ${bar}  ${count.toLocaleString('en')}`;
  });
}

/** Groups whose pods must not be restarted now. */
const dangers: readonly LagGroup['what'][] = ['refused', 'loses'];

/** Workloads whose new pods would not start, or not with a proxy. */
export function endangered(status: MeshStatus, style: Style, wide: boolean): string[] {
  return groupLines(
    lagGroups(status).filter(({ what }) => dangers.includes(what)),
    style,
    wide,
  );
}

/** Workloads that a restart would bring forward, or that are old and would stay so. */
export function laggards(status: MeshStatus, style: Style, wide: boolean): string[] {
  return groupLines(
    lagGroups(status).filter(({ what }) => !dangers.includes(what)),
    style,
    wide,
  );
}

function groupLines(groups: readonly LagGroup[], style: Style, wide: boolean): string[] {
  return groups.flatMap((group) => {
    const count = group.workloads.reduce((sum, workload) => sum + workload.proxies, 0);
    const size = `${plural(group.workloads.length, 'workload')}, ${plural(count, 'proxy', 'proxies')}`;
    const shown = wide ? group.workloads : group.workloads.slice(0, ROWS);
    const rest = group.workloads.length - shown.length;
    return [
      ...wrap(`${size}: ${group.title}`, style.width, '  ', '    ').map((line) => tinted(group.what, line, style)),
      ...table(
        shown.map((workload) => lagRow(workload)),
        '    ',
      ),
      ...(rest > 0 ? [`    … ${rest.toLocaleString('en')} more, see --wide`] : []),
    ];
  });
}

function tinted(what: LagGroup['what'], line: string, style: Style): string {
  return dangers.includes(what) ? style.red(line) : line;
}

function lagRow({ namespace, kind, name, proxies, revisions: names, versions }: WorkloadStatus): string[] {
  const now =
    proxies === 0
      ? 'no proxy'
      : `${names.join('+') || 'unknown revision'} (${versions.join('+') || 'unknown version'})`;
  return [`${namespace}/${name}`, kind, plural(proxies, 'proxy', 'proxies'), now];
}

/** Problems, each with its next step. */
export function problemLines(found: readonly Problem[], style: Style): string[] {
  return found.flatMap(({ severity, object, text, next }) => {
    const mark = severity === 'bad' ? style.red('!!') : style.yellow(' !');
    const [first = '', ...more] = wrap(`${object}: ${text}`, style.width - 5);
    return [
      `  ${mark} ${first}`,
      ...more.map((line) => `     ${line}`),
      // Commands are not wrapped: they are there to be copied.
      ...(next === null ? [] : [`     ${style.glyphs.arrow} ${next}`]),
    ];
  });
}

/** Gateways and waypoints, one a line. */
export function gateways({ gateways: all, workloads }: MeshStatus, style: Style): string[] {
  if (all.length === 0) return [];
  const refused = new Set(workloads.filter(({ injection }) => injection.outcome === 'fails').map(fullName));
  const rows = all.map((one) => [
    `${one.namespace}/${one.name}`,
    one.form,
    `${one.readyReplicas}/${one.replicas}`,
    one.versions.join('+') || '-',
    one.effectiveRevision ?? (refused.has(fullName(one)) ? 'refused' : 'none or unknown'),
    one.service === null ? 'no Service' : [one.service.type, ...one.service.addresses].join(' '),
  ]);
  const lines = table([['GATEWAY', 'FORM', 'READY', 'VERSION', 'NEXT POD', 'SERVICE'], ...rows]);
  // Why a pod is refused is told as a problem.
  const unclear = all.filter((one) => one.effectiveRevision === null && !refused.has(fullName(one)));
  return [...lines, ...unclear.flatMap((one) => wrap(`${one.name}: ${one.reason}`, style.width, '  ', '    '))];
}

function fullName({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}

/** base, istio-cni, ztunnel and ambient coverage. */
export function components(status: MeshStatus): string[] {
  const {
    components: { base, cni, ztunnel },
    ambient,
  } = status;
  const { newest } = courseOf(status);
  const rows: string[][] = [];
  if (base !== null) rows.push(['base', base.version ?? '', plural(base.crds, 'CRD'), ownerText(base)]);
  if (cni !== null) rows.push(componentRow('istio-cni', cni, newest));
  if (ztunnel !== null) rows.push(componentRow('ztunnel', ztunnel, newest));
  const { namespaces, pods } = ambient;
  const enrolled = `  ambient: ${plural(pods, 'pod')} in ${plural(namespaces.length, 'namespace')}: ${some(namespaces, 8)}`;
  return [...table(rows), ...(namespaces.length > 0 || pods > 0 ? [enrolled] : [])];
}

function componentRow(name: string, part: ComponentStatus, newest: string | null): string[] {
  const { version, ready, desired, updated } = part;
  const behind = version !== null && newest !== null && compareVersions(version, newest) < 0;
  const state = [
    `${ready}/${desired} ready`,
    // OnDelete leaves this number out: absent says nothing about how many are old.
    ...(updated !== null && updated < desired ? [`${updated} updated`] : []),
    ...(behind ? [`older than control plane ${newest}`] : []),
  ];
  return [name, version ?? 'unknown', state.join(', '), ownerText(part)];
}

/** What could not be seen; always the last section. */
export function unseen({ incomplete }: MeshStatus, style: Style): string[] {
  return incomplete.flatMap(({ what, why }) => wrap(`${what}: ${why}`, style.width, '  ', '    '));
}
