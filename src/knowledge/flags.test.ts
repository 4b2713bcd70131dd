import { describe, expect, it } from 'vitest';
import { flagChanges, flagDefault, flagTable } from './flags.ts';

describe('flagChanges', () => {
  // Counted in the source matrix (name to default at 1.20.8, 1.21.6, 1.26.8 and 1.27.9), not in our file.
  it('1.20 to 1.21', () => {
    const found = flagChanges('1.20', '1.21');

    expect(found?.added).toHaveLength(4);
    expect(found?.removed).toHaveLength(3);
    expect(found?.changed).toEqual([
      { name: 'ENABLE_AUTO_SNI', from: 'false', to: 'true' },
      { name: 'ENABLE_EXTERNAL_NAME_ALIAS', from: 'false', to: 'true' },
      { name: 'PILOT_MAX_REQUESTS_PER_SECOND', from: '25.0', to: '0.0' },
      { name: 'PILOT_PUSH_THROTTLE', from: '100', to: '0' },
      { name: 'VERIFY_CERTIFICATE_AT_CLIENT', from: 'false', to: 'true' },
    ]);
  });

  it('1.26 to 1.27', () => {
    const found = flagChanges('1.26', '1.27');

    expect(found?.added).toHaveLength(11);
    expect(found?.removed).toHaveLength(7);
    expect(found?.changed).toEqual([
      { name: 'ENABLE_NATIVE_SIDECARS', from: 'false', to: 'auto' },
      { name: 'ENABLE_PROXY_FIND_POD_BY_IP', from: 'true', to: 'false' },
    ]);
  });

  it('is turned around for a downgrade', () => {
    const [up, down] = [flagChanges('1.26', '1.27'), flagChanges('1.27', '1.26')];

    expect(down?.added.map(({ name }) => name)).toEqual(up?.removed.map(({ name }) => name));
    expect(down?.removed.map(({ name }) => name)).toEqual(up?.added.map(({ name }) => name));
  });

  it('takes no constant that only got a name for a change, nor a flag that the source names by a constant for removed', () => {
    expect(flagChanges('1.21', '1.22')?.changed.map(({ name }) => name)).toEqual([
      'ENABLE_ENHANCED_RESOURCE_SCOPING',
      'ENABLE_VTPROTOBUF',
      'ISTIO_DELTA_XDS',
    ]);
    expect(flagDefault(flagTable, 'PILOT_ENABLE_ALPHA_GATEWAY_API', '1.31')).toBe('false');
  });

  it('does not know a minor that the table does not cover', () => {
    expect(flagChanges('1.30', '1.32')).toBeNull();
    expect(flagDefault(flagTable, 'ENABLE_AUTO_SNI', '1.32')).toBeUndefined();
    expect(flagDefault(flagTable, 'ENABLE_AUTO_SNI', '1.26')).toBeNull();
    expect(flagDefault(flagTable, 'toString', '1.26')).toBeNull();
  });
});

describe('flag table', () => {
  // Numbers of flags at 1.18.7, 1.24.6 and 1.31.0-rc.0 in the source matrix; the alpha flag is missing there from 1.25 on.
  it.each([
    ['1.18', 244],
    ['1.24', 246],
    ['1.31', 276],
  ])('holds what exists in %s: %d', (minor, count) => {
    const names = Object.keys(flagTable.flags).filter((name) => flagDefault(flagTable, name, minor) !== null);

    expect(names).toHaveLength(count);
  });
});
