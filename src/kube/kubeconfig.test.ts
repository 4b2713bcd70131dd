import { delimiter } from 'node:path';
import { describe, expect, it } from 'vitest';
import { config, workspaceForEach } from './connection.test-helper.ts';
import { connect } from './connection.ts';

const { path, write } = workspaceForEach();

describe('which configuration', () => {
  it('merges the files of KUBECONFIG, the first of a name wins, missing ones do not count', async () => {
    const one = await write('one', config('http://one:1', {}, {}, 'shared'));
    const other = config('http://three:1', { token: 'third' }, {}, 'other');
    const hidden = config('http://two:1', {}, {}, 'shared');
    const two = await write('two', { ...other, clusters: [...hidden.clusters, ...other.clusters] });
    const kubeconfigEnv = [path('absent'), one, two].join(delimiter);
    expect(await connect({ kubeconfigEnv })).toMatchObject({ context: 'shared', server: 'http://one:1' });
    const connection = await connect({ kubeconfigEnv, context: 'other' });
    expect(connection).toMatchObject({ cluster: 'other', server: 'http://three:1' });
    expect((await connection.credentials()).headers['authorization']).toBe('Bearer third');
  });

  it('takes the named file before KUBECONFIG, and that before the home', async () => {
    const named = await write('named', config('http://named:1'));
    const listed = await write('listed', config('http://listed:1'));
    await write('.kube/config', config('http://home:1'));
    const home = { home: path() };
    expect((await connect({ ...home, kubeconfig: named, kubeconfigEnv: listed })).server).toBe('http://named:1');
    expect((await connect({ ...home, kubeconfigEnv: listed })).server).toBe('http://listed:1');
    expect((await connect(home)).server).toBe('http://home:1');
  });

  it('lists the known contexts for an unknown one, and for none', async () => {
    const kubeconfig = await write('config', config('http://x:1'));
    await expect(connect({ kubeconfig, context: 'prod' })).rejects.toMatchObject({
      errorClass: 'InvalidInput',
      message: `There is no context prod in ${kubeconfig}.`,
      remedy: 'Name one of these with --context: main.',
    });
    const without = { ...config('http://x:1'), 'current-context': '' };
    await expect(connect({ kubeconfig: await write('config', without) })).rejects.toThrow('no current context');
  });

  it.each<[string, string, string]>([
    ['broken YAML', 'a: b\nc: d\nusers: {token: topsecret\nd: e\n', 'line 4'],
    ['a list', '- a\n', 'no mapping'],
    ['nothing', '', 'no mapping'],
    ['a cluster without server', 'clusters:\n- name: a\n  cluster: {}\n', 'server is missing'],
    ['a server that is no URL', JSON.stringify(config('nowhere')), 'no http or https URL'],
    ['an absent cluster', 'current-context: a\ncontexts:\n- name: a\n  context: {cluster: b}\n', 'cluster b'],
  ])('refuses %s and says where, without quoting it', async (_name, text, said) => {
    const kubeconfig = await write('config', text);
    const error: unknown = await connect({ kubeconfig }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ errorClass: 'InvalidInput', message: expect.stringContaining(said) as string });
    expect(String(error)).not.toContain('topsecret');
  });

  it('refuses missing files, no configuration at all, and groups without a user', async () => {
    const kubeconfig = path('absent');
    await expect(connect({ kubeconfig })).rejects.toThrow(`Kubeconfig ${kubeconfig} does not exist.`);
    await expect(connect({ kubeconfigEnv: kubeconfig })).rejects.toMatchObject({ errorClass: 'InvalidInput' });
    await expect(connect({ home: path() })).rejects.toThrow('No kubeconfig was found.');
    await expect(connect({ asGroups: ['g'] })).rejects.toMatchObject({ errorClass: 'InvalidInput' });
  });

  it('says which credential file is missing', async () => {
    const user = { 'client-certificate': 'absent.pem' };
    const connection = await connect({ kubeconfig: await write('config', config('https://x:1', user)) });
    await expect(connection.credentials()).rejects.toMatchObject({
      errorClass: 'InvalidInput',
      message: expect.stringContaining('absent.pem') as string,
    });
  });
});
