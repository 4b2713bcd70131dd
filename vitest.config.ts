import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      'src/**/*.test.ts',
      'sandbox/**/*.test.ts',
      'test/**/*.test.ts',
      'tools/**/*.test.ts',
      'testbed/src/**/*.test.ts',
    ],
    // They send real traffic and judge single requests: `npm run test:live`, alone on a quiet machine.
    exclude: [...configDefaults.exclude, 'sandbox/live/**', '**/*.live.test.ts'],
    testTimeout: 30_000,
    // Two workers: the smallest machine that must pass has two cores, and some tests measure time.
    maxWorkers: 2,
  },
});
