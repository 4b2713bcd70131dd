import { badRequest } from './failure.ts';

/** What a continue token says: the version that all pages show, and the last key of the page before. */
export interface ContinueFrom {
  readonly revision: number;
  readonly after: string;
}

/** The token, opaque to clients. */
export function encodeContinue(from: ContinueFrom): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: from.revision, start: from.after })).toString(
    'base64url',
  );
}

/** @throws ApiFailure 400 when the token is not one of ours. */
export function decodeContinue(token: string): ContinueFrom {
  const parsed = parse(Buffer.from(token, 'base64url').toString('utf8'));
  if (typeof parsed !== 'object' || parsed === null) throw notAToken();
  const { rv, start } = parsed as { rv?: unknown; start?: unknown };
  if (typeof rv !== 'number' || typeof start !== 'string') throw notAToken();
  return { revision: rv, after: start };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw notAToken();
  }
}

const notAToken = () => badRequest('continue key is not valid: incorrect encoded start key');
