/** The report as text in the format that was asked for. */
import type { CheckReport } from '../../checks/report.ts';
import { families } from '../../checks/table.ts';
import type { CliIo } from '../io.ts';
import { styleOf } from '../text.ts';
import type { CheckFlags } from './options.ts';
import { render } from './render.ts';

/** Text of a report, with a line end. */
export type Format = (report: CheckReport, io: Pick<CliIo, 'color' | 'columns' | 'env'>) => string;

/** Chooses the format; its writer is loaded only when it is wanted. */
export async function formatter({ output, wide }: Pick<CheckFlags, 'output' | 'wide'>): Promise<Format> {
  switch (output) {
    case 'json':
      return (report) => `${JSON.stringify(report, null, 2)}\n`;
    case 'yaml': {
      const { stringify } = await import('yaml');
      return (report) => stringify(report, { aliasDuplicateObjects: false, lineWidth: 0 });
    }
    case 'sarif': {
      const { sarif } = await import('./sarif.ts');
      return (report) => `${JSON.stringify(sarif(report, families), null, 2)}\n`;
    }
    case 'junit': {
      const { junit } = await import('./junit.ts');
      return (report) => junit(report);
    }
    case 'table':
      return (report, io) => render(report, styleOf(io), wide === true);
  }
}
