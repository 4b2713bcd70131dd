import { ownLayout } from './environment.ts';
import { checkMachine } from './preflight.ts';
import { progress } from './progress.ts';
import { main } from './run.ts';
import { hasState, takeDown } from './take-down.ts';

await main(async () => {
  const layout = ownLayout();
  const told = progress(
    (text) => process.stderr.write(text),
    () => performance.now(),
  );
  checkMachine({ platform: process.platform, arch: process.arch, uid: process.getuid?.() });
  if (!(await hasState(layout))) {
    told.say('there is no node');
    return 0;
  }
  await told.step('node removed', () => takeDown(layout));
  told.say(`logs: ${layout.lastLogs}`);
  return 0;
});
