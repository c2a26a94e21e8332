import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fleetCommands } from '../cli/fleet.ts';
import { keyIdOf } from '../ota/trust/public-key.ts';
import { storedName, verifyTarget } from '../ota/trust/target.ts';
import {
  begin,
  bundle,
  contents,
  folder,
  init,
  keyFile,
  newDevice,
  run,
  secret,
  signAs,
  source,
  useFleetDesk,
} from './fleet-desk.ts';

useFleetDesk();

const manifest = 'models/chest-demo/1.0.0/manifest.json';

describe('scanside fleet', () => {
  it('begins a repository that a device takes', async () => {
    const { code, out } = await init();
    expect([code, out]).toEqual([0, expect.stringContaining('keys/root-1.key')]);
    const { versions, find } = await newDevice().refresh(source);
    expect([...versions.values()].map(({ version }) => version)).toEqual([1, 1, 1, 1]);
    const director = (await find('director.json'))!;
    const stored = join(folder, 'repository', 'targets', storedName(director));
    expect(() => verifyTarget(director, readFileSync(stored))).not.toThrow();
  });

  it('publishes a bundle once its family has signed', async () => {
    begin();
    const trust = newDevice();
    await trust.refresh(source);
    const gate = ['--shadow', 'studies=200,disagreement=0.05'];
    expect((await run('publish', '--bundle', bundle, ...gate)).out).toContain('release 1');
    expect(await run('publish')).toMatchObject({
      code: 3,
      error: expect.stringContaining('models.chest-demo lacks 1'),
    });
    expect((await signAs('models.chest-demo', 'family-chest-demo-2')).code).toBe(0);
    expect((await run('publish')).code).toBe(0);
    const { find } = await trust.refresh(source);
    const target = (await find(manifest))!;
    expect(target.custom).toEqual({
      group: 'chest-demo',
      version: '1.0.0',
      counter: 1,
      shadow: { min_studies: 200, max_disagreement: '0.05' },
    });
    const listed = Object.keys(
      JSON.parse(readFileSync(join(bundle, 'manifest.json'), 'utf8')).files,
    );
    for (const name of ['manifest.json', ...listed]) {
      const file = (await find(`models/chest-demo/1.0.0/${name}`))!;
      const stored = join(folder, 'repository', 'targets', storedName(file));
      expect(() => verifyTarget(file, readFileSync(stored))).not.toThrow();
    }
  });

  it('renews a role when enough have signed, and what expires daily without anybody', async () => {
    begin();
    const trust = newDevice();
    await trust.refresh(source);
    expect((await run('publish', '--renew', 'root')).code).toBe(0);
    expect((await signAs('root', 'root-1')).code).toBe(3);
    expect((await signAs('root', 'root-1')).code).toBe(3);
    expect((await run('publish')).code).toBe(3);
    expect((await signAs('root', 'root-3')).code).toBe(0);
    expect((await run('publish')).code).toBe(0);
    expect((await run('publish')).out).toContain('nothing new');
    const { versions } = await trust.refresh(source);
    const found = Object.fromEntries([...versions].map(([role, { version }]) => [role, version]));
    expect(found).toEqual({ root: 2, timestamp: 3, snapshot: 3, targets: 1 });
  });

  it('lets people bring keys of their own, and sign with what holds them', async () => {
    const tokens = [1, 2].map(() => generateKeyPairSync('ed25519'));
    const files = tokens.map(({ publicKey }, at) => {
      const path = `${secret}-${at}.pem`;
      writeFileSync(path, publicKey.export({ type: 'spki', format: 'pem' }));
      return path;
    });
    const { out } = await init(...files.flatMap((path) => ['--root-key', path]));
    expect(out).toContain('root waits for 2 signatures');
    expect(existsSync(keyFile('root-1'))).toBe(false);
    const { out: bytes } = await run('sign', '--role', 'root', '--print');
    for (const { privateKey, publicKey } of tokens) {
      const signature = sign(null, Buffer.from(bytes.trimEnd()), privateKey).toString('hex');
      const { x = '' } = publicKey.export({ format: 'jwk' });
      const keyval = { public: Buffer.from(x, 'base64url').toString('hex') };
      const id = keyIdOf({ keytype: 'ed25519', scheme: 'ed25519', keyval });
      await run('sign', '--role', 'root', '--key-id', id, '--signature', signature);
    }
    expect((await run('publish')).code).toBe(0);
    expect((await newDevice().refresh(source)).versions.get('root')?.version).toBe(1);
  });

  it('keeps every key to its owner, and those of people sealed', async () => {
    begin();
    for (const part of ['keys', 'online'])
      for (const name of readdirSync(join(folder, part)))
        expect(statSync(join(folder, part, name)).mode & 0o777).toBe(0o600);
    for (const name of readdirSync(join(folder, 'keys'))) {
      const { privateKey, sealed } = JSON.parse(readFileSync(join(folder, 'keys', name), 'utf8'));
      expect(privateKey).toBeUndefined();
      const der = Buffer.from(sealed.data, 'base64');
      expect(() => createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })).toThrow();
    }
  });

  it.each([
    ['init', ['--family', 'x', '--passphrase-file', 'SECRET']],
    ['publish', ['--bundle', bundle]],
    ['publish', ['--renew', 'targets']],
    ['publish', []],
  ])('%s %j writes nothing in a rehearsal, and says what it would', async (verb, args) => {
    if (verb !== 'init') begin();
    const before = existsSync(folder) && contents();
    const given = args.map((arg) => arg.replace('SECRET', secret));
    const { code, out } = await run(verb, ...given, '--dry-run', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ dryRun: true });
    expect(JSON.parse(out).written.length).toBeGreaterThan(0);
    expect(existsSync(folder) && contents()).toEqual(before);
  });
});

describe('scanside fleet refuses', () => {
  const rows: [string, number, string, () => Promise<{ code: number; error: string }>][] = [
    ['a folder that is not empty', 1, 'FLEET_EXISTS', () => init()],
    [
      'a key that the role does not name',
      1,
      'FLEET_KEY_UNUSABLE',
      () => signAs('targets', 'root-1'),
    ],
    ['a role that waits for nothing', 1, 'FLEET_REFUSED', () => signAs('root', 'root-1')],
    [
      'a passphrase that is wrong',
      1,
      'the passphrase does not open',
      async () => {
        writeFileSync(secret, 'something else entirely');
        return signAs('targets', 'targets-1');
      },
    ],
    [
      'a passphrase that others may read',
      1,
      'KEY_EXPOSED',
      async () => {
        cpSync(secret, `${secret}-open`);
        writeFileSync(`${secret}-other`, 'correct horse battery', { mode: 0o644 });
        return run(
          'sign',
          '--role',
          'targets',
          '--key',
          keyFile('targets-1'),
          '--passphrase-file',
          `${secret}-other`,
        );
      },
    ],
    [
      'a signature of something else',
      1,
      'FLEET_KEY_UNUSABLE',
      () => run('sign', '--role', 'targets', '--key-id', 'a', '--signature', '00'),
    ],
    [
      'a model that has no family',
      1,
      'FLEET_REFUSED',
      () => run('publish', '--bundle', join(bundle, '..', '..', 'chest-adult', '1.0.0')),
    ],
    ['what is no bundle', 1, 'BUNDLE_INVALID', () => run('publish', '--bundle', folder)],
    ['a role that there is not', 1, 'FLEET_REFUSED', () => run('publish', '--renew', 'king')],
    [
      'two things at once',
      2,
      'exclude each other',
      () => run('publish', '--renew', 'root', '--bundle', bundle),
    ],
    ['no role', 2, '--role is missing', () => run('sign')],
    ['an unknown option', 2, 'force', () => run('publish', '--force')],
  ];

  it.each(rows)('%s: %i', async (_, code, words, attempt) => {
    begin();
    await run('publish', '--renew', 'targets');
    const before = contents();
    const ended = await attempt();
    expect([ended.code, ended.error]).toEqual([code, expect.stringContaining(words)]);
    expect(contents()).toEqual(before);
  });

  it.each([
    [['--family', 'chest', '--passphrase-file', 'SHORT'], 1, 'at least 12'],
    [['--passphrase-file', 'SECRET'], 2, '--family is missing'],
    [['--family', '../x', '--passphrase-file', 'SECRET'], 2, '--family ../x'],
    [['--family', 'x', '--threshold', '4', '--passphrase-file', 'SECRET'], 2, '--threshold'],
    [['--family', 'x', '--root-key', 'SECRET', '--threshold', '1'], 1, 'no public key'],
  ])('to begin with %j: %i', async (args, code, words) => {
    writeFileSync(`${secret}-short`, 'short', { mode: 0o600 });
    const given = args.map((arg) => ({ SHORT: `${secret}-short`, SECRET: secret })[arg] ?? arg);
    const ended = await run('init', ...given);
    expect([ended.code, ended.error]).toEqual([code, expect.stringContaining(words)]);
    expect(existsSync(folder)).toBe(false);
  });

  it('a folder that is none', async () => {
    expect(await run('publish')).toMatchObject({
      code: 1,
      error: expect.stringContaining('FLEET_UNREADABLE'),
    });
  });

  it('to publish what no device would take', async () => {
    begin();
    const path = join(folder, 'repository', 'metadata', '1.targets.json');
    const changed = JSON.parse(readFileSync(path, 'utf8'));
    changed.signed.targets = {};
    writeFileSync(path, JSON.stringify(changed));
    expect(await run('publish')).toMatchObject({
      code: 1,
      error: expect.stringContaining('UPDATE_UNSIGNED'),
    });
  });

  it.each(Object.keys(fleetCommands))('nobody who asks %s for --help', async (verb) => {
    const { code, out } = await run(verb, '--help');
    expect([code, out]).toEqual([0, expect.stringContaining(`Usage: scanside fleet ${verb}`)]);
  });
});
