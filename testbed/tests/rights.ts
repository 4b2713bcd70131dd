/** What users with exactly the rights of their roles were refused, and which rights a whole run has not used. */
import { ownLayout } from '../src/environment.ts';
import type { Tools } from '../src/istio/install.ts';
import { makeAccount, refusedTo, unusedOf, type Account } from './accounts.ts';

const layout = ownLayout();

/** One user for each role. */
export interface Accounts {
  readonly observer: Account;
  readonly mover: Account;
  readonly installer: Account;
}

/** Makes them; the smaller ones may write what belongs to `revision` only. */
export async function makeAccounts(mesh: Tools, revision: string): Promise<Accounts> {
  return {
    observer: await makeAccount(layout, mesh, 'observer', revision),
    mover: await makeAccount(layout, mesh, 'mover', revision),
    installer: await makeAccount(layout, mesh, 'installer', null),
  };
}

/** How the server refuses what only an installer may see. */
export const noSecrets = /cannot list resource "secrets"/;

/** What may be refused: with what is asked in its place, or what is said then. */
export const refusals: readonly (readonly [Account['role'], readonly string[]])[] = [
  // Told under NOT SEEN, and by checks that are skipped.
  ['observer', ['list secrets']],
  ['mover', ['list secrets']],
  ['installer', []],
];

/** Rights that this upgrade has no use for, and why. */
const unusedHere: readonly (readonly [RegExp, string])[] = [
  [/^(get|list|patch) \w+\.(argoproj|gateway\.networking\.k8s|sailoperator|install\.istio)\.io$/, 'not served here'],
  [/^list \w+\.((helm|kustomize)\.toolkit\.fluxcd\.io|inference\.networking\.k8s\.io)$/, 'not served here'],
  [/^create pods\/portforward$/, 'asked by servers from Kubernetes 1.35 on, and for SPDY'],
  [/^(escalate|bind) /, 'asked inside the server, which does not record it'],
  [/^get (cron)?jobs\.batch$/, 'there are none'],
  [/^delete endpointslices\./, 'no pod is given back'],
  [/^create pods\/eviction$/, 'nothing is renewed pod by pod'],
  [/^patch (deployments\.apps|namespaces)$/, 'the Deployment is handed over, and a tag moves'],
  [/^patch validatingwebhookconfigurations\./, 'Helm holds the default validator'],
  [
    / (horizontalpodautoscalers|poddisruptionbudgets|networkpolicies|validatingadmissionpolic\w+)\./,
    'not in the values',
  ],
  [/^(get|create|patch|delete) role(binding)?s\./, 'the stand-in has none'],
  [/^patch (clusterrole\w*|services|mutatingwebhook\w+)(\.|$)/, 'Helm changes only what differs'],
];

const inOrder = ({ observer, mover, installer }: Accounts): readonly Account[] => [observer, mover, installer];

/** Rights of the roles that the run has not used though nothing explains it; all unused ones are printed. */
export async function unjustified(accounts: Accounts): Promise<readonly string[]> {
  const why = (right: string) => unusedHere.find(([pattern]) => pattern.test(right))?.[1];
  const found: string[] = [];
  for (const { role } of inOrder(accounts)) {
    const unused = await unusedOf(layout, role, inOrder(accounts));
    const lines = unused.map((right) => `  ${right}: ${why(right) ?? 'NOBODY KNOWS WHY'}\n`);
    process.stderr.write(`${role}: ${String(unused.length)} rights that this run has not used\n${lines.join('')}`);
    found.push(...unused.filter((right) => why(right) === undefined));
  }
  return found;
}

/** What each was refused, as `refusals` has it. */
export function refused(accounts: Accounts): Promise<typeof refusals> {
  return Promise.all(inOrder(accounts).map(async (one) => [one.role, await refusedTo(layout, one)] as const));
}
