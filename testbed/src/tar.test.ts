import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tar } from './tar.ts';

test('what it writes, tar reads: files, modes, folders, links, long paths', () => {
  const folder = mkdtempSync(join(tmpdir(), 'meshlift-tar-'));
  const long = `${'d'.repeat(90)}/${'e'.repeat(90)}`;
  try {
    const archive = tar([
      { name: 'bin/' },
      { name: 'bin/app', data: Buffer.from('x'.repeat(1000)) },
      { name: 'etc/passwd', data: Buffer.from('root\n'), mode: 0o644 },
      { name: 'bin/link', link: 'app' },
      { name: long, data: Buffer.from('long') },
    ]);
    execFileSync('tar', ['-x', '-C', folder], { input: archive });
    expect(readFileSync(join(folder, 'bin/app'), 'utf8')).toBe('x'.repeat(1000));
    expect(statSync(join(folder, 'bin/app')).mode & 0o777).toBe(0o755);
    expect(statSync(join(folder, 'etc/passwd')).mode & 0o777).toBe(0o644);
    expect(readlinkSync(join(folder, 'bin/link'))).toBe('app');
    expect(readFileSync(join(folder, long), 'utf8')).toBe('long');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a path that fits no field is refused', () => {
  expect(() => tar([{ name: 'a'.repeat(101) }])).toThrow(RangeError);
});
