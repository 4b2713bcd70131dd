import { adminHint } from './hints.ts';
import { bringUp } from './bring-up.ts';
import { ownLayout } from './environment.ts';
import { checkMachine } from './preflight.ts';
import { progress } from './progress.ts';
import { main } from './run.ts';

await main(async () => {
  const layout = ownLayout();
  const told = progress(
    (text) => process.stderr.write(text),
    () => performance.now(),
  );
  checkMachine({ platform: process.platform, arch: process.arch, uid: process.getuid?.() });
  await bringUp(layout, told);
  told.say(`${told.seconds().toFixed(1).padStart(7)} s  in all`);
  told.say(adminHint(layout));
  process.stdout.write(`${layout.kubeconfig}\n`);
  return 0;
});
