/** The overview for people. */
import type { MeshStatus } from '../../mesh/status-document.ts';
import { plural, wrap, type Style } from '../text.ts';
import { headline, isEmpty } from './headline.ts';
import { problems } from './problems.ts';
import * as sections from './sections.ts';
import { wideSections } from './wide.ts';

/** The whole text, with a line end. `wide` lists everything. */
export function render(status: MeshStatus, style: Style, wide: boolean): string {
  const found = problems(status, wide);
  const { section } = sections;
  const lines = [
    ...wrap(headline(status, style), style.width).map((line) => style.bold(line)),
    ...wrap(summary(status, isEmpty(status) ? null : found.length), style.width).map((line) => style.dim(line)),
    ...(isEmpty(status) ? wrap(searched, style.width) : []),
    ...section('PROBLEMS', sections.problemLines(found, style), style),
    ...section('DO NOT RESTART', sections.endangered(status, style, wide), style),
    ...section('CONTROL PLANES', sections.controlPlanes(status), style),
    ...section('REVISION TAGS AND DEFAULT', sections.revisions(status, style), style),
    ...section('DATA PLANE', sections.dataPlane(status, style), style),
    ...section('LAGGING BEHIND', sections.laggards(status, style, wide), style),
    ...section('GATEWAYS', sections.gateways(status, style), style),
    ...section('COMPONENTS', sections.components(status), style),
    ...(wide ? wideSections(status, style) : []),
    ...section('NOT SEEN', sections.unseen(status, style), style),
  ];
  return `${lines.join('\n')}\n`;
}

const searched =
  'Looked for Deployments of istiod (label app=istiod, or a container "discovery"), admission webhooks of Istio, revision tags, ' +
  'pods with a container istio-proxy, the DaemonSets istio-cni and ztunnel, and the CRDs of istio.io, in all namespaces.';

function summary({ source, kubernetesVersion, namespace, incomplete }: MeshStatus, count: number | null): string {
  const blind = incomplete.length > 0;
  const where = source.type === 'cluster' ? `${source.context} (${source.server})` : `file ${source.file}`;
  const age = source.type === 'snapshot' && source.takenAt !== '' ? `, taken ${source.takenAt}` : '';
  const server = `Kubernetes ${kubernetesVersion ?? 'of unknown version'}`;
  const parts = [
    `${where}${age}`,
    server,
    ...(namespace === null ? [] : [`only namespace ${namespace}`]),
    ...(count === null
      ? []
      : [count === 0 ? `no problem found${blind ? ' in what could be seen' : ''}` : plural(count, 'problem')]),
    ...(blind ? ['not everything could be seen, see the end'] : []),
  ];
  return parts.join('; ');
}
