/** `meshlift rbac`: print. */
import { InvalidInput } from '../../errors.ts';
import { rolesOf } from '../../rights/roles.ts';
import { exitCodes, type ExitCode } from '../exit-code.ts';
import type { CliIo } from '../io.ts';
import type { RbacFlags } from './options.ts';
import { rolesAsJson, rolesAsYaml } from './render.ts';

/** A name as namespaces and revisions have it (RFC 1123 label). */
const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Runs the command; the answer is the exit code. Throws InvalidInput for what is no name. */
export async function rbac(flags: RbacFlags, io: CliIo): Promise<ExitCode> {
  const { role, namespace, revision, output } = flags;
  mustBeName('--namespace', namespace);
  if (revision !== undefined) mustBeName('--revision', revision);
  const roles = rolesOf({ role, namespace, revision: revision ?? null });
  io.stdout(output === 'json' ? rolesAsJson(roles) : rolesAsYaml(roles));
  return exitCodes.fine;
}

function mustBeName(flag: string, value: string): void {
  if (label.test(value)) return;
  const remedy = 'Give lower-case letters, digits and hyphens, at most 63 of them.';
  throw new InvalidInput(`"${value}" is no name of a namespace or revision.`, { object: flag, remedy });
}
