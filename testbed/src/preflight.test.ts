import { expect, test } from 'vitest';
import { checkMachine } from './preflight.ts';

const good = { platform: 'linux', arch: 'x64', uid: 0 };

test('root on Linux is let through', () => {
  expect(() => checkMachine(good)).not.toThrow();
  expect(() => checkMachine({ ...good, arch: 'arm64' })).not.toThrow();
});

test.each([
  [{ ...good, uid: 1000 }, 'needs root'],
  [{ ...good, uid: undefined }, 'needs root'],
  [{ ...good, platform: 'darwin' }, 'needs Linux; this is darwin'],
  [{ ...good, arch: 'riscv64' }, 'this is riscv64'],
])('%j is refused', (machine, words) => {
  expect(() => checkMachine(machine)).toThrow(words);
});
