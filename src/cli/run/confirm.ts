import { InvalidInput } from '../../errors.ts';
import type { CliIo } from '../io.ts';

/** Where something is about to be written. */
export interface Place {
  readonly context: string;
  readonly server: string;
}

/**
 * Says what will be written where, and asks. @returns whether the person agreed
 * @throws InvalidInput when there is nobody to ask and `yes` was not given
 */
export async function confirmed(what: string, { context, server }: Place, yes: boolean, io: CliIo): Promise<boolean> {
  io.stderr(`${what}\n  context ${context}, server ${server}\n`);
  if (yes) return true;
  const answer = await io.ask('Go on? [y/N] ');
  if (answer === null) {
    throw new InvalidInput('There is nobody to ask whether to go on.', {
      object: '--yes',
      remedy: 'Add --yes when you are sure about context and server.',
    });
  }
  return /^y(es)?$/i.test(answer.trim());
}
