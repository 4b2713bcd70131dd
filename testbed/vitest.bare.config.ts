import { defineConfig } from 'vitest/config';

/** Tests that bring nodes up and down themselves, on a machine where none is up. */
export default defineConfig({
  test: {
    include: ['testbed/tests/**/*.bare.test.ts'],
    testTimeout: 180_000,
    fileParallelism: false,
    maxWorkers: 1,
  },
});
