import { describe, expect, it } from 'vitest';
import { queryNumber } from './prometheus.ts';

const revisions = { old: '1-29-6', new: '1-30-3' };
const condition = { url: 'http://prometheus:9090/', query: 'rate(x{rev="$REVISION"}[1m]) / rate(x{rev="$OLD"}[1m])' };

async function ask(data: unknown, status = 200): Promise<number | null> {
  const body = typeof data === 'string' ? data : JSON.stringify({ status: 'success', data });
  return queryNumber(() => Promise.resolve({ status, body }), condition, revisions);
}

const vector = (...values: readonly unknown[]): unknown => ({
  resultType: 'vector',
  result: values.map((value) => ({ metric: {}, value: [1_700_000_000, value] })),
});

describe('queryNumber', () => {
  it('asks the instant query with both revisions put in', async () => {
    const asked: string[] = [];
    await queryNumber(
      (url, timeoutMs) => {
        asked.push(`${url} ${timeoutMs}`);
        return Promise.resolve({ status: 200, body: '{}' });
      },
      condition,
      revisions,
    );
    const query = encodeURIComponent('rate(x{rev="1-30-3"}[1m]) / rate(x{rev="1-29-6"}[1m])');
    expect(asked).toEqual([`http://prometheus:9090/api/v1/query?query=${query} 10000`]);
  });

  it.each([
    ['one series', vector('0.25'), 0.25],
    ['zero', vector('0'), 0],
    ['an exponent', vector('1e-05'), 0.00001],
    ['a scalar', { resultType: 'scalar', result: [1_700_000_000, '3'] }, 3],
  ])('reads %s', async (_name, data, expected) => {
    await expect(ask(data)).resolves.toBe(expected);
  });

  it.each([
    ['nothing', vector()],
    ['two series', vector('1', '2')],
    ['NaN', vector('NaN')],
    ['infinity', vector('+Inf')],
    ['an empty value', vector('')],
    ['no value', vector(null)],
    ['a series without value', { resultType: 'vector', result: [{ metric: {} }] }],
    ['a matrix', { resultType: 'matrix', result: [{ metric: {}, values: [[1, '1']] }] }],
    ['no list', { resultType: 'vector', result: 'x' }],
    ['null', { resultType: 'vector', result: [null] }],
    ['no data', '{"status":"error"}'],
    ['no JSON', '<html>'],
    ['JSON that is no object', 'null'],
  ])('is inconclusive about %s', async (_name, data) => {
    await expect(ask(data)).resolves.toBeNull();
  });

  it('may be asked again after an answer that is none', async () => {
    await expect(ask(vector('1'), 503)).rejects.toMatchObject({
      errorClass: 'Transient',
      message: 'Prometheus at http://prometheus:9090/ answered 503.',
    });
  });
});
