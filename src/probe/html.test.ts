import { describe, expect, it } from 'vitest';
import { Recorder } from './recorder.ts';
import { reportHtml } from './html.ts';
import { buildReport } from './report.ts';
import type { ProbeReport } from './report.ts';
import { probeSpec } from './spec.ts';
import { formatMs, formatShare, reportTable } from './table.ts';
import { parseTarget } from './target.ts';
import { failure } from './taxonomy.ts';

const evil = `<script>alert("x")</script><img src='http://evil.example/x'>\u001b[31m`;

/** Ten seconds at 10/s, of which second 3 failed with foreign text, and a held connection that ended. */
function sampleReport(): ProbeReport {
  const spec = probeSpec({
    targets: [parseTarget('http://shop.example:8080/a?b=c')],
    ratePerSecond: 10,
    durationMs: 10_000,
  });
  const recorder = new Recorder(10, 5000, 0);
  recorder.resent();
  recorder.resent();
  for (let at = 0; at < 10_000; at += 100) {
    const shot = recorder.sent(at, at);
    if (at >= 3000 && at < 4000)
      recorder.failed(shot, failure('status', evil, { code: '503', flag: 'UF', reused: true }));
    else recorder.answered(shot, at + 2 + (at % 700) / 100);
  }
  const end = { how: 'close-frame', graceful: true, code: 1001, detail: evil, atMs: 500, lastedMs: 400 } as const;
  const [target] = spec.targets;
  if (!target) throw new Error('no target');
  return buildReport(spec, { startedAt: '2026-01-01T00:00:00.000Z', durationMs: 10_000, stoppedEarly: false }, [
    {
      target,
      addresses: [evil],
      unfinished: 0,
      tally: recorder.total(),
      course: recorder.course(9900),
      latency: recorder.latency(),
      held: { wanted: 2, open: 2, opened: 3, graceful: 1, abrupt: 0, ends: [end] },
    },
  ]);
}

describe('reportHtml', () => {
  const html = reportHtml(sampleReport());

  it('loads nothing from anywhere and runs nothing', () => {
    const tags = html.match(/<[^>]*>/g)?.join('') ?? '';
    expect(tags).toContain('<svg ');
    expect(tags).not.toMatch(/\b(?:src|href|action|data|poster|srcset)\s*=/i);
    expect(html).not.toMatch(
      /url\(|@import|<(?:script|link|iframe|object|embed|img|base|form|use|image|foreignObject)\b/i,
    );
    expect(html).not.toMatch(/<[^>]*https?:/i);
    expect(html).toContain("default-src 'none'");
  });

  it('escapes what a server sent', () => {
    expect(html).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&lt;img');
  });

  it('is well nested', () => {
    const open: string[] = [];
    for (const [, close, name = '', rest = ''] of html.matchAll(/<(\/?)([a-z][a-z0-9]*)((?:"[^"]*"|[^>"])*)>/gi)) {
      if (['meta', 'br'].includes(name) || rest.endsWith('/')) continue;
      if (close === '') open.push(name);
      else expect(open.pop()).toBe(name);
    }
    expect(open).toEqual([]);
  });

  it('shows three plots, the failures, the gap and the held connection', () => {
    expect(html.match(/<svg /g)).toHaveLength(3);
    expect(html).not.toMatch(/NaN|Infinity|undefined/);
    expect(html).toContain('status 503 UF');
    expect(html).toContain('Gap above 300 ms');
    expect(html).toContain('close-frame');
    expect(html).toContain('<p>2 sent again: ');
    expect(html).toContain('FAIL: 10 failed, 0 allowed.');
  });

  it('draws a report without any answer', () => {
    const spec = probeSpec({ targets: [parseTarget('tcp://a:1')] });
    const [target] = spec.targets;
    const recorder = new Recorder(100, 5000, 0);
    const facts = { startedAt: '2026-01-01T00:00:00.000Z', durationMs: 0, stoppedEarly: true };
    const records = target
      ? [
          {
            target,
            addresses: [],
            unfinished: 0,
            tally: recorder.total(),
            course: recorder.course(0),
            latency: recorder.latency(),
            held: undefined,
          },
        ]
      : [];
    const empty = reportHtml(buildReport(spec, facts, records));
    expect(empty).not.toMatch(/NaN|Infinity|undefined/);
    expect(empty).toContain('Nothing was measured.');
    expect(empty).not.toContain('sent again');
  });
});

describe('the report as a document', () => {
  it('survives JSON unchanged', () => {
    const report = sampleReport();
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it('has bins that add up to the counts', () => {
    const [target] = sampleReport().targets;
    const sum = (values: readonly number[] | undefined): number =>
      (values ?? []).reduce((total, value) => total + value, 0);
    expect([sum(target?.bins.intended), sum(target?.bins.answered), sum(target?.bins.failed)]).toEqual([100, 90, 10]);
    expect(target?.histogram.reduce((total, [, count]) => total + count, 0)).toBe(90);
    expect(target?.failures).toMatchObject([
      { name: 'status 503 UF', count: 10, onReusedConnection: 10, firstAtMs: 3000, lastAtMs: 3900 },
    ]);
  });

  it('names no header value', () => {
    const spec = probeSpec({
      targets: [parseTarget('http://a')],
      request: { headers: { authorization: 'Bearer s3cret' } },
    });
    const text = JSON.stringify(buildReport(spec, { startedAt: '', durationMs: 0, stoppedEarly: false }, []));
    expect(text).toContain('authorization');
    expect(text).not.toContain('s3cret');
  });
});

describe('reportTable', () => {
  it('says it all, and lets no server steer the terminal', () => {
    const text = reportTable(sampleReport());
    expect(text).toContain('10x status 503 UF from 3.00 s to 3.90 s, 10 on a reused connection');
    expect(text).toContain('held connections: 2 of 2 open, 1 ended gracefully, 0 abruptly (1x close-frame)');
    expect(text).not.toContain('\u001b');
  });

  it.each([
    [0.4213, '0.42 ms'],
    [12.34, '12.3 ms'],
    [2010, '2.01 s'],
  ])('%d ms is %s', (ms, text) => expect(formatMs(ms)).toBe(text));

  it.each([
    [1, '100.00 %'],
    [0.999999, '>99.99 %'],
    [0.000005, '0.00050 %'],
  ])('share %d is %s', (share, text) => expect(formatShare(share)).toBe(text));
});
