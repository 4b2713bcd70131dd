import { expect, it } from 'vitest';
import { readDocument } from './document.ts';

const read = (text: string) =>
  readDocument('policy.yaml', { readFile: () => Promise.resolve(Buffer.from(text)) }, 'docs/policy.md');

it.each([
  ['a: *nowhere\n', /^file policy\.yaml can't be read: Unresolved alias .*nowhere\.$/],
  ['a: 1\n---\nb: 2\n', /^file policy\.yaml, line 2, column 1: a second document begins here; one file holds one\.$/],
  ['a: 1\na: 2\n', /^file policy\.yaml, line 2, column 1: Map keys must be unique\.$/],
])('%j is a fault of the file, with its place', async (text, says) => {
  await expect(read(text)).rejects.toMatchObject({
    errorClass: 'InvalidInput',
    message: expect.stringMatching(says) as string,
  });
});

it('an alias stands for its anchor', async () => {
  expect((await read('a: &x [1]\nb: *x\n')).value).toEqual({ a: [1], b: [1] });
});
