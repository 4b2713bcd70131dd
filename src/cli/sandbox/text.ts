/** What a person is told of a sandbox, and a program. */
import type { ServiceUrl } from '../../../sandbox/live-start/services.ts';
import { table } from '../text.ts';
import type { SandboxState } from './state.ts';

/** The document of `meshlift sandbox status -o json`; its fields are described in docs/sandbox.md. */
export interface SandboxStatus extends Partial<SandboxState> {
  readonly apiVersion: 'meshlift.dev/v1alpha1';
  readonly kind: 'SandboxStatus';
  readonly running: boolean;
}

/** The document of a sandbox, or of none. */
export function statusDocument(state: SandboxState | null): SandboxStatus {
  return { apiVersion: 'meshlift.dev/v1alpha1', kind: 'SandboxStatus', running: state !== null, ...state };
}

/** Where it is, and what to do with it. */
export function howToReach({ url, pid, kubeconfig, content, services }: SandboxState): string {
  const file = quoted(kubeconfig);
  const ways = services?.flatMap((service) => service.urls) ?? [];
  const first = ways.find(({ protocol }) => protocol === 'http1') ?? ways[0];
  return [
    `The sandbox runs: ${content}${services === null ? '' : ', live'}.`,
    '  context     meshlift-sandbox',
    `  kubeconfig  ${kubeconfig}`,
    `  server      ${url} (process ${pid})`,
    ...servicesText(services),
    '',
    'Next:',
    `  meshlift status --kubeconfig ${file}`,
    `  kubectl --kubeconfig ${file} get pods -A`,
    ...(first ? [`  meshlift probe ${probed(first)}`] : []),
    '  meshlift sandbox stop',
    '',
  ].join('\n');
}

function servicesText(services: SandboxState['services']): readonly string[] {
  if (services === null) return [];
  if (services.length === 0) return ['', 'No Service leads to a real server: there is nothing to probe.'];
  const rows = services.flatMap(({ namespace, name, urls }) =>
    urls.map((way, index) => [index === 0 ? `${namespace}/${name}` : '', way.protocol, probed(way)]),
  );
  return ['', 'Services, real on loopback:', ...table(rows)];
}

const probed = ({ url, host }: ServiceUrl): string => (host === undefined ? url : `${url} --host ${host}`);

/** For a shell. */
function quoted(path: string): string {
  return /^[\w./@%+=:,~-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}
