/** What a person is told of a sandbox. */
import type { SandboxState } from './state.ts';

/** Where it is, and what to do with it. */
export function howToReach({ url, pid, kubeconfig, content }: SandboxState): string {
  const file = quoted(kubeconfig);
  return [
    `The sandbox runs: ${content}.`,
    '  context     meshlift-sandbox',
    `  kubeconfig  ${kubeconfig}`,
    `  server      ${url} (process ${pid})`,
    '',
    'Next:',
    `  meshlift status --kubeconfig ${file}`,
    `  kubectl --kubeconfig ${file} get pods -A`,
    '  meshlift sandbox stop',
    '',
  ].join('\n');
}

/** For a shell. */
function quoted(path: string): string {
  return /^[\w./@%+=:,~-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}
