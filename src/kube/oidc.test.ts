import { describe, expect, it } from 'vitest';
import { base64, config, workspaceForEach } from './connection.test-helper.ts';
import { connect } from './connection.ts';

const { write, serve, ask } = workspaceForEach();

describe('OIDC', () => {
  const jwt = (exp: number) => `${base64('{"alg":"none"}')}.${base64(JSON.stringify({ exp }))}.x`;
  const oidc = (token: string, more = {}) => ({
    'auth-provider': { name: 'oidc', config: { 'id-token': token, 'client-id': 'c', ...more } },
  });

  it('sends a token that is valid', async () => {
    const server = await serve();
    const token = jwt(Date.now() / 1000 + 3_600);
    const kubeconfig = await write('config', config(server.url, oidc(token)));
    expect((await ask(server, { kubeconfig }))?.headers.authorization).toBe(`Bearer ${token}`);
  });

  it('is Blocked when the token cannot be refreshed', async () => {
    const user = oidc(jwt(1), { 'refresh-token': 'r', 'idp-issuer-url': 'http://127.0.0.1:1' });
    const connection = await connect({ kubeconfig: await write('config', config('http://127.0.0.1:1', user)) });
    await expect(connection.credentials()).rejects.toMatchObject({ errorClass: 'Blocked', remedy: 'Log in again.' });
  });
});
