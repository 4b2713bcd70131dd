import { describe, expect, it } from 'vitest';
import { reportHtml } from './html.ts';
import { reportMarkdown } from './markdown.ts';
import {
  eventfulRun,
  planOf,
  proxies,
  pen,
  renewal,
  reportOf,
  run,
  enter,
  step,
  stateOf,
} from './story.test-helper.ts';
import { reportText } from './text.ts';

const evil =
  '<script>alert(1)</script>"\'><img src=x onerror=y> @all #1 [a](http://evil.example) |`*\u202e\u001b[31m\n# head';
const plain = reportOf(eventfulRun());

/** A report in which every foreign text tries to break out. */
function hostile() {
  const entries = eventfulRun(evil);
  const report = reportOf(entries, planOf(evil, [evil]));
  const remark = { at: '2026-03-02T08:00:00.000Z', step: evil, name: evil, value: evil };
  return {
    ...report,
    outcome: { ...report.outcome, sentence: evil, why: evil },
    notMeasured: [{ code: 'write', text: evil }],
    cluster: { context: evil, server: evil, kubernetes: evil, uid: evil },
    ...{ from: evil, to: evil, tool: evil, evidence: [remark], notes: [remark] },
    revisions: { old: evil, new: evil, namespace: evil },
    writes: report.writes.map((write) => ({ ...write, what: evil, detail: evil, by: evil, precondition: evil })),
    stops: report.stops.map((stop) => ({ ...stop, why: evil })),
    traffic: { ...report.traffic, stages: report.traffic.stages.map((one) => ({ ...one, stage: evil })) },
    stages: report.stages.map((stage) => ({ ...stage, stage: evil, title: evil })),
  };
}

describe('HTML', () => {
  it('is one file that loads nothing and runs nothing', () => {
    const page = reportHtml(plain);
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(page).not.toMatch(/<script|<link|<img|<iframe|src=|href=|@import|url\(/i);
    expect(page.match(/<svg /g)).toHaveLength(3);
  });

  it('lets no foreign text become a tag or an attribute', () => {
    const page = reportHtml(hostile());
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&gt;');
    const allowed =
      'html head meta title style body main h1 h2 p section ul li div table thead tbody tr th td svg rect path text span i code'.split(
        ' ',
      );
    const tags = [...page.matchAll(/<\/?([a-z!][a-z0-9]*)/gi)]
      .map(([, tag]) => tag ?? '')
      .filter((tag) => tag !== '!doctype');
    expect([...new Set(tags)].filter((tag) => !allowed.includes(tag))).toEqual([]);
    expect(page).not.toMatch(/<[^>]*onerror/i);
    expect(page).not.toMatch(/[\u202e\u001b]/);
  });

  it('has tables that a screen reader can read', () => {
    const page = reportHtml(plain);
    const tables = page.match(/<table [^>]*>/g) ?? [];
    expect(tables.length).toBeGreaterThan(8);
    for (const table of tables) expect(table).toContain('aria-label="');
    expect(page.match(/<tr><t[dh]/g)?.length).toBe(page.match(/<tr><th scope="(row|col)"/g)?.length);
    for (const svg of page.match(/<svg [^>]*>/g) ?? []) expect(svg).toMatch(/role="img" aria-label="[^"]+"/);
    expect(page).toContain('@page{size:A4');
    expect(page).toContain('prefers-color-scheme:dark');
  });

  it('draws stages as bands, steps as bars, and failures', () => {
    const page = reportHtml(plain);
    expect(page.match(/class="band /g)).toHaveLength(9);
    expect(page).toContain('class="bar failed"');
    expect(page).toContain('Renew Deployment shop/web: failed, 08:01:43 to 08:02:14');
    expect(page.match(/class="mark"/g)).toHaveLength(2);
    expect(page.match(/class="stop"/g)).toHaveLength(2);
  });

  it('draws many renewals in shared lanes and says how many rows it leaves out', () => {
    const { write, entries } = pen();
    for (const event of [run('started'), proxies('before', {}), enter('wave-1')]) write(event);
    for (let index = 0; index < 6000; index += 1) {
      write(step(`w${index}`, 'started'), 0.01);
      write(step(`w${index}`, 'done'), 0.01);
    }
    const page = reportHtml(reportOf(entries, planOf(), stateOf('running')));
    expect(page.match(/class="bar done"/g)).toHaveLength(6000);
    expect(page).toContain('1,000 more rows are in the JSON report.');
    const height = Number(/<svg viewBox="0 0 760 ([\d.]+)"/.exec(page)?.[1]);
    expect(height).toBeLessThan(100);
  });

  it('cuts a long pause short on the time line', () => {
    const bar = /class="stop" x="([\d.]+)" y="0" width="([\d.]+)"/g;
    const widths = [...reportHtml(plain).matchAll(bar)].map(([, , wide]) => Number(wide));
    expect(widths).toHaveLength(2);
    for (const wide of widths) expect(wide).toBeLessThan(40);
  });

  it('colours the outcome by what was lost and where it stands', () => {
    const colour = (more: object): string => /class="verdict (\w+)"/.exec(reportHtml({ ...plain, ...more }))?.[1] ?? '';
    expect(colour({})).toBe('good');
    expect(colour({ traffic: { ...plain.traffic, total: { ...plain.traffic.total, sent: 0 } } })).toBe('open');
    expect(colour({ traffic: { ...plain.traffic, total: { ...plain.traffic.total, failed: 1 } } })).toBe('bad');
    expect(colour({ outcome: { ...plain.outcome, status: 'halted' } })).toBe('bad');
    expect(colour({ outcome: { ...plain.outcome, status: 'paused' } })).toBe('open');
  });

  it('shows nothing as fine when there is nothing', () => {
    const page = reportHtml(reportOf([], planOf(), stateOf('running')));
    expect(page).toContain('no end recorded');
    expect(page).not.toContain('<svg');
    expect(page).not.toContain('verdict good');
  });
});

function manyWrites(writes: number): readonly (typeof plain.writes)[number][] {
  return Array.from({ length: writes }, (_, index) => plain.writes[index % plain.writes.length]).filter(
    (write) => write !== undefined,
  );
}

describe('Markdown', () => {
  it('has the sentence, the gaps, the tables', () => {
    const page = reportMarkdown(plain);
    expect(page).toContain(plain.outcome.sentence);
    expect(page).toContain('## Not measured (2)');
    expect(page).toContain('| `wave-2` | Title of wave-2 | passed | 08:00:32 | 57 s | 1 done | 2 |');
    expect(page).toContain('<details><summary>Writes (5)</summary>');
    for (const line of page.split('\n').filter((one) => one.startsWith('|'))) expect(line.endsWith(' |')).toBe(true);
  });

  it('shortens what a pull request has no room for', () => {
    const writes = manyWrites(150).map((write) => ({ ...write, what: 'x'.repeat(400) }));
    const page = reportMarkdown({ ...plain, writes });
    expect(page).toContain(`\`${'x'.repeat(119)}…\``);
    expect(page).toContain('50 more rows are in the JSON report.');
    expect(page.length).toBeLessThan(65_536);
  });

  it('lets no foreign text become HTML, a link, a mention, a heading or a column', () => {
    const page = reportMarkdown(hostile());
    const outside = page.replace(/`[^`\n]*`/g, '');
    expect(outside).not.toMatch(/<(?!\/?(details|summary)>)/);
    expect(outside).not.toMatch(/@|:\/\/|(?<!\\)\[a|^# head/m);
    expect(outside).not.toMatch(/[\u202e\u001b]/);
    const bars = (line: string): number => line.split('|').length;
    const lines = page.split('\n');
    for (const [index, line] of lines.entries()) {
      if (line.startsWith('|') && lines[index - 1]?.startsWith('|') === true)
        expect(bars(line)).toBe(bars(lines[index - 1] ?? ''));
    }
  });
});

describe('text', () => {
  it('shows the stages, the claim and the gaps', () => {
    const shown = reportText(plain);
    expect(shown).toContain('wave-2   passed  57 s    1/1        2     1,250       0  30 ms');
    expect(shown).toContain('0 of 1,800 requests failed, and no held connection was cut.');
    expect(shown).toContain('breach, 10 min: availability: shop/web has 1 of 2 replicas');
    expect(shown).toContain('Not measured:\n  Traffic after 08:00:30');
  });

  it('says how many gaps it leaves out, and sends nothing that steers a terminal', () => {
    const notMeasured = Array.from({ length: 7 }, () => ({ code: 'write', text: evil }));
    const shown = reportText({ ...hostile(), notMeasured });
    expect(shown).toContain('and 2 more gaps: see the report');
    expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  });
});

it('names steps by the end of their id where titles would look alike', () => {
  expect(reportHtml(plain)).toContain(`>${renewal('checkout').id.replace('renew/', '')}<`);
});
