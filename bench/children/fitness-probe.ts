/**
 * The probes of `npm run bench -- fitness` in a process of their own, so that the sandbox's work does not make them late.
 * Commands on stdin, one a line: workloads with their addresses as JSON start the load and are answered with {started};
 * `stop` ends it and is answered with what was lost. The end of stdin ends it.
 */
import { createInterface } from 'node:readline';
import type { Reached } from '../fitness/cluster.ts';
import { startLoad } from '../fitness/load.ts';

const tell = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);
tell({ services: [] });
let stop = startLoad([]);
for await (const line of createInterface(process.stdin)) {
  if (line === 'stop') {
    tell(await stop());
    continue;
  }
  const reached = JSON.parse(line) as readonly Reached[];
  stop = startLoad(reached);
  tell({ started: reached.length });
}
// Nobody wants to know any more what the probes still find.
process.exit();
