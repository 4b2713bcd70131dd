import { expect, it } from 'vitest';
import { fitness } from './project-fitness.ts';

it.each([
  ['none', undefined],
  ['none', { sleep: { seconds: 0 } }],
  ['none', { sleep: { seconds: 1 } }],
  ['all', { sleep: { seconds: 2 } }],
  ['all', { exec: { command: ['/drain.sh'] } }],
  ['all', { httpGet: { path: '/drain', port: 8080 } }],
])('preStop hooks that hold an application until callers know: %s for %j', (share, preStop) => {
  const lifecycle = preStop === undefined ? {} : { lifecycle: { preStop } };
  expect(fitness({ containers: [{ name: 'app', ...lifecycle }] }).preStop).toBe(share);
});
