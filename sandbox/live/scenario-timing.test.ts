import { afterEach, expect, test } from 'vitest';
import { startLiveSandbox, type LiveSandbox } from '../live-start.ts';
import { quickBookinfo } from '../scenarios/bookinfo.ts';
import { rude } from '../scenarios/traffic.ts';
import type { Scenario } from '../scenarios/types.ts';
import { resources } from '../store/resources.ts';

const sandboxes: LiveSandbox[] = [];
afterEach(async () => {
  for (const sandbox of sandboxes.splice(0)) await sandbox.close();
});

async function start(scenario: Scenario): Promise<LiveSandbox> {
  const sandbox = await startLiveSandbox({ content: { scenario }, port: 0, now: Date.now });
  sandboxes.push(sandbox);
  return sandbox;
}

/** Deletes the first pod that is seen; the answer comes when it is gone. */
async function removePod({ api }: LiveSandbox): Promise<void> {
  let name: string | undefined;
  for await (const event of api.watch(resources.pods, { labelSelector: 'app=rude', project: (pod) => pod })) {
    if (event.type === 'added' && name === undefined) {
      ({ name } = event.object.metadata);
      await api.delete({ resource: resources.pods, namespace: 'shop', name });
    }
    if (event.type === 'deleted' && event.object.metadata.name === name) return;
  }
}

test('pods take the times that their scenario gives', async () => {
  const usual = await start(rude);
  const quick = await start({ ...rude, liveTiming: quickBookinfo.liveTiming ?? {} });
  const ends = [removePod(usual).then(() => 'usual'), removePod(quick).then(() => 'quick')];
  expect(await Promise.race(ends)).toBe('quick');
  await Promise.all(ends);
});
