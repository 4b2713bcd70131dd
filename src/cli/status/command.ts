/** `meshlift status`: read, build, print; once or again and again. */
import { NotFound } from '../../errors.ts';
import { buildMesh } from '../../mesh/build.ts';
import type { Facts } from '../../mesh/facts.ts';
import { meshStatus } from '../../mesh/status.ts';
import { exitCodes, type ExitCode } from '../exit-code.ts';
import type { CliIo } from '../io.ts';
import { openSource, type Source } from '../source.ts';
import { toolVersion } from '../version.ts';
import type { StatusFlags } from './options.ts';
import { formatter } from './format.ts';
import { watchStatus, type Reading } from './watch.ts';

/** Runs the command; the answer is the exit code. Throws what reading throws. */
export async function status(flags: StatusFlags, io: CliIo): Promise<ExitCode> {
  const source = await openSource(flags, io);
  try {
    const format = await formatter(flags);
    if (flags.watch === true) return await watchStatus(io, flags, (signal) => read(source, flags, io, signal), format);
    const { document, code, damaged } = await read(source, flags, io);
    io.stdout(format(document, io));
    if (damaged !== null) io.stderr(`meshlift: ${damaged}.\n  What could be read is shown.\n`);
    return code;
  } finally {
    await source.close();
  }
}

async function read(source: Source, flags: StatusFlags, io: CliIo, signal?: AbortSignal): Promise<Reading> {
  const { facts, damaged } = await source.read(signal);
  mustExist(facts, flags.namespace);
  const document = meshStatus(buildMesh(facts), {
    ...(flags.namespace === undefined ? {} : { namespace: flags.namespace }),
    takenAt: new Date(io.now()).toISOString(),
    toolVersion: toolVersion(),
  });
  return { document, code: codeOf(facts, damaged), damaged };
}

// A name that is mistyped must not look like a namespace without a mesh.
function mustExist({ namespaces }: Facts, name: string | undefined): void {
  if (name === undefined || namespaces.unread !== null) return;
  if (namespaces.items.some(({ meta }) => meta.name === name)) return;
  throw new NotFound(`Namespace ${name} does not exist.`, {
    object: `Namespace ${name}`,
    remedy: 'Look at the names with "kubectl get namespaces", or leave out --namespace.',
  });
}

/** Without these nothing can be said of a live mesh as a whole. */
const needed = ['pods', 'deployments', 'mutatingWebhooks'] as const;

// What a snapshot lacks was known when it was made; what a cluster hides is news.
function codeOf(facts: Facts, damaged: string | null): ExitCode {
  if (damaged !== null) return exitCodes.usage;
  if (facts.source.type === 'snapshot') return exitCodes.fine;
  return needed.some((kind) => facts[kind].unread !== null) ? exitCodes.unseen : exitCodes.fine;
}
