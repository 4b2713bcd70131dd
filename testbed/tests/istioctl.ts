import { join } from 'node:path';
import { InvalidInput } from '../../src/errors.ts';
import { records, text } from '../../src/inventory/json.ts';
import { revisionOf, type Tools } from '../src/istio/install.ts';
import { run } from '../src/run.ts';

/** A proxy that istioctl's proxy-status lists. */
export interface ServedProxy {
  readonly namespace: string;
  readonly version: string;
  /** Revision of the control plane that serves it. */
  readonly revision: string;
  /** Everything that was sent to it was accepted. */
  readonly isSynced: boolean;
}

/** Runs the istioctl of a version against the node; only with a real Istio. @throws InvalidInput with the stand-in */
async function istioctl({ istio, env }: Tools, version: string, args: readonly string[]): Promise<string> {
  if (istio.kind !== 'real') throw new InvalidInput('The stand-in has no istioctl.', { object: 'istioctl' });
  // 79: analyze has found something.
  const program = join(istio.releases, version, 'bin', 'istioctl');
  return run('sh', ['-c', '"$@" || test $? -eq 79', 'sh', program, ...args], { env });
}

/** The proxies that the control plane of a version serves, as that version's istioctl tells them. Without it: none. */
export async function proxyStatus(mesh: Tools, version: string): Promise<readonly ServedProxy[]> {
  const revision = revisionOf(version);
  const said = await istioctl(mesh, version, ['proxy-status', '--revision', revision, '--verbosity', '1']).catch(
    (error: unknown) => {
      if (/no running Istio pods/.test(String(error))) return '';
      throw error;
    },
  );
  const [head, ...rows] = said.split('\n').filter((line) => line !== '');
  if (head === undefined || /^No proxies/i.test(head)) return [];
  const names = cells(head);
  const column = (name: string, row: readonly string[]): string => row[names.indexOf(name)] ?? '';
  return rows.map(cells).map((row) => ({
    // POD.NAMESPACE
    namespace: column('NAME', row).replace(/^.*\./, ''),
    version: column('VERSION', row),
    revision,
    isSynced: !row.some((cell) => /^(STALE|NOT SENT|ERROR)/.test(cell)),
  }));
}

const cells = (line: string): readonly string[] => line.trim().split(/ {2,}/);

/** What istioctl's analyze finds, as 'IST0101 Gateway shop/nobody', sorted; informations are left out. */
export async function analysed(mesh: Tools, version: string): Promise<readonly string[]> {
  const args = ['analyze', '--all-namespaces', '--revision', revisionOf(version), '--output', 'json'];
  const answer = await istioctl(mesh, version, args);
  return records(JSON.parse(answer) as unknown)
    .filter(({ level }) => level !== 'Info')
    .map(({ code, origin }) => `${text(code)} ${text(origin)}`)
    .sort();
}
