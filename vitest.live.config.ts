import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { include: ['sandbox/live/**/*.test.ts', '**/*.live.test.ts'], testTimeout: 30_000, fileParallelism: false },
});
