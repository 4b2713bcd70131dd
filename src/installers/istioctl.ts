/** The real `istioctl` program. Its exit codes and ticks prove little: what it did is looked at afterwards by the steps. */
import { parse, stringify } from 'yaml';
import { Blocked, InvalidInput, NotFound } from '../errors.ts';
import { record, records, text, type Json } from '../inventory/json.ts';
import type { KubeApi } from '../kube/api.ts';
import { resources } from '../kube/resources.ts';
import { compareVersions } from '../mesh/versions.ts';
import type { Release } from '../steps/spec.ts';
import type { Installer, InstallPreview, InstallRequest, RunProgram } from './installer.ts';
import { compareObjects, objectsIn } from './manifest.ts';
import { operatorFor, operatorOf, readOperator } from './operator-file.ts';
import { commandLine, output, type Call, type Failures } from './run.ts';
import { flat } from './values.ts';

/** What the adapter works with. */
export interface IstioctlDeps {
  readonly run: RunProgram;
  readonly api: KubeApi;
  /** The IstioOperator file of the policy; null when there is none. */
  readonly operatorFile: { readonly name: string; readonly content: string } | null;
}

type IstiodRequest = Extract<InstallRequest, { chart: 'istiod' }>;

const failures: Failures = [
  [/could not find target revision/i, (said, { object }) => new NotFound(`istioctl: ${said}`, { object })],
  [
    /IST0139|would conflict|Webhook overlaps/i,
    (said, { object }) =>
      new Blocked(`istioctl sees injectors that overlap: ${said}`, {
        ...{ object, remedy: 'Switch off the injector that shall not serve any more, then resume.' },
      }),
  ],
];

/** istioctl of the very version that is installed: it renders its own built-in charts. */
export function istioctlInstaller(deps: IstioctlDeps): Installer {
  return {
    name: 'istioctl',
    preview: (request, signal) => preview(deps, request, signal),
    install: async (request, signal) => {
      // The CRDs come with the control plane.
      if (request.chart === 'base') return;
      refuseTags(request);
      await rightVersion(deps, request.version, signal);
      await noTakeOver(deps, request, signal);
      await output(deps.run, await installCall(deps, request, signal), failures);
    },
    remove: (release, revision, signal) => remove(deps, release, revision, signal),
  };
}

function objectOf(revision: string): string {
  return `control plane ${revision}`;
}

/** Tags of istioctl are plain objects that the steps move themselves. */
function refuseTags({ tags, revision }: IstiodRequest): void {
  if (tags === null || tags.length === 0) return;
  const remedy = `Run \`istioctl tag set ${tags.join(' ')} --revision ${revision} --overwrite\`, then resume.`;
  throw new Blocked('istioctl holds no tags in an installation.', { object: `tags ${tags.join(', ')}`, remedy });
}

async function rightVersion({ run }: IstioctlDeps, version: string, signal: AbortSignal): Promise<void> {
  const args = ['version', '--remote=false', '--short'];
  const answer = await output(run, { program: 'istioctl', args, signal, object: 'istioctl' }, failures);
  const own = /\d+\.\d+\.\d+(?:-(?:alpha|beta|rc)\.\d+)?/.exec(answer)?.[0] ?? 'unknown';
  if (own === version) return;
  const remedy = `Put istioctl ${version} first on the PATH: each istioctl installs its own version only.`;
  throw new InvalidInput(`istioctl is of version ${own}, not ${version}.`, { object: 'istioctl', remedy });
}

/**
 * From 1.27 on a named installation makes itself the default tag where there is none, and switches the injector without
 * revision off: new pods would go to it at once (operator/pkg/webhook/webhook.go).
 */
async function noTakeOver({ run }: IstioctlDeps, request: IstiodRequest, signal: AbortSignal): Promise<void> {
  const { revision, version } = request;
  if (revision === 'default' || compareVersions(version, '1.27.0') < 0) return;
  const args = ['tag', 'list', '--output', 'json'];
  const answer = await output(run, { program: 'istioctl', args, signal, object: 'revision tags' }, failures);
  if (tagsIn(answer).includes('default')) return;
  throw new Blocked('There is no tag default: istioctl 1.27 and later would give it to the new revision at once.', {
    object: objectOf(revision),
    remedy: 'Run `istioctl tag set default --revision OLD` with the revision that serves now, then make a new plan.',
  });
}

function tagsIn(answer: string): readonly string[] {
  try {
    // Without tags it prints a sentence.
    return records(parse(answer)).map((one) => text(one['tag']));
  } catch {
    return [];
  }
}

async function operator(deps: IstioctlDeps, request: IstiodRequest, signal: AbortSignal): Promise<Json> {
  return operatorFor(await settings(deps, request, signal), request.revision, request.version);
}

async function settings(
  { api, operatorFile }: IstioctlDeps,
  request: IstiodRequest,
  signal: AbortSignal,
): Promise<Json> {
  if (operatorFile !== null) return readOperator(operatorFile.content, operatorFile.name);
  const { namespace } = request.like ?? request.release;
  const project = ({
    metadata,
    data,
  }: {
    metadata: { name: string; labels?: Record<string, string> };
    data?: unknown;
  }) => ({
    name: metadata.name,
    byIstioctl: metadata.labels?.['operator.istio.io/managed'] === 'Reconcile',
    revision: metadata.labels?.['istio.io/rev'] ?? '',
    values: text(record(data)['original-values']),
  });
  const found: ReturnType<typeof project>[] = [];
  const options = { namespace, labelSelector: 'istio.io/rev', signal, project };
  for await (const page of api.list(resources.configMaps, options)) found.push(...page.items);
  const usable = found.filter(
    ({ name, byIstioctl, values }) => /^values(-|$)/.test(name) && byIstioctl && values !== '',
  );
  const others = usable.filter(({ revision }) => revision !== request.revision);
  const [only, ...more] = others.length > 0 ? others : usable;
  if (only !== undefined && more.length === 0) return operatorOf(record(parse(only.values)));
  throw new Blocked('The settings of the control plane that istioctl installed are not known: it keeps none of them.', {
    object: objectOf(request.revision),
    remedy: 'Give the IstioOperator file that it was installed with as `istioOperator` in the policy.',
  });
}

async function installCall(deps: IstioctlDeps, request: IstiodRequest, signal: AbortSignal): Promise<Call> {
  const { revision } = request;
  const named = revision === 'default' ? [] : ['--set', `revision=${revision}`];
  const input = stringify(await operator(deps, request, signal));
  const args = ['install', ...named, '-f', '-', '-y'];
  return { program: 'istioctl', args, signal, input, object: objectOf(revision) };
}

async function preview(deps: IstioctlDeps, request: InstallRequest, signal: AbortSignal): Promise<InstallPreview> {
  if (request.chart === 'base') {
    return { command: 'istioctl install brings the CRDs with the control plane', values: [], objects: [] };
  }
  refuseTags(request);
  await rightVersion(deps, request.version, signal);
  await noTakeOver(deps, request, signal);
  const call = await installCall(deps, request, signal);
  const [before, after] = [await settings(deps, request, signal), await operator(deps, request, signal)];
  const render: Call = { ...call, args: ['manifest', 'generate', ...call.args.slice(1, -1)] };
  const rendered = objectsIn(await output(deps.run, render, failures), request.release.namespace);
  return {
    command: commandLine(call.program, call.args),
    values: lines(before, after),
    objects: compareObjects(new Map(), rendered).map((line) => line.replace(/: created$/, ': applied')),
  };
}

function lines(before: Json, after: Json): string[] {
  const [was, is] = [flat(before['spec']), flat(after['spec'])];
  const words = (value: unknown): string => (value === undefined ? 'unset' : JSON.stringify(value));
  const paths = [...new Set([...was.keys(), ...is.keys()])].sort();
  return paths.map((path) => `${path}: ${words(was.get(path))} → ${words(is.get(path))}`);
}

async function remove({ run }: IstioctlDeps, release: Release, revision: string, signal: AbortSignal): Promise<void> {
  const object = objectOf(revision);
  const args = ['uninstall', '--revision', revision, '-y'];
  const said = await output(run, { program: 'istioctl', args, signal, object }, failures).catch((error: unknown) => {
    if (error instanceof NotFound) return '';
    throw error;
  });
  // It ends with 0 and a tick when the objects are of another tool and it touched none of them.
  if (!/No resources will be pruned/i.test(said)) return;
  throw new Blocked(`istioctl uninstall removed nothing of revision ${revision} in ${release.namespace}.`, {
    ...{ object, remedy: 'See by which tool its Deployment was installed, and remove it with that.' },
  });
}
