/** The real `helm` program. */
import { parse, stringify } from 'yaml';
import { Blocked, InvalidInput, NotFound } from '../errors.ts';
import { isRecord, record, records, text, type Json } from '../inventory/json.ts';
import type { Release } from '../steps/spec.ts';
import { chartArguments, isDirectory } from './charts.ts';
import type { Installer, InstallPreview, InstallRequest, RunProgram } from './installer.ts';
import { compareObjects, objectsIn } from './manifest.ts';
import { commandLine, output, type Call, type Failures } from './run.ts';
import { compareValues, valuesFor } from './values.ts';

/** What the adapter works with. */
export interface HelmDeps {
  readonly run: RunProgram;
  /** Repository URL, oci:// URL or directory; '' for the repository that Istio documents. */
  readonly charts: string;
}

const failures: Failures = [
  [
    /chart .* (version .* )?not found|no chart (name|version) found|improper constraint|Chart\.yaml file is missing|path .* not found/i,
    (said, { object }) =>
      new InvalidInput(`helm found no such chart: ${said}`, {
        object,
        remedy: 'Correct the version, or `charts` in the policy.',
      }),
  ],
  [/release: not found/i, (said, { object }) => new NotFound(`helm: ${said}`, { object })],
  [
    /cannot be imported into the current release|invalid ownership metadata/i,
    (said, { object }) =>
      new Blocked(`helm refuses objects that another release or nobody owns: ${said}`, {
        ...{
          object,
          remedy: 'Give each object that is named to the release (its meta.helm.sh annotations), or remove it.',
        },
      }),
  ],
  [/another operation .* is in progress/i, (said, call) => pending(call.object, 'pending', said)],
  [
    /looks like .* is not a valid chart repository|failed to (fetch|download)/i,
    (said, { object }) =>
      new Blocked(`helm could not get the chart: ${said}`, {
        ...{ object, remedy: 'Name a repository or directory that is reached from here as `charts` in the policy.' },
      }),
  ],
];

/** Helm 3.13 or later. Values travel on standard input, never in arguments or files. */
export function helmInstaller(deps: HelmDeps): Installer {
  return {
    name: 'helm',
    preview: (request, signal) => preview(deps, request, signal),
    install: async (request, signal) => {
      await refusePending(deps, request.release, signal);
      const values = valuesFor(request, await userValues(deps, source(request), signal));
      const chart = await chartFor(deps, request, signal);
      const call = upgrade(request, chart, values, signal);
      await output(deps.run, call, failures);
    },
    remove: async (release, _revision, signal) => {
      const args = ['uninstall', release.name, '--namespace', release.namespace];
      await output(deps.run, { program: 'helm', args, signal, object: nameOf(release) }, failures).catch(fineWhenGone);
    },
  };
}

function nameOf({ namespace, name }: Release): string {
  return `release ${namespace}/${name}`;
}

function fineWhenGone(error: unknown): string {
  if (error instanceof NotFound) return '';
  throw error;
}

/** Release whose values are taken. */
function source(request: InstallRequest): Release {
  return request.chart === 'istiod' && request.like !== null ? request.like : request.release;
}

function upgrade(request: InstallRequest, chart: readonly string[], values: Json, signal: AbortSignal): Call {
  const { release } = request;
  const where = ['--namespace', release.namespace, '--reset-values', '--values', '-'];
  const args = ['upgrade', '--install', release.name, ...chart, ...where];
  return { program: 'helm', args, signal, object: nameOf(release), input: stringify(values) };
}

async function userValues({ run }: HelmDeps, release: Release, signal: AbortSignal): Promise<Json> {
  const args = ['get', 'values', release.name, '--namespace', release.namespace, '--output', 'yaml'];
  const call = { program: 'helm', args, signal, object: nameOf(release) };
  const answer = await output(run, call, failures).catch(fineWhenGone);
  return parsed(answer, call);
}

function parsed(answer: string, { program, args, object }: Call): Json {
  try {
    // Without values helm prints `null`.
    return record(parse(answer));
  } catch (error) {
    const message = `${commandLine(program, args)} answered no YAML.`;
    throw new Blocked(message, { object, cause: error, remedy: 'Run it by hand and see what it prints.' });
  }
}

interface State {
  readonly status: string;
  readonly chart: string;
}

async function stateOf({ run }: HelmDeps, release: Release, signal: AbortSignal): Promise<State | null> {
  const filter = `^${release.name.replaceAll('.', '\\.')}$`;
  const args = ['list', '--all', '--namespace', release.namespace, '--filter', filter, '--output', 'json'];
  const call = { program: 'helm', args, signal, object: nameOf(release) };
  const answer: unknown = parse(await output(run, call, failures));
  const [found] = records(answer);
  return found === undefined ? null : { status: text(found['status']), chart: text(found['chart']) };
}

async function refusePending(deps: HelmDeps, release: Release, signal: AbortSignal): Promise<State | null> {
  const state = await stateOf(deps, release, signal);
  if (state?.status.startsWith('pending-')) throw pending(nameOf(release), state.status, '');
  return state;
}

/** Helm marks a release before it works, and a run that was killed never takes the mark away. */
function pending(object: string, status: string, said: string): Blocked {
  const [namespace = '', name = ''] = object.replace('release ', '').split('/');
  const back = status === 'pending-install' ? `helm uninstall ${name}` : `helm rollback ${name}`;
  return new Blocked(`${object} is ${status}: a helm run still works on it, or was killed on its way. ${said}`.trim(), {
    object,
    remedy: `When no helm runs any more: see \`helm history ${name} -n ${namespace}\`, then \`${back} -n ${namespace}\`, then resume.`,
  });
}

async function chartFor(deps: HelmDeps, request: InstallRequest, signal: AbortSignal): Promise<readonly string[]> {
  const ways = chartArguments(deps.charts, request.chart, request.version);
  const [only = [], ...others] = ways;
  if (!isDirectory(deps.charts)) return only;
  const object = `chart ${request.chart} in ${deps.charts}`;
  for (const way of [only, ...others]) {
    const call = { program: 'helm', args: ['show', 'chart', ...way], signal, object };
    const answer = await output(deps.run, call, failures).catch((error: unknown) => {
      if (error instanceof InvalidInput && error.object === object) return null;
      throw error;
    });
    if (answer === null) continue;
    const found = text(parsed(answer, call)['version']);
    // Charts of a source tree carry 1.0.0 whatever they are.
    if (found === request.version || found === '1.0.0') return way;
    const remedy = `Name a directory with the charts of ${request.version} as \`charts\` in the policy.`;
    throw new InvalidInput(`${object} has version ${found}, not ${request.version}.`, { object, remedy });
  }
  throw new InvalidInput(`There is no ${object}.`, { object, remedy: 'Correct `charts` in the policy.' });
}

async function defaults(deps: HelmDeps, chart: readonly string[], object: string, signal: AbortSignal): Promise<Json> {
  const call = { program: 'helm', args: ['show', 'values', ...chart], signal, object };
  return parsed(await output(deps.run, call, failures), call);
}

async function preview(deps: HelmDeps, request: InstallRequest, signal: AbortSignal): Promise<InstallPreview> {
  await refusePending(deps, request.release, signal);
  const from = source(request);
  const before = await userValues(deps, from, signal);
  const values = valuesFor(request, before);
  const chart = await chartFor(deps, request, signal);
  const newDefaults = await defaults(deps, chart, nameOf(request.release), signal);
  const oldDefaults = await oldDefaultsOf(deps, request, signal);
  const call = upgrade(request, chart, values, signal);
  const dry = { ...call, args: [...call.args, '--dry-run=server', '--output', 'json'] };
  const rendered = manifestOf(await output(deps.run, dry, failures), dry);
  const present = await currentManifest(deps, request.release, signal);
  const { namespace } = request.release;
  return {
    command: commandLine(call.program, call.args),
    values: compareValues({ before, after: values, oldDefaults, newDefaults }),
    objects: compareObjects(objectsIn(present, namespace), objectsIn(rendered, namespace)),
  };
}

/** Null when the old chart is not to be had: a directory holds one version, a repository may have dropped it. */
async function oldDefaultsOf(deps: HelmDeps, request: InstallRequest, signal: AbortSignal): Promise<Json | null> {
  if (isDirectory(deps.charts)) return null;
  const from = source(request);
  const old = new RegExp(`^${request.chart}-(.+)$`).exec((await stateOf(deps, from, signal))?.chart ?? '')?.[1];
  const [chart] = old === undefined ? [] : chartArguments(deps.charts, request.chart, old);
  if (chart === undefined) return null;
  return defaults(deps, chart, nameOf(from), signal).catch((error: unknown) => {
    if (error instanceof InvalidInput && error.object === nameOf(from)) return null;
    throw error;
  });
}

async function currentManifest({ run }: HelmDeps, release: Release, signal: AbortSignal): Promise<string> {
  const args = ['get', 'manifest', release.name, '--namespace', release.namespace];
  return output(run, { program: 'helm', args, signal, object: nameOf(release) }, failures).catch(fineWhenGone);
}

function manifestOf(answer: string, { object }: Call): string {
  const release: unknown = parse(answer);
  const manifest = isRecord(release) ? text(release['manifest']) : '';
  if (manifest !== '') return manifest;
  throw new Blocked('helm upgrade --dry-run=server rendered nothing.', { object, remedy: 'Run it by hand and see.' });
}
