import { expect, test } from 'vitest';
import type { KubeApi, KubeObject, WatchEvent } from '../../../../src/kube/api.ts';
import { resources } from '../../../../src/kube/resources.ts';
import { follow } from './follow.ts';

const object = (name: string): KubeObject => ({ metadata: { name, namespace: 'shop' } });
const added = (name: string) => ({ type: 'added', object: object(name), resourceVersion: '1' }) as const;
const synced = { type: 'synced', resourceVersion: '1' } as const;

test('a list that starts over shows what was known before until it is whole', async () => {
  const events: readonly WatchEvent<KubeObject>[] = [
    ...[added('a'), added('b'), synced],
    { type: 'restarted', why: '410' },
    ...[added('b'), added('c'), synced],
    { type: 'deleted', object: object('c'), resourceVersion: '2' },
  ];
  const told: string[] = [];
  const ended = new Promise<void>((resolve) => {
    async function* watch() {
      yield* events;
      resolve();
      await new Promise(() => undefined);
    }
    const api = { watch } as unknown as KubeApi;
    const followed = follow({
      ...{ api, resource: resources.virtualServices, onError: () => undefined },
      onChange: () =>
        told.push(
          followed
            .all()
            .map(({ metadata }) => metadata.name)
            .join(''),
        ),
    });
  });
  await ended;
  expect(told).toEqual(['ab', 'bc', 'b']);
});
