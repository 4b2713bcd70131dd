import { describe, expect, it } from 'vitest';
import { failure, failureFromError, failureName, judgeAnswer, responseFlag } from './taxonomy.ts';

function systemError(code: string, message = code): Error {
  return Object.assign(new Error(message), { code });
}

describe('failureFromError', () => {
  it.each([
    ['ECONNREFUSED', 'connect ECONNREFUSED', 'refused'],
    ['ECONNRESET', 'read ECONNRESET', 'reset'],
    ['ECONNRESET', 'socket hang up', 'closed'],
    ['ECONNRESET', 'aborted', 'closed'],
    ['ECONNRESET', 'Client network socket disconnected before secure TLS connection was established', 'tls'],
    ['EHOSTUNREACH', '', 'unreachable'],
    ['EMFILE', 'too many open files', 'local'],
    ['EADDRNOTAVAIL', '', 'local'],
    ['ENOTFOUND', '', 'dns'],
    ['EAI_AGAIN', '', 'dns'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', '', 'tls'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', '', 'tls'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', '', 'tls'],
    ['HPE_INVALID_CONSTANT', '', 'protocol'],
    ['SOMETHING_NEW', 'what is this', 'protocol'],
  ])('%s "%s" is %s', (code, message, kind) => {
    expect(failureFromError(systemError(code, message)).kind).toBe(kind);
  });

  it('takes what is no error at all', () => {
    expect(failureFromError('odd')).toEqual(failure('protocol', 'odd'));
  });
});

// Texts as recorded from Envoy on a real mesh, or from its documentation.
describe('responseFlag', () => {
  it.each([
    ['upstream connect error or disconnect/reset before headers. reset reason: connection termination', 'UC'],
    [
      'upstream connect error or disconnect/reset before headers. reset reason: remote connection failure, transport failure reason: delayed connect error: Connection refused',
      'UF',
    ],
    [
      'upstream connect error or disconnect/reset before headers. retried and the latest reset reason: connection timeout',
      'UF',
    ],
    ['upstream connect error or disconnect/reset before headers. reset reason: overflow', 'UO'],
    ['no healthy upstream', 'UH'],
    ['upstream request timeout', 'UT'],
    ['the shop is closed', undefined],
  ])('%s', (text, flag) => {
    expect(responseFlag({}, text)).toBe(flag);
  });

  it('prefers a header that an operator set', () => {
    expect(responseFlag({ 'x-envoy-response-flags': 'DC,UH' }, 'no healthy upstream')).toBe('DC,UH');
    expect(responseFlag({ 'x-envoy-overloaded': 'true' }, '')).toBe('UO');
  });
});

describe('judgeAnswer', () => {
  it('names status and flag', () => {
    const wrong = judgeAnswer({ expectStatus: 200 }, 503, {}, 'no healthy upstream');
    expect(wrong && failureName(wrong)).toBe('status 503 UH');
  });

  it('looks into the body only when the status is right', () => {
    expect(judgeAnswer({ expectStatus: 200, bodyContains: 'v2' }, 200, {}, 'v1')?.kind).toBe('bad-body');
    expect(judgeAnswer({ expectStatus: 404 }, 404, {}, '')).toBeUndefined();
  });
});

describe('failure', () => {
  it('keeps a report small', () => {
    expect(failure('protocol', 'x'.repeat(5000)).detail).toHaveLength(200);
  });
});
