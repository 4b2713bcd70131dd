import { expect, it } from 'vitest';
import { InvalidInput } from '../../src/errors.ts';
import { testCluster } from '../store/test-cluster.test-helper.ts';
import { startHttp } from './server.ts';

it('says when its port is in use, and frees it when it closes', async () => {
  const { store } = testCluster();
  const first = await startHttp({ store });
  expect(first.url).toBe(`http://127.0.0.1:${first.port}`);
  const second = startHttp({ store }, { port: first.port });
  await expect(second).rejects.toThrow(InvalidInput);
  await expect(second).rejects.toThrow('the port is in use');
  await first.close();
  const third = await startHttp({ store, gitVersion: 'v1.33.1' }, { port: first.port });
  const version = (await (await fetch(`${third.url}/version`)).json()) as { minor: string };
  expect(version.minor).toBe('33');
  await third.close();
});
