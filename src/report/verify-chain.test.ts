import { describe, expect, it } from 'vitest';
import { canonicalJson, digestOf } from '../journal/canonical.ts';
import { nextEntry, noEntry } from '../journal/chain.ts';
import type { JournalEntry } from '../journal/entry.ts';
import { compact, expand } from './compact.ts';
import type { RunReport } from './report.ts';
import { eventfulRun, planOf, reportOf } from './story.test-helper.ts';
import { verifyReport } from './verify-chain.ts';

const report = reportOf(eventfulRun());
const text = JSON.stringify(report);

/** Codes of what is found in a report with some fields changed. */
function found(change: object, made = report): string[] {
  return verifyReport({ ...made, ...change }).map(({ code }) => code);
}

/** As a forger would: with a digest that fits. */
function forged(change: object): string[] {
  const rest: Record<string, unknown> = { ...report, ...change };
  delete rest['digest'];
  return verifyReport({ ...rest, digest: digestOf(rest) }).map(({ code, text: words }) => `${code}: ${words}`);
}

describe('verifyReport', () => {
  it('finds nothing in a report as it was written, indented or not', () => {
    expect(verifyReport(JSON.parse(text))).toEqual([]);
    expect(verifyReport(JSON.parse(JSON.stringify(report, null, 2)))).toEqual([]);
  });

  it('finds every changed byte that changes what is said', () => {
    const missed: string[] = [];
    let tried = 0;
    for (let index = 0; index < text.length; index += 61) {
      const changed = `${text.slice(0, index)}${flipped(text.charAt(index))}${text.slice(index + 1)}`;
      const value = parsed(changed);
      if (value === null || canonicalJson(value) === canonicalJson(report)) continue;
      tried += 1;
      if (verifyReport(value).length === 0) missed.push(`${index}: ${changed.slice(index - 20, index + 20)}`);
    }
    expect(missed).toEqual([]);
    expect(tried).toBeGreaterThan(200);
  });

  it('names the entry that was changed, removed, moved or added', () => {
    const { entries } = report;
    const [at = '', epoch = 0, event, hash = ''] = entries[9] ?? [];
    const texts = (changed: readonly unknown[]): string => verifyReport({ ...report, entries: changed })[0]?.text ?? '';
    for (const entry of [
      ['2026-03-02T08:00:00.000Z', epoch, event, hash],
      [at, 9, event, hash],
      [at, epoch, { ...event, detail: 'ok' }, hash],
      [at, epoch, event, 'f'.repeat(64)],
    ]) {
      expect(texts([...entries.slice(0, 9), entry, ...entries.slice(10)])).toContain('entry 10 was changed');
    }
    expect(texts(entries.toSpliced(9, 1))).toContain('entry 10 was changed');
    expect(texts([...entries.slice(0, 8), ...entries.slice(8, 10).reverse(), ...entries.slice(10)])).toContain(
      'entry 9',
    );
    expect(texts(entries.slice(0, -1))).toContain('the report counted');
    expect(texts([...entries, entries[0]])).toContain(`entry ${entries.length + 1} was changed`);
  });

  it('finds a body that the journal does not give, also with a digest that fits', () => {
    const traffic = { ...report.traffic, total: { ...report.traffic.total, sent: 1_000_000 } };
    expect(forged({ traffic })).toEqual([expect.stringContaining('body: Field traffic.total.sent does not follow')]);
    expect(forged({ notMeasured: [] })).toEqual([expect.stringContaining('body: Field notMeasured')]);
    expect(forged({ writes: report.writes.slice(1) })).toEqual([expect.stringContaining('body: Field writes')]);
    expect(forged({ novelty: 1 })).toEqual([expect.stringContaining('body: Field novelty')]);
  });

  it('finds a changed plan, another plan, and a changed head', () => {
    expect(found({ plan: { ...report.plan, to: '1.31.0' } })).toContain('plan');
    expect(forged({ plan: planOf('other') })).toEqual([expect.stringContaining('body: ')]);
    expect(forged({ state: { ...report.state, run: 'another' } })).toEqual([expect.stringContaining('plan: ')]);
    expect(found({ state: { ...report.state, updatedAt: 'never' } })).toEqual(['digest']);
    expect(found({ digest: '0'.repeat(64) })).toEqual(['digest']);
  });

  it('finds a last hash that is not the journal’s, when somebody made the whole chain anew', () => {
    const rewritten = rechained(report, (entry) => entry.seq !== 9);
    expect(verifyReport({ ...report, entries: rewritten }).map(({ code }) => code)).toEqual([
      'chain',
      'body',
      'digest',
    ]);
    expect(reportOf(expand(rewritten)).journal.head).not.toBe(report.journal.head);
  });

  it('refuses what is no report, and does not fall over events without sense', () => {
    for (const value of [null, 3, [], {}, { kind: 'MeshStatus' }, { ...report, apiVersion: 'v2' }]) {
      expect(verifyReport(value).map(({ code }) => code)).toEqual(['form']);
    }
    expect(found({ entries: [1] })).toEqual(['form']);
    expect(found({ plan: [] })).toEqual(['form']);
    const odd = nextEntry(noEntry, { type: 'run' } as never, { at: 'x', epoch: 1 });
    expect(found({ entries: compact([odd]) })).toContain('body');
    const worse = nextEntry(noEntry, { type: 'proxies', when: 'before', proxies: [3] } as never, { at: 'x', epoch: 1 });
    expect(found({ entries: compact([worse]) })).toContain('body');
  });
});

function flipped(character: string): string {
  return String.fromCharCode(character.charCodeAt(0) ^ 1);
}

function parsed(changed: string): unknown {
  try {
    return JSON.parse(changed) as unknown;
  } catch {
    return null;
  }
}

function rechained({ entries }: RunReport, keep: (entry: JournalEntry) => boolean): RunReport['entries'] {
  const made: JournalEntry[] = [];
  for (const entry of expand(entries).filter(keep)) made.push(nextEntry(made.at(-1) ?? noEntry, entry.event, entry));
  return compact(made);
}
