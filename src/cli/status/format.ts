/** The document as text in the format that was asked for. */
import type { MeshStatus } from '../../mesh/status.ts';
import type { CliIo } from '../io.ts';
import { styleOf } from '../text.ts';
import type { StatusFlags } from './options.ts';
import { render } from './render.ts';

/** Text of a document, with a line end. */
export type Format = (document: MeshStatus, io: Pick<CliIo, 'color' | 'columns' | 'env'>) => string;

/** Chooses the format; the YAML writer is loaded only when it is wanted. */
export async function formatter({ output, wide }: Pick<StatusFlags, 'output' | 'wide'>): Promise<Format> {
  switch (output) {
    case 'json':
      return (document) => `${JSON.stringify(document, null, 2)}\n`;
    case 'yaml': {
      const { stringify } = await import('yaml');
      return (document) => stringify(document, { aliasDuplicateObjects: false, lineWidth: 0 });
    }
    case 'table':
    case 'wide':
      return (document, io) => render(document, styleOf(io), wide === true || output === 'wide');
  }
}
