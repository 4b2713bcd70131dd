import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'sandbox/**/*.test.ts', 'test/**/*.test.ts', 'tools/**/*.test.ts'],
    testTimeout: 30_000,
    // Two workers: the smallest machine that must pass has two cores, and live tests measure time.
    maxWorkers: 2,
  },
});
