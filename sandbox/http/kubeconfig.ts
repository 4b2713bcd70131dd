/** Text of a kubeconfig whose only context, 'meshlift-sandbox', is the server at `url`; no credentials are needed. */
export function kubeconfigFor(url: string): string {
  return [
    'apiVersion: v1',
    'kind: Config',
    'current-context: meshlift-sandbox',
    'clusters:',
    '  - name: meshlift-sandbox',
    '    cluster:',
    `      server: ${JSON.stringify(url)}`,
    'contexts:',
    '  - name: meshlift-sandbox',
    '    context:',
    '      cluster: meshlift-sandbox',
    '      user: meshlift-sandbox',
    'users:',
    '  - name: meshlift-sandbox',
    '    user: {}',
    '',
  ].join('\n');
}
